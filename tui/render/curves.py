"""Curves over epochs: loss and metric, train and valid in one picture.

Train is dotted and blue, valid solid and orange, so the two are told apart without colour as well.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .axes import Axis, bounds, frame, gutter, linear_axis, log_axis
from .canvas import Floats, Stroke, draw
from .blocks import Line, Lines, fit, flow, paint, words
from .palette import FAINT, NOTE, TRAIN, VALID, Look
from .text import inert, number, short

History = Sequence[Mapping[str, Any]]
_GRID, _CURSOR, _BEST, _RATE = 240, 241, 242, 243
_MOST_RATE_MARKS = 12


@dataclass(frozen=True)
class Series:
    """One curve: values over epochs, NaN where there is none. `dotted` draws it lighter than the solid ones."""

    label: str
    epochs: Floats
    values: Floats
    colour: str
    dotted: bool = False


@dataclass(frozen=True)
class View:
    """How the user looks at the curves. `smoothing`: weight of the past, 0 (none) to below 1; `first`, `last`: epochs
    in sight, None to see all; `cursor`: the epoch whose values are read."""

    smoothing: float = 0.0
    log: bool = False
    first: int | None = None
    last: int | None = None
    cursor: int | None = None


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float
    log: bool

    def share(self, values: Floats) -> Floats:
        """Where values lie between the limits, 0 to 1 inside; NaN where a logarithm has no answer."""
        scaled = _log10(values) if self.log else np.clip(values, -1e300, 1e300)
        return (scaled - self.low) / (self.high - self.low)


def metrics_of(history: History) -> list[str]:
    """Which curves a history holds, in the order to show them: of `loss`, `accuracy`, `mae`."""
    keys = {key for record in (*history[:1], *history[-1:]) for key in record}
    return [name for name in ("loss", "accuracy", "mae") if {f"{name}_train", f"{name}_valid"} & keys]


def series_of(history: History, metric: str) -> list[Series]:
    """The train and valid curves of a metric, those without any value left out."""
    epochs = np.array([record.get("epoch", math.nan) for record in history], dtype=float)
    found: list[Series] = []
    for split, colour in (("train", TRAIN), ("valid", VALID)):
        values = [record.get(f"{metric}_{split}") for record in history]
        array = np.array([math.nan if value is None else value for value in values], dtype=float)
        if not np.isnan(array).all():
            found.append(Series(split, epochs, array, colour, dotted=split == "train"))
    return found


def curve(
    history: History, metric: str, width: int, height: int, look: Look, *, view: View = View(), best: int | None = None
) -> Lines:
    """Train and valid of one metric over the epochs of a history, `height` lines in all.

    `best` is the epoch to mark. Changes of the learning rate are marked on the epoch axis, unless it changes all the
    time, as under a cosine schedule.
    """
    rates = [(int(record["epoch"]), float(record.get("lr", math.nan))) for record in history]
    return chart(series_of(history, metric), metric, width, height, look, view=view, best=best, rates=rates)


def chart(
    series: Sequence[Series],
    title: str,
    width: int,
    height: int,
    look: Look,
    *,
    view: View = View(),
    best: int | None = None,
    rates: Sequence[tuple[int, float]] = (),
) -> Lines:
    """Draw any curves over epochs: of one run (`curve`), or of several runs over each other.

    `rates`: (epoch, learning rate) pairs whose changes are marked. Every line is exactly `width` cells, `height` lines.
    """
    shown = [_window(one, view) for one in series]
    smooth = [replace(one, values=smoothed(one.values, view.smoothing)) for one in shown] if view.smoothing else shown
    changes = _changes(rates, view)
    head = _head(series, title, width, look, view, best)
    foot = _rate_line(changes, width, look) if changes else []
    rows = max(height - len(head) - len(foot) - 2, 2)
    if not any(np.isfinite(one.values).any() for one in shown):
        note = fit(words(("nothing to draw yet", look.grey)), width, "centre")
        middle = [note if row == rows // 2 else fit([], width) for row in range(rows + 2)]
        return [fit(line, width) for line in (head + middle + foot)[:height]]
    scale = _scale(shown, view)
    y = (log_axis if scale.log else linear_axis)(scale.low, scale.high, max(rows // 3, 2))
    columns = max(width - gutter(y), 2)
    low, high = _span(shown)
    x = linear_axis(low, high, max(columns // 12, 2), "epoch", whole=True)
    picture = _plot(shown, smooth, (low, high), scale, columns, rows, look, view, best, [e for e, _ in changes], y)
    return [fit(line, width) for line in (head + frame(picture, x, y, look) + foot)[:height]]


def smoothed(values: Floats, weight: float) -> Floats:
    """Exponential moving average over all points, corrected for its start, so that a constant stays constant.

    s_t = weight * s_(t-1) + (1 - weight) * v_t, divided by 1 - weight^n after n values; NaN is passed over.
    """
    total, past = 0.0, 1.0
    averages = np.full(len(values), math.nan)
    for index, value in enumerate(values.tolist()):
        if math.isfinite(value):
            total = weight * total + (1 - weight) * value
            past *= weight
            averages[index] = total / (1 - past)
    return averages


def log_refusal(series: Sequence[Series]) -> str:
    """Why these curves cannot have a log scale; empty when they can."""
    values = np.concatenate([one.values for one in series]) if series else np.array([])
    values = values[np.isfinite(values)]
    return "log needs values above 0" if len(values) and values.min() <= 0 else ""


def _log10(values: Floats) -> Floats:
    return np.log10(np.where(values > 0, values, math.nan))


def _window(one: Series, view: View) -> Series:
    inside = np.isfinite(one.epochs)
    inside &= one.epochs >= (-math.inf if view.first is None else view.first)
    inside &= one.epochs <= (math.inf if view.last is None else view.last)
    return replace(one, epochs=one.epochs[inside], values=one.values[inside])


def _scale(shown: Sequence[Series], view: View) -> _Scale:
    log = view.log and not log_refusal(shown)
    values = np.concatenate([one.values for one in shown])
    values = _log10(values) if log else values
    values = values[np.isfinite(values)]
    low, high = float(values.min()), float(values.max())
    if log:
        return _Scale(low - 0.05, high + 0.05, True)
    return _Scale(*bounds(low, high, pad=0.04), False)


def _span(shown: Sequence[Series]) -> tuple[float, float]:
    epochs = np.concatenate([one.epochs for one in shown])
    low, high = float(epochs.min()), float(epochs.max())
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _plot(
    shown: Sequence[Series],
    smooth: Sequence[Series],
    span: tuple[float, float],
    scale: _Scale,
    columns: int,
    rows: int,
    look: Look,
    view: View,
    best: int | None,
    changes: Sequence[int],
    y: Axis,
) -> Lines:
    """The picture inside the axes: grid, raw curves faint under smoothed ones, marks on top."""
    wide = span[1] - span[0]
    strokes: list[Stroke] = []
    colours = {_GRID: FAINT, _CURSOR: NOTE, _BEST: NOTE, _RATE: NOTE}
    layers = [(shown, True)] if smooth is shown else [(shown, False), (smooth, True)]
    for curves, main in layers:
        if not main and not look.colour:
            continue
        for one in curves:
            key = len(strokes) + 1
            colours[key] = one.colour if main else FAINT
            spacing = (2 if one.dotted else 0) if main else 3
            mark = "." if one.dotted else "*"
            strokes.append(Stroke((one.epochs - span[0]) / wide, scale.share(one.values), key, spacing, mark))
    chars, keys = draw(strokes, columns, rows, ascii=look.ascii)
    chars, keys = chars[:rows, :columns], keys[:rows, :columns]
    for share, _ in y.ticks:
        row = round((1 - share) * (rows - 1))
        _fill(chars, keys, np.s_[row, :], look.pick("┈", " "), _GRID)
    for epoch in changes:
        _fill(chars, keys, np.s_[:, _column(epoch, span, columns)], look.pick("┊", ":"), _GRID)
    if view.cursor is not None and span[0] <= view.cursor <= span[1]:
        _fill(chars, keys, np.s_[:, _column(view.cursor, span, columns)], look.pick("│", "|"), _CURSOR)
    if best is not None and span[0] <= best <= span[1]:
        _mark_best(chars, keys, smooth[-1], best, span, scale, look)
    return paint(chars, keys, lambda key: look.ink(colours.get(key), bold=key == _BEST))


def _column(epoch: int, span: tuple[float, float], columns: int) -> int:
    return round((epoch - span[0]) / (span[1] - span[0]) * (columns - 1))


def _fill(chars: np.ndarray[Any, Any], keys: np.ndarray[Any, Any], where: Any, char: str, key: int) -> None:
    """Draw behind what is there: only into blank cells (and over the grid)."""
    free = (keys[where] == 0) | (keys[where] == _GRID)
    chars[where] = np.where(free, char, chars[where])
    keys[where] = np.where(free, key, keys[where])


def _mark_best(
    chars: np.ndarray[Any, Any],
    keys: np.ndarray[Any, Any],
    one: Series,
    best: int,
    span: tuple[float, float],
    scale: _Scale,
    look: Look,
) -> None:
    value = scale.share(one.values[one.epochs == best])
    if len(value) and math.isfinite(value[0]):
        row = round((1 - min(max(float(value[0]), 0.0), 1.0)) * (len(chars) - 1))
        column = _column(best, span, chars.shape[1])
        chars[row, column], keys[row, column] = look.pick("★", "@"), _BEST


def _head(series: Sequence[Series], title: str, width: int, look: Look, view: View, best: int | None) -> Lines:
    """Title and legend: each curve's line style with its value at the cursor, else its last one; the best epoch."""
    items: Lines = [words((inert(title, width, ascii=look.ascii), look.bold))]
    for one in series:
        sample = look.pick("⠒⠒⠒" if not one.dotted else "⠂⠐⠐", "***" if not one.dotted else "...")
        value = _value_at(one, view.cursor)
        label = inert(one.label, max(width // 3, 8), ascii=look.ascii)
        items.append(words((f"{sample} {label} ", look.ink(one.colour)), (number(value), look.bold)))
    if view.cursor is not None:
        items.append(words((f"at epoch {view.cursor}", look.ink(NOTE))))
    elif best is not None and series:
        value = number(_value_at(series[-1], best))
        items.append(words((look.pick("★", "@") + " best ", look.ink(NOTE)), (value, look.bold), f" @ {best}"))
    items += [words((note, look.grey)) for note in _notes(series, view)]
    return flow(items, width)


def _notes(series: Sequence[Series], view: View) -> list[str]:
    notes: list[str] = []
    if view.smoothing:
        notes.append(f"smoothed {short(view.smoothing)}")
    if view.log:
        notes.append(log_refusal(series) or "log scale")
    return notes


def _value_at(one: Series, epoch: int | None) -> float | None:
    """The value at an epoch, or the last one; None where there is none."""
    if epoch is None:
        return float(one.values[-1]) if len(one.values) else None
    found = one.values[one.epochs == epoch]
    return float(found[0]) if len(found) else None


def _changes(rates: Sequence[tuple[int, float]], view: View) -> list[tuple[int, str]]:
    """(epoch, what the rate became) for each change in sight; none when it changes all the time."""
    pairs = zip(rates, rates[1:], strict=False)
    found = [(epoch, rate) for (_, before), (epoch, rate) in pairs if rate != before and math.isfinite(rate)]
    if not found or len(found) > _MOST_RATE_MARKS:
        return []
    low = -math.inf if view.first is None else view.first
    high = math.inf if view.last is None else view.last
    return [(epoch, short(rate)) for epoch, rate in found if low <= epoch <= high]


def _rate_line(changes: Sequence[tuple[int, str]], width: int, look: Look) -> Lines:
    parts: Line = words((look.pick("┊ ", ": ") + "lr ", look.ink(NOTE)))
    listed = ", ".join(f"{rate} from epoch {epoch}" for epoch, rate in changes)
    return [[*parts, *words((inert(listed, max(width - 5, 1), ascii=look.ascii), look.grey))]]
