"""Any curves over epochs in one picture: grid, legend with values, log scale, smoothing, zoom, cursor, marks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from rich.cells import cell_len

from .axes import Axis, cell_of, epoch_axis, even_axis, frame, gutter, log_axis
from .blocks import Lines, blank, fit, flow, paint, width_of, words
from .canvas import Array, Stroke, draw
from .palette import FAINT, GREY, NOTE, RenderOptions
from .series import (
    ChartView,
    RateChange,
    Rates,
    Series,
    beyond,
    epoch_limits,
    in_sight,
    log10,
    log_helps,
    log_refusal,
    smoothed,
    thinned,
    value_limits,
)
from .text import count, inert, number, short

_GRID, _CURSOR, _BEST, _RATE = 240, 241, 242, 243
_END, _BAND = 300, 250  # and the number of the curve
_MOST_RATE_MARKS = 12
_MOST_LABELS = 6
_GRID_EVERY = 3
_LABELLED = 44  # cells from which on there is room for values right of the picture
_LEAST_ROWS = 3  # of the picture, for which the lines above and below it make room


@dataclass(frozen=True)
class _Plane:
    """The picture's size in cells and the epochs and values (base-10 logarithms where `log`) at its edges."""

    columns: int
    rows: int
    epochs: tuple[float, float]
    values: tuple[float, float]
    log: bool

    def across(self, epochs: Array) -> Array:
        """Epochs as shares of the width."""
        return (epochs - self.epochs[0]) / (self.epochs[1] - self.epochs[0])

    def up(self, values: Array) -> Array:
        """Values as shares of the height; NaN where there is no finite value or no logarithm."""
        finite = np.where(np.isfinite(values), np.clip(values, -1e300, 1e300), math.nan)
        scaled = log10(finite) if self.log else finite
        return (scaled - self.values[0]) / (self.values[1] - self.values[0])

    def column(self, epoch: int) -> int | None:
        """The column of an epoch; None where it is out of sight."""
        low, high = self.epochs
        return cell_of((epoch - low) / (high - low), self.columns) if low <= epoch <= high else None

    def epoch(self, column: int) -> int:
        """The epoch nearest to a column's middle."""
        low, high = self.epochs
        share = (column + 0.5) / self.columns if 0 < column < self.columns - 1 else float(column > 0)
        return min(max(round(low + share * (high - low)), math.ceil(low)), math.floor(high))

    def row(self, share: float) -> int:
        """The row of a share of the height, row 0 at the top."""
        return self.rows - 1 - cell_of(share, self.rows)


@dataclass(frozen=True)
class _Layout:
    """A chart before it is drawn: the lines above and below the picture, the curves as they are and as they are drawn
    (smoothed and thinned), the axes, the plane between them and the labels right of it by row, of `right` cells."""

    head: Lines
    foot: Lines
    shown: list[Series]
    whole: list[Series]
    drawn: list[Series]
    x: Axis
    y: Axis
    plane: _Plane
    ends: dict[int, tuple[str, str]]
    right: int


