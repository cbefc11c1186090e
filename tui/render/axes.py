"""Axes: where the ticks go, what they say, and the frame around a picture."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from rich.cells import cell_len

from .blocks import Line, Lines, width_of, words
from .palette import RenderOptions
from .text import inert

Tick = tuple[float, str]
_HUGE = 1e300
_LEAST_NAME = 5  # cells of an axis's name that is cut


@dataclass(frozen=True)
class Axis:
    """One axis: `ticks` are (share of its length, label) from its lower end; `name` is shown beside it."""

    ticks: tuple[Tick, ...]
    name: str = ""


def bounds(low: float, high: float, *, pad: float = 0.0) -> tuple[float, float]:
    """Finite limits with some room: widened where they are equal, and never beyond what a float can subtract."""
    low, high = (min(max(end, -_HUGE), _HUGE) if math.isfinite(end) else 0.0 for end in (low, high))
    low, high = min(low, high), max(low, high)
    if high - low <= max(1e-12 * max(abs(low), abs(high)), 1e-280):
        half = max(abs(low) * 0.1, 1e-9) if low else 0.5
        return low - half, high + half
    room = (high - low) * pad
    return max(low - room, -_HUGE) if low < 0 else max(low - room, 0.0), high + room


def linear_axis(low: float, high: float, most: int, name: str = "", *, whole: bool = False) -> Axis:
    """Ticks at round numbers (1, 2, 2.5 or 5 times a power of ten), at most `most`; `whole` for epochs and counts."""
    span = high - low
    raw = span / max(most, 1)
    power = 10.0 ** math.floor(math.log10(raw)) if raw > 0 and math.isfinite(raw) else 1.0
    steps = (1, 2, 5, 10) if whole else (1, 2, 2.5, 5, 10)
    step = next((times * power for times in steps if times * power >= raw * 0.999), 10 * power)
    if whole:
        step = max(1.0, round(step))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    values = [index * step for index in range(first, min(last, first + 2 * most + 2) + 1)]
    return Axis(tuple(((value - low) / span, tick_label(value, step)) for value in values), name)


def even_axis(low: float, high: float, rows: int, most: float = math.inf) -> tuple[Axis, tuple[float, float]]:
    """A vertical axis of `rows` rows that shows these limits, and the limits at its edges, which lie a little further.

    Ticks are round numbers, three or more where there are as many rows, each in the middle of its row, and equally many
    rows lie between any two of them. None is above `most`, the greatest value that there can be.
    """
    power = 10.0 ** math.floor(math.log10(max((high - low) / rows, 1e-300)))
    found = [one for times in _ROUND if (one := _rows_for(times * power, low, high, rows, most)) is not None]
    first, unit, every, _ = max(found, key=lambda one: one[3])
    places = [place for place in range(rows) if (first + place) % every == 0 and not _above(first + place, unit, most)]
    ticks = (((place + 0.5) / rows, tick_label((first + place) * unit, every * unit)) for place in places)
    return Axis(tuple(ticks)), ((first - 0.5) * unit, (first + rows - 0.5) * unit)


_ROUND = tuple(times * power for power in (1, 10, 100) for times in (1, 2, 2.5, 5))


def _above(row: int, unit: float, most: float) -> bool:
    """Whether the value of a row lies above the greatest one."""
    return row * unit > most * (1 + 1e-9)


def _rows_for(step: float, low: float, high: float, rows: int, most: float) -> tuple[int, float, int, float] | None:
    """How ticks a `step` apart can stand: the lowest row in rows from zero, what a row is worth, rows from tick to
    tick, and how well that uses the rows; None where it does not."""
    for every in range(min(int(rows * step / (high - low)) + 1, max((rows - 1) // 2, 1)), 0, -1):
        unit = step / every
        first, last = math.floor(low / unit + 0.5), math.floor(high / unit + 0.5)
        spare = rows - (last - first + 1)
        if spare < 0:
            continue
        down = spare // 2
        first -= min(down, first) if low >= 0 else down
        while first + rows - 1 > last and _above(first + rows - 1, unit, most) and (first > 0 or low < 0):
            first -= 1
        ticks = sum((row % every == 0) and not _above(row, unit, most) for row in range(first, first + rows))
        if ticks < min(3, rows):
            continue
        crowd = 0.2 * (every == 1 and rows > 5) + 0.03 * abs(ticks - min(max(rows / 3, 3), 6))
        return first, unit, every, -spare / rows - crowd
    return None


def epoch_axis(low: float, high: float, columns: int, name: str = "epoch") -> Axis:
    """A horizontal axis of epochs, or of batches: the first and the last one, and between them round numbers whose
    labels leave room for each other."""
    ends = math.ceil(low), math.floor(high)
    room = max(len(f"{end:,}") for end in ends) + 4
    inner = [round(low + share * (high - low)) for share, _ in _whole_axis(low, high, max(columns // (room + 4), 1))]
    kept = [ends[0]]
    for epoch in inner:
        if min(epoch - kept[-1], ends[1] - epoch) / (high - low) * columns >= room:
            kept.append(epoch)
    if ends[1] > ends[0]:
        kept.append(ends[1])
    return Axis(tuple(((epoch - low) / (high - low), f"{epoch:,}") for epoch in kept), name)


def _whole_axis(low: float, high: float, most: int) -> tuple[Tick, ...]:
    return linear_axis(low, high, most, whole=True).ticks


def log_axis(low: float, high: float, rows: int) -> tuple[Axis, tuple[float, float]]:
    """The same for limits that are base-10 logarithms: whole decades, or 1-2-5 within them where few are in sight; of
    less than a decade values that are equally many times larger than one another."""
    if high - low < 1:
        axis, edges = even_axis(low, high, rows)
        shares = [share for share, _ in axis.ticks]
        values = (10.0 ** min(edges[0] + share * (edges[1] - edges[0]), 308) for share in shares)
        return Axis(tuple((share, f"{value:.3g}") for share, value in zip(shares, values, strict=True))), edges
    seen: list[tuple[float, float]] = []
    for digits, every in ((1, 2, 5), 1), ((1, 3), 1), *(((1,), every) for every in (1, 2, 5, 10, 20, 50)):
        decades = [d for d in range(max(math.floor(low), -307), min(math.ceil(high), 307) + 1) if d % every == 0]
        places = [(d + math.log10(digit), digit * 10.0**d) for d in decades for digit in digits]
        found = [(place, value) for place, value in places if low <= place <= high]
        if len(found) < 3 <= len(seen):
            break
        seen = found
        if len(seen) <= min(max(rows // 2, 3), 7):
            break
    return Axis(tuple(((place - low) / (high - low), f"{value:.3g}") for place, value in seen)), (low, high)


def ends_axis(low: float, high: float, name: str = "") -> Axis:
    """An axis that names only its two ends, as maps have."""
    step = 10.0 ** math.floor(math.log10((high - low) / 20))
    return Axis(((0.0, tick_label(low, step)), (1.0, tick_label(high, step))), name)


def tick_label(value: float, step: float) -> str:
    """A value with as many decimals as its step needs."""
    if not value and step < 1e-4:
        return "0"
    if value and (abs(value) >= 1e6 or abs(value) < 1e-4):
        digits = math.ceil(math.log10(max(abs(value) / step, 1) * (1 + 1e-9))) if step else 3
        return f"{value:.{min(max(digits + 1, 3), 12)}g}"
    digits = next((d for d in range(8) if abs(step * 10**d - round(step * 10**d)) < 1e-6 * step * 10**d), 8)
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text


def cell_of(share: float, cells: int) -> int:
    """Which of `cells` cells, counted from the lower end, a share of an axis falls into; the nearest one outside."""
    return min(max(int(share * cells), 0), cells - 1)


def gutter(axis: Axis) -> int:
    """Columns that a vertical axis takes: its longest label and the line itself."""
    return max((len(label) for _, label in axis.ticks), default=0) + 1


def frame(picture: Lines, x: Axis, y: Axis, options: RenderOptions, *, columns: int | None = None) -> Lines:
    """Put axes left of and below a picture: `gutter(y)` columns more, two rows more, one above where `y` has a name.

    The x axis's name stands among its labels where there is room. `columns`: of the picture, where its lines go on with
    something else.
    """
    height, width = len(picture), columns or max(map(width_of, picture), default=0)
    left = gutter(y)
    marks = {height - 1 - cell_of(share, height): label for share, label in y.ticks}
    bar, tick = options.pick("│", "|"), options.pick("┤", "+")
    lines: Lines = [words(inert(y.name, left + width, ascii=options.ascii))] if y.name else []
    for row, line in enumerate(picture):
        label = marks.get(row)
        edge = " " * (left - 1) + bar if label is None else f"{label:>{left - 1}}{tick}"
        lines.append([*words((edge, options.grey)), *line])
    return [*lines, *_below(x, left, width, options)]


def _below(x: Axis, left: int, width: int, options: RenderOptions) -> Lines:
    """The horizontal axis: its line with ticks, then the labels with the name at the right or between them."""
    rule = [options.pick("─", "-")] * width
    text = [" "] * (left + width)
    taken = -2
    for share, label in x.ticks:
        at = cell_of(share, width)
        start = min(max(left + at - len(label) // 2, 0), left + width - len(label))
        if start <= taken + 1 or start < 0:
            continue
        rule[at] = options.pick("┬", "+")
        text[start : start + len(label)] = label
        taken = start + len(label)
    corner = " " * (left - 1) + options.pick("└", "+")
    labels = words(("".join(text), options.grey))
    return [words((corner + "".join(rule), options.grey)), _name(labels, x.name, options, left)]


def _name(labels: Line, name: str, options: RenderOptions, left: int) -> Line:
    """Write the axis's name into the free stretch of its label row nearest to the middle; where it fits nowhere, as
    much of it as the longest one has room for."""
    text = labels[0].text
    longest = max(map(len, re.split(r"\S+", text[left:])), default=0)
    safe = inert(name, max(min((len(text) - left) // 2, longest - 2), 0), ascii=options.ascii)
    size = cell_len(safe)
    start = _free(text, left, size + 2) if size >= min(_LEAST_NAME, cell_len(name)) > 0 else None
    if start is None:
        return labels
    before, after = text[: start + 1], text[start + 1 + size :]
    return words((before, options.grey), safe, (after, options.grey))


def _free(text: str, left: int, room: int) -> int | None:
    middle = left + (len(text) - left) / 2
    starts = [at for at in range(left, len(text) - room + 1) if not text[at : at + room].strip()]
    return min(starts, key=lambda at: abs(at + room / 2 - middle), default=None)


def map_frame(width: int, height: int) -> tuple[int, int]:
    """Width and height in characters of a map that looks square in a pane of this size."""
    rows = min(height, width // 2 + 3)
    return min(width, rows * 2 + 6), rows


def map_size(width: int, height: int) -> tuple[int, int]:
    """How many cells a map for this pane should have: two in each character's height."""
    columns, rows = map_frame(width, height)
    return max(8, min(120, columns - 6)), max(8, min(120, 2 * (rows - 3)))
