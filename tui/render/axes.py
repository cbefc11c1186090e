"""Axes: where the ticks go, what they say, and the frame around a picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rich.cells import cell_len

from .blocks import Line, Lines, width_of, words
from .palette import RenderOptions
from .text import inert

Tick = tuple[float, str]
_HUGE = 1e300


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


def log_axis(low: float, high: float, most: int, name: str = "") -> Axis:
    """Ticks for limits that are base-10 logarithms: whole decades, or 1-2-5 within them where few are in sight."""
    seen: list[tuple[float, float]] = []
    for digits, every in ((1, 2, 5), 1), ((1, 3), 1), *(((1,), every) for every in (1, 2, 5, 10, 20, 50)):
        decades = [d for d in range(max(math.floor(low), -307), min(math.ceil(high), 307) + 1) if d % every == 0]
        places = [(d + math.log10(digit), digit * 10.0**d) for d in decades for digit in digits]
        seen = [(place, value) for place, value in places if low <= place <= high]
        if len(seen) <= most:
            break
    if len(seen) < 2:
        seen = [(end, 10.0 ** min(end, 308)) for end in (low, high)]
    return Axis(tuple(((place - low) / (high - low), f"{value:.3g}") for place, value in seen), name)


def ends_axis(low: float, high: float, name: str = "") -> Axis:
    """An axis that names only its two ends, as maps have."""
    step = 10.0 ** math.floor(math.log10((high - low) / 20))
    return Axis(((0.0, tick_label(low, step)), (1.0, tick_label(high, step))), name)


def tick_label(value: float, step: float) -> str:
    """A value with as many decimals as its step needs."""
    if value and (abs(value) >= 1e6 or abs(value) < 1e-4):
        return f"{value:.3g}"
    digits = next((d for d in range(8) if abs(step * 10**d - round(step * 10**d)) < 1e-6 * step * 10**d), 8)
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text


def cell_of(share: float, cells: int) -> int:
    """Which of `cells` cells, counted from the lower end, a share of an axis falls into; the nearest one outside."""
    return min(max(int(share * cells), 0), cells - 1)


def gutter(axis: Axis) -> int:
    """Columns that a vertical axis takes: its longest label and the line itself."""
    return max((len(label) for _, label in axis.ticks), default=0) + 1


def frame(picture: Lines, x: Axis, y: Axis, options: RenderOptions) -> Lines:
    """Put axes left of and below a picture: `gutter(y)` columns more, two rows more, one above where `y` has a name.

    The x axis's name stands among its labels where there is room.
    """
    height, width = len(picture), max(map(width_of, picture), default=0)
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
    """Write the axis's name into the free stretch of its label row nearest to the middle, if it fits anywhere."""
    text = labels[0].text
    safe = inert(name, max((len(text) - left) // 2, 1), ascii=options.ascii)
    size = cell_len(safe)
    start = _free(text, left, size + 2) if size else None
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