def chart(
    series: Sequence[Series],
    title: str,
    width: int,
    height: int,
    options: RenderOptions,
    *,
    view: ChartView | None = None,
    best: int | None = None,
    rates: Rates | None = None,
) -> Lines:
    """Draw curves, of one run or of several over each other, as `height` lines of exactly `width` cells.

    The values' scale is that of what is worth seeing: the first epochs and rare peaks may lie beyond it, which is told.
    `best`: the epoch to mark on the last curve. `rates`: those of learning, whose changes are marked; of very many, as
    under a cosine schedule, those made by hand.
    """
    view = view or ChartView()
    changes = _changes(rates, view) if rates else []
    one = _layout(series, title, width, height, options, view, best, changes)
    if one is None:
        head, foot = _head(series, title, width, options, view, best, []), _rate_line(changes, width, options)
        rows = max(height - len(head) - len(foot), 2)
        note = fit(words(("nothing to draw yet", options.grey)), width, "centre")
        body = [note if row == rows // 2 else [] for row in range(rows)]
        return [fit(line, width) for line in (head + body + foot)[:height]]
    raw = one.shown if view.smoothing and options.colour else []
    chars, keys, colours = _curves(raw, one.drawn, one.plane, options)
    _bands(chars, keys, colours, one.shown, one.plane, options)
    _marks(chars, keys, one.y, one.plane, [change.epoch for change in changes], options, view)
    _ends(chars, keys, colours, one.whole, one.plane)
    if best is not None:
        _star(chars, keys, one.whole[-1], best, one.plane, options)
    picture = paint(chars, keys, lambda key: options.ink(colours.get(key), bold=key == _BEST or key >= _END))
    for row, (label, colour) in one.ends.items():
        if keys[row, -1] >= _END:  # the curve's mark stands there already
            label = label.removeprefix(f"{chars[row, -1]} ")
        picture[row] = [*picture[row], *words((f" {label}", options.ink(colour)))]
    lines = frame(picture, one.x, one.y, options, columns=one.plane.columns)
    return [fit(line, width) for line in (one.head + lines + one.foot)[:height]]


def epoch_at(
    column: int,
    series: Sequence[Series],
    title: str,
    width: int,
    height: int,
    options: RenderOptions,
    *,
    view: ChartView,
    best: int | None = None,
    rates: Rates | None = None,
) -> int | None:
    """The epoch that a column of the chart with the same arguments shows; None left or right of the picture."""
    one = _layout(series, title, width, height, options, view, best, _changes(rates, view) if rates else [])
    if one is None:
        return None
    column -= gutter(one.y)
    return one.plane.epoch(column) if 0 <= column < one.plane.columns else None


def _layout(
    series: Sequence[Series],
    title: str,
    width: int,
    height: int,
    options: RenderOptions,
    view: ChartView,
    best: int | None,
    changes: Sequence[RateChange],
) -> _Layout | None:
    """Where everything goes; None where there is nothing to draw."""
    seen = [in_sight(one, view) for one in series]
    if not any(np.isfinite(one.values).any() for one in seen):
        return None
    whole = [replace(one, values=smoothed(one.values, view.smoothing)) if view.smoothing else one for one in seen]
    shown, drawn = ([thinned(one, width) for one in curves] for curves in (seen, whole))
    log = view.log and not log_refusal(shown)
    values = value_limits([one for one in shown if one.label] or shown, best, log=log)
    outside = beyond(shown, values, options, log=log)
    labels = _end_labels(whole) if width >= _LABELLED else []
    head = _head(series, title, width, options, view, best, outside, valued=not labels)
    if view.log_key and not view.log and not log_refusal(shown) and log_helps(shown):
        head = _with_hint(head, f"{view.log_key}: log scale", width, options)
    foot = _rate_line(changes, width, options)
    if height - len(head) - len(foot) - 2 < _LEAST_ROWS:
        head, foot = head[: max(height - _LEAST_ROWS - 2, 1)], []
    rows = max(height - len(head) - len(foot) - 2, 2)
    most = max(one.most for one in shown)
    y, edges = log_axis(*values, rows) if log else even_axis(values[0], min(values[1], most), rows, most)
    right = max((cell_len(label) + 1 for label, _, _ in labels), default=0)
    plane = _Plane(max(width - gutter(y) - right, 2), rows, epoch_limits(shown), edges, log)
    x = epoch_axis(*plane.epochs, plane.columns, view.over)
    return _Layout(head, foot, shown, whole, drawn, x, y, plane, _placed(labels, plane), right)


def _curves(
    raw: Sequence[Series], lines: Sequence[Series], plane: _Plane, options: RenderOptions
) -> tuple[Array, Array, dict[int, str]]:
    """Characters, keys, and the colour of each key. Smoothed curves lie over their raw ones, which stay faint."""
    strokes: list[Stroke] = []
    colours = {_GRID: GREY, _RATE: GREY, _CURSOR: NOTE, _BEST: NOTE}

    def add(series: Series, colour: str, spacing: int) -> None:
        key = len(strokes) + 1
        colours[key] = colour
        mark = "." if series.dotted else "*"
        strokes.append(Stroke(plane.across(series.epochs), _cut(plane.up(series.values)), key, spacing, mark))

    for one in raw:
        add(one, FAINT, 3)
    for one in lines:
        add(one, one.colour, 2 if one.dotted else 0)
    chars, keys = draw(strokes, plane.columns, plane.rows, ascii=options.ascii)
    return chars, keys, colours


def _cut(shares: Array) -> Array:
    """The heights without those beyond the picture, but for the one from which or to which a curve comes into it."""
    outside = (shares < 0) | (shares > 1)
    if not outside.any():
        return shares
    near = np.zeros_like(outside)
    near[:-1] |= ~outside[1:]
    near[1:] |= ~outside[:-1]
    return np.where(outside & ~near, math.nan, shares)


def _bands(
    chars: Array, keys: Array, colours: dict[int, str], shown: Sequence[Series], plane: _Plane, options: RenderOptions
) -> None:
    """Between the least and the greatest values, where a curve is the mean of several; behind the curves."""
    for index, one in enumerate(shown):
        if one.band is None:
            continue
        at = np.interp(np.arange(plane.columns) + 0.5, plane.across(one.epochs) * plane.columns, one.epochs)
        low, high = (plane.up(np.interp(at, one.epochs, edge)) * plane.rows for edge in one.band)
        rows = plane.rows - 1 - np.arange(plane.rows)[:, None]
        inside = (rows + 1 > low) & (rows < high) & (keys == 0)
        chars[inside], keys[inside] = options.pick("░", ":"), _BAND + index
        colours[_BAND + index] = FAINT


def _marks(
    chars: Array, keys: Array, y: Axis, plane: _Plane, changes: Sequence[int], options: RenderOptions, view: ChartView
) -> None:
    """Grid lines, changes of the rate and the cursor, all behind the curves."""
    for share, _ in y.ticks:
        _behind(chars, keys, np.s_[plane.row(share), ::_GRID_EVERY], options.pick("·", " "), _GRID)
    for epoch in changes:
        if (column := plane.column(epoch)) is not None:
            _behind(chars, keys, np.s_[:, column], options.pick("┊", ":"), _RATE)
    if view.cursor is not None and (column := plane.column(view.cursor)) is not None:
        _behind(chars, keys, np.s_[:, column], options.pick("│", "|"), _CURSOR)


def _behind(chars: Array, keys: Array, where: Any, char: str, key: int) -> None:
    free = (keys[where] == 0) | (keys[where] == _GRID)
    chars[where] = np.where(free, char, chars[where])
    keys[where] = np.where(free, key, keys[where])


def _ends(chars: Array, keys: Array, colours: dict[int, str], lines: Sequence[Series], plane: _Plane) -> None:
    """The marks of the curves at their last values."""
    for index, one in enumerate(lines):
        if not one.mark:
            continue
        last = np.flatnonzero(np.isfinite(one.values))[-1:]
        for height, share in zip(plane.up(one.values[last].astype(float)), plane.across(one.epochs[last]), strict=True):
            at = plane.row(float(height)), cell_of(float(share), plane.columns)
            chars[at], keys[at] = one.mark, _END + index
            colours[_END + index] = one.colour


def _star(chars: Array, keys: Array, one: Series, best: int, plane: _Plane, options: RenderOptions) -> None:
    height = plane.up(one.values[one.epochs == best].astype(float))
    column = plane.column(best)
    if column is not None and len(height) and math.isfinite(height[0]):
        at = plane.row(float(height[0])), column
        chars[at], keys[at] = options.pick("★", "@"), _BEST


def _head(
    series: Sequence[Series],
    title: str,
    width: int,
    options: RenderOptions,
    view: ChartView,
    best: int | None,
    outside: Sequence[str],
    *,
    valued: bool = True,
) -> Lines:
    """Title and legend: each curve's line style; its value at the cursor or, if `valued`, its last one; the best epoch;
    what lies out of sight."""
    items: Lines = [words((inert(title, width, ascii=options.ascii), options.bold))]
    for one in (one for one in series if one.label):
        sample = options.pick("⠂⠐⠐", "...") if one.dotted else options.pick("⠒⠒⠒", "***")
        label = inert(one.label, max(width // 3, 8), ascii=options.ascii)
        value = number(_value_at(one, view.cursor)) if valued or view.cursor is not None else ""
        mark = f"{one.mark} " if one.mark else ""
        said = f"{mark}{sample} {label}" + (" " if value else "")
        items.append(words((said, options.ink(one.colour)), (value, options.bold)))
    if view.cursor is not None:
        items.append(words((f"at {view.over} {count(view.cursor)}", options.ink(NOTE))))
    elif best is not None and series:
        value = number(_value_at(series[-1], best))
        star = (options.pick("★", "@") + " best ", options.ink(NOTE))
        items.append(words(star, (value, options.bold), f" @ {count(best)}"))
    if view.smoothing:
        items.append(words((f"smoothed {short(view.smoothing)}", options.grey)))
    if view.log:
        items.append(words((log_refusal(series) or "log scale", options.grey)))
    return flow([*items, *(words((said, options.grey)) for said in outside)], width)


def _with_hint(head: Lines, hint: str, width: int, options: RenderOptions) -> Lines:
    """The head with a hint at its right, where that takes no line more."""
    room = width - width_of(head[-1]) - len(hint)
    return [*head[:-1], [*head[-1], *blank(room), *words((hint, options.grey))]] if room >= 3 else head


def _end_labels(lines: Sequence[Series]) -> list[tuple[str, str, float]]:
    """What stands right of the picture: each curve's last value, its colour, and the value as a number."""
    labels: list[tuple[str, str, float]] = []
    for one in [one for one in lines if one.label][:_MOST_LABELS]:
        last = one.values[np.isfinite(one.values)][-1:]
        mark = f"{one.mark} " if one.mark else ""
        labels += [(mark + number(float(value)), one.colour, float(value)) for value in last]
    return labels


def _placed(labels: Sequence[tuple[str, str, float]], plane: _Plane) -> dict[int, tuple[str, str]]:
    """The labels by row, each in its value's or the nearest that is free, those of higher values above."""
    placed: dict[int, tuple[str, str]] = {}
    row = -1
    for place, (label, colour, value) in enumerate(sorted(labels, key=lambda one: -one[2])[: plane.rows]):
        share = float(plane.up(np.array([value]))[0])
        wanted = plane.row(share) if math.isfinite(share) else 0
        row = max(row + 1, min(wanted, plane.rows - len(labels) + place))
        placed[row] = label, colour
    return placed


def _value_at(one: Series, epoch: int | None) -> float | None:
    """The value at an epoch or, if it is not among them, at the one before; without an epoch the last. None if none."""
    found = one.values if epoch is None else one.values[one.epochs <= epoch]
    return float(found[-1]) if len(found) else None


def _changes(rates: Rates, view: ChartView) -> list[RateChange]:
    """Each change in sight; where it changes all the time, those made by hand, the newest of very many."""
    epochs, values = rates.epochs, rates.values
    found = np.flatnonzero((values[1:] != values[:-1]) & np.isfinite(values[1:])) + 1
    if len(found) > min(_MOST_RATE_MARKS, len(values) // 3):
        found = found[:0]
    pairs = zip(epochs[found].astype(int).tolist(), values[found].tolist(), strict=True)
    changes = {epoch: RateChange(epoch, rate, False) for epoch, rate in pairs}
    changes |= {epoch: RateChange(epoch, rate, True) for epoch, rate in rates.by_hand[-_MOST_RATE_MARKS:]}
    seen = view.inside(np.array([*changes], dtype=float))
    return sorted(change for change, inside in zip(changes.values(), seen, strict=True) if inside)


def _rate_line(changes: Sequence[RateChange], width: int, options: RenderOptions) -> Lines:
    if not changes:
        return []
    listed = ", ".join(
        f"{short(one.rate)} {'set at' if one.by_hand else 'from'} epoch {count(one.epoch)}" for one in changes
    )
    mark = options.pick("┊", ":") + " lr "
    return [
        words((mark, options.ink(NOTE)), (inert(listed, max(width - len(mark), 1), ascii=options.ascii), options.grey))
    ]
