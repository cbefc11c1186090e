"""Bars: histograms of columns, and shares or counts by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .axes import bounds, ends_axis, frame, gutter, linear_axis
from .blocks import Lines, beside, fit, flow, paint, stack, words
from .canvas import Array
from .palette import BLUE, RenderOptions, class_colour
from .text import count as counted
from .text import inert, percent

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_ACROSS = " ▏▎▍▌▋▊▉█"
_NARROWEST = 28


def histogram(
    values: Sequence[float] | Array, name: str, width: int, height: int, options: RenderOptions, *, colour: str = BLUE
) -> Lines:
    """How values are spread: `height` lines of `width` cells, with axes. What is not finite is left out and said."""
    numbers = np.asarray(values, dtype=float)
    finite = numbers[np.isfinite(numbers)]
    low, high = bounds(float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    rows = max(height - 3, 2)
    columns = max(width - len(counted(len(finite))) - 1, 4)
    tally = np.histogram(finite, bins=_bins(finite, columns), range=(low, high))[0]
    y = linear_axis(0, max(int(tally.max()), 1), max(rows // 3, 2), whole=True)
    columns = max(width - gutter(y), 4)
    at = np.arange(columns) * len(tally) // columns
    bars = _columns(tally[at] / max(int(tally.max()), 1), rows, options)
    picture = paint(bars, (bars != " ").astype(np.int64), lambda key: options.ink(colour if key else None))
    missing = len(numbers) - len(finite)
    notes = words((inert(name, max(width - 16, 4), ascii=options.ascii), options.bold))
    if missing:
        notes += words((f"  {counted(missing)} missing", options.grey))
    lines = [notes, *frame(picture, ends_axis(low, high), y, options)]
    return [fit(line, width) for line in lines[:height]]


def histograms(
    columns: Mapping[str, Sequence[float] | Array], width: int, options: RenderOptions, *, height: int = 9
) -> Lines:
    """A histogram for each column, as many side by side as `width` holds."""
    across = max(min((width + 3) // (_NARROWEST + 3), len(columns)), 1)
    each = (width - 3 * (across - 1)) // across
    pictures = [
        histogram(values, name, each, height, options, colour=class_colour(index))
        for index, (name, values) in enumerate(columns.items())
    ]
    return stack(beside(pictures[start : start + across], gap=3) for start in range(0, len(pictures), across))


def bars(
    values: Mapping[str, float], width: int, options: RenderOptions, *, shares: bool = False, most: int = 20
) -> Lines:
    """A horizontal bar for each name, the largest as long as there is room; `shares` are of one, else counts.

    Beyond `most` names the rest is summed up in a last line of words.
    """
    shown = dict(list(values.items())[:most])
    texts = {name: percent(value) if shares else counted(value) for name, value in shown.items()}
    widest = max(map(len, texts.values()), default=0)
    names = {name: inert(name, max(width // 3, 4), ascii=options.ascii) for name in shown}
    left = max((len(fit_name) for fit_name in names.values()), default=0)
    room = max(width - left - widest - 3, 1)
    top = 1.0 if shares else max(shown.values(), default=0.0) or 1.0
    lines: Lines = []
    for index, (name, value) in enumerate(shown.items()):
        bar = (bar_of(value / top, room, options), options.ink(class_colour(index)))
        lines.append(fit([*fit(words(names[name]), left + 1), *words(bar, f" {texts[name]:>{widest}}")], width))
    if len(values) > most:
        rest = sum(value for index, value in enumerate(values.values()) if index >= most)
        text = percent(rest) if shares else counted(rest)
        lines += flow([words((f"and {len(values) - most} more with {text}", options.grey))], width)
    return lines


def bar_of(share: float, width: int, options: RenderOptions) -> str:
    """A horizontal bar of `width` cells, filled by `share` (0 to 1) to an eighth of a cell."""
    share = min(max(share, 0.0), 1.0) if np.isfinite(share) else 0.0
    if options.ascii:
        return ("#" * round(share * width)).ljust(width)
    full, part = divmod(round(share * width * 8), 8)
    return ("█" * full + (_ACROSS[part] if part else "")).ljust(width)


def _bins(finite: Array, columns: int) -> int:
    """As many bins as the data can fill (twice the cube root of its size, Rice's rule), at most one a column."""
    different = len(np.unique(finite[:10_000])) if len(finite) else 1
    return int(max(1, min(columns, different, np.ceil(2 * max(len(finite), 1) ** (1 / 3)))))


def _columns(shares: Array, rows: int, options: RenderOptions) -> Array:
    """Vertical bars as characters, shape (rows, columns), to an eighth of a cell (half a cell in ASCII)."""
    eighths = np.rint(shares * rows * 8).astype(np.int64)
    eighths = np.where((shares > 0) & (eighths == 0), 1, eighths)
    below = (rows - 1 - np.arange(rows))[:, None] * 8
    fill = np.clip(eighths[None, :] - below, 0, 8)
    ramp = np.array(list("  ...:::#" if options.ascii else _EIGHTHS))
    return ramp[fill]
