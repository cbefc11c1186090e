"""Many trials of the same settings in one picture: lines through parallel axes, and the measure against one setting."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from rich.cells import cell_len

from .axes import Axis, cell_of, even_axis, frame, gutter, log_axis
from .blocks import Line, Lines, fit, paint, words
from .canvas import Stroke, draw
from .palette import FAINT, GREY, NOTE, RenderOptions
from .series import Series, log_helps, value_limits
from .text import inert, number, short

_AXIS, _TEXT = 230, 231  # keys of what is no trial
_LEAST = 10  # cells from one of the parallel axes to the next
_WIDE_RANGE = 20.0  # the highest value in lowest ones, from which on factors count
_HEADROOM = 3  # lines that the parallel axes' names and ends take


@dataclass(frozen=True)
class Tried:
    """A trial as it is drawn. `value` is what it reached, `colour` its own, none where it stands back; `mark` the sign
    of the one that is looked at, or of how it ended, `simple` the same in ASCII. The scale is that of those that are
    `whole`: trained to their end, or not over."""

    point: Mapping[str, float | str]
    value: float | None
    colour: str = ""
    mark: str = "●"
    simple: str = "o"
    whole: bool = True


@dataclass(frozen=True)
class Scale:
    """The values of one setting along an axis: `choices`, or numbers from `low` to `high`."""

    name: str
    choices: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    log: bool = False

    def share(self, value: float | str | None) -> float:
        """Where on the axis a value lies, 0 to 1; NaN for what is none of its values."""
        if self.choices:
            if value is None or str(value) not in self.choices:
                return math.nan
            return (self.choices.index(str(value)) + 0.5) / len(self.choices)
        if not isinstance(value, int | float):
            return math.nan
        at, low, high = (math.log10(max(one, 1e-300)) if self.log else one for one in (value, self.low, self.high))
        return min(max((at - low) / (high - low), 0.0), 1.0) if high > low else 0.5

    def axis(self, columns: int) -> Axis:
        """The same as a horizontal axis of so many columns."""
        if self.choices:
            room = max(columns // len(self.choices) - 1, 1)
            return Axis(tuple((self.share(one), inert(one, room)) for one in self.choices), self.name)
        if self.log:
            low, high = math.log10(self.low), math.log10(self.high)
            ticks, _ = log_axis(low, high, max(columns // 6, 3))
            inner = [(share, label) for share, label in ticks.ticks if 0 <= share <= 1]
            return Axis(tuple(inner), self.name)
        steps = max(2, min(5, columns // 10))
        places = [place / steps for place in range(steps + 1)]
        return Axis(tuple((at, short(self.low + at * (self.high - self.low))) for at in places), self.name)

    @property
    def ends(self) -> tuple[str, str]:
        """The lowest and the highest value; of choices the first and the last."""
        if self.choices:
            return self.choices[0], self.choices[-1]
        return short(self.low), short(self.high)


def scale_of(name: str, written: str) -> Scale:
    """The scale of a setting that is tried with these values, as somebody wrote them: `1e-4..1` or `8 | 4,4`."""
    low, dots, high = written.partition("..")
    if dots and "|" not in written:
        try:
            ends = float(low), float(high)
        except ValueError:
            return Scale(name, (written,))
        return Scale(name, (), *ends, log=ends[0] > 0 and ends[1] / ends[0] >= _WIDE_RANGE)
    return Scale(name, tuple(part.strip() for part in written.split("|")))


def against(
    trials: Sequence[Tried], scale: Scale, measure: str, width: int, height: int, options: RenderOptions, most: float
) -> Lines:
    """The measure of each trial over its value of one setting, those with a colour of their own on top. `most` is the
    greatest value that the measure can have."""
    known = [(one, scale.share(one.point.get(scale.name)), one.value) for one in trials]
    seen = [(one, at, value) for one, at, value in known if value is not None and math.isfinite(at)]
    seen = [one for one in seen if math.isfinite(one[2])]
    title = words((inert(f"{measure} by {scale.name}", width, ascii=options.ascii), options.bold))
    if not seen:
        return [fit(line, width) for line in (title, _nothing(options))]
    values = np.array([value for one, _, value in seen if one.whole] or [value for _, _, value in seen])
    above = values[values > 0]
    series = [Series("", np.arange(len(values), dtype=float), values, "", most=most)]
    log = most == math.inf and bool(len(above)) and log_helps([replace(series[0], values=above)])
    series = [replace(series[0], values=above)] if log else series  # what is 0 lies at the edge then
    rows = max(height - 3, 2)
    low, high = value_limits(series, None, log=log)
    y, edges = log_axis(low, high, rows) if log else even_axis(low, min(high, most), rows, most)
    highest = max(value for _, _, value in seen)
    if highest > (10 ** edges[1] if log else edges[1]):
        title += words((f"   {options.pick('↑', '^')} to {number(highest)}", options.grey))
    columns = max(width - gutter(y), 4)
    chars, keys = np.full((rows, columns), " ", dtype="<U1"), np.zeros((rows, columns), dtype=np.int64)
    colours: dict[int, str | None] = {0: None}
    for key, (one, at, value) in enumerate(sorted(seen, key=lambda one: bool(one[0].colour)), start=1):
        up = (math.log10(max(value, 1e-300)) if log else value) - edges[0]
        row, column = rows - 1 - cell_of(up / (edges[1] - edges[0]), rows), cell_of(at, columns)
        chars[row, column], keys[row, column] = options.pick(one.mark, one.simple), key
        colours[key] = one.colour or FAINT
    picture = paint(chars, keys, lambda key: options.ink(colours[key], bold=key > 0 and colours[key] != FAINT))
    x = scale.axis(columns)
    return [fit(line, width) for line in ([title, *frame(picture, x, y, options)])[:height]]


def parallel(
    trials: Sequence[Tried], scales: Sequence[Scale], measure: str, sign: float, width: int, height: int,
    options: RenderOptions,
) -> Lines:  # fmt: skip
    """A line for each trial through an axis for each setting and one for the measure at the right, its best value
    (the lowest times `sign`) on top. Where not all axes have room, the first ones are drawn and the others told."""
    most = max(width // _LEAST - 1, 1)
    shown, left_out = list(scales[:most]), [one.name for one in scales[most:]]
    known = [one for one in trials if one.value is not None and math.isfinite(one.value)]
    worth = [sign * one.value for one in known if one.value is not None]
    if not worth:
        return [fit(_nothing(options), width)]
    best, worst = min(worth), float(np.percentile(worth, 90)) if len(worth) > 4 else max(worth)
    rows = max(height - _HEADROOM, 2)
    ends = [*(one.ends for one in shown), (number(sign * worst), number(sign * best))]
    places = _places([max(map(cell_len, one)) for one in ends], width)
    strokes: list[Stroke] = []
    colours: dict[int, str | None] = {0: None, _AXIS: GREY, _TEXT: GREY}
    for one in sorted(known, key=lambda one: bool(one.colour)):
        assert one.value is not None
        quality = 1.0 - (sign * one.value - best) / (worst - best) if worst > best else 1.0
        ys = [*(scale.share(one.point.get(scale.name)) for scale in shown), min(max(quality, 0.0), 1.0)]
        key = len(strokes) + 1
        colours[key] = one.colour or FAINT
        xs = (np.array(places, dtype=float) + 0.5) / width
        strokes.append(Stroke(xs, np.array(ys) * 0.999, key, 0 if one.colour else 3, "*" if one.colour else "."))
    chars, keys = draw(strokes, width, rows, ascii=options.ascii)
    for place in places:
        empty = keys[:, place] == 0
        chars[empty, place], keys[empty, place] = options.pick("│", "|"), _AXIS
    for scale, place in zip(shown, places, strict=False):
        for choice in scale.choices[1:-1]:
            row = rows - 1 - cell_of(scale.share(choice), rows)
            text = inert(choice, max(places[1] - places[0] - 3, 1), ascii=options.ascii)
            for at, char in enumerate(text[: width - place - 2]):
                chars[row, place + 2 + at], keys[row, place + 2 + at] = char, _TEXT
    picture = paint(chars, keys, lambda key: options.ink(colours.get(key)))
    names = [*(scale.name for scale in shown), measure]
    top = _row([high for _, high in ends], places, width, options)
    bottom = _row([low for low, _ in ends], places, width, options)
    head = _row(names, places, width, options, bold=True)
    if left_out:
        said = inert(f"no room for {', '.join(left_out)}", width, ascii=options.ascii)
        picture = picture[: max(rows - 1, 1)]
        bottom = [*bottom, words((said, options.ink(NOTE)))]
    return [fit(line, width) for line in [*head, *top, *picture, *bottom][:height]]


def _nothing(options: RenderOptions) -> Line:
    return words(("no trial has a value yet", options.grey))


def _places(widest: Sequence[int], width: int) -> list[int]:
    """The columns of the axes, the outer ones so far from the edges that what stands above them is whole."""
    first, last = widest[0] // 2, width - 1 - widest[-1] // 2
    return [round(first + (last - first) * at / (len(widest) - 1)) for at in range(len(widest))]


def _row(
    texts: Sequence[str], places: Sequence[int], width: int, options: RenderOptions, *, bold: bool = False
) -> Lines:
    """Texts above or below the axes, each as near to its own as there is room; what is too long is cut."""
    room = max((width // max(len(places) - 1, 1)) - 1, 1)
    line, end = "", 0
    for text, place in zip(texts, places, strict=True):
        safe = inert(text, room, ascii=options.ascii)
        start = max(min(place - cell_len(safe) // 2, width - cell_len(safe)), end)
        line += " " * (start - end) + safe
        end = start + cell_len(safe) + 1
        line += " "
    return [fit(words((line.rstrip(), options.bold if bold else options.grey)), width)]
