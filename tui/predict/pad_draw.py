"""The pad of the predict page in characters, and which place on it a place in its pane is."""

from __future__ import annotations

import numpy as np
from rich.style import Style

from ..render.blocks import PLAIN, Lines, blank, paint, put, width_of, words
from ..render.palette import ORANGE, RAMP, RenderOptions, rgb_style
from .pad import Pad

GREYS = 16
SHEET, WHITE = 34, 255  # an empty pixel's grey, and ink's


def place_in(pad: Pad, width: int, height: int) -> tuple[int, int, bool]:
    """Where a pad's first pixel stands in a pane: column, row; and whether each pixel has two cells of its own, or
    two pixels one above the other share a cell."""
    large = pad.width * 2 + 2 <= width and pad.height + 2 <= height
    columns, rows = (pad.width * 2, pad.height) if large else (pad.width, (pad.height + 1) // 2)
    return max((width - columns) // 2, 1), max((height - rows) // 2, 1), large


def point_at(pad: Pad, x: float, y: float, width: int, height: int) -> tuple[float, float] | None:
    """The place on the pad of a place in the pane, or None off the pad."""
    left, top, large = place_in(pad, width, height)
    point = ((x - left) / 2, y - top) if large else (x - left, (y - top) * 2)
    return point if -0.5 <= point[0] <= pad.width + 0.5 and -0.5 <= point[1] <= pad.height + 0.5 else None


def drawing(pad: Pad, width: int, height: int, options: RenderOptions) -> Lines:
    """The pad in a frame of its own, with the cursor."""
    left, top, large = place_in(pad, width, height)
    level = np.rint(pad.ink * (GREYS - 1)).astype(np.int64)
    lines = _large(level, options) if large else _small(level, options)
    column, row = int(pad.cursor[0]), int(pad.cursor[1])
    pen = options.pick("●", "*") if pad.down else options.pick("○", "o")
    marker = options.ink(ORANGE, "#303030", bold=True)
    place = (column * 2, row) if large else (column, row // 2)
    lines[place[1]] = put(lines[place[1]], place[0], pen, marker)
    bar, rule = options.pick("│", "|"), options.pick("─", "-")
    edge = words((options.pick("┌", "+") + rule * width_of(lines[0]) + options.pick("┐", "+"), options.grey))
    foot = words((options.pick("└", "+") + rule * width_of(lines[0]) + options.pick("┘", "+"), options.grey))
    boxed = [edge, *([*words((bar, options.grey)), *line, *words((bar, options.grey))] for line in lines), foot]
    return [*([[]] * (top - 1)), *([*blank(left - 1), *line] for line in boxed)][:height]


def _grey(level: int, options: RenderOptions) -> Style:
    shade = SHEET + (WHITE - SHEET) * level // (GREYS - 1)
    return rgb_style((shade, shade, shade), (shade, shade, shade)) if options.colour else PLAIN


def _large(level: np.ndarray, options: RenderOptions) -> Lines:
    ids = level.repeat(2, axis=1)
    ramp = np.array(list(RAMP))
    chars = ramp[np.rint(ids / (GREYS - 1) * (len(RAMP) - 1)).astype(int)]
    return paint(chars if not options.colour else np.full(ids.shape, " "), ids, lambda key: _grey(key, options))


def _small(level: np.ndarray, options: RenderOptions) -> Lines:
    level = np.concatenate((level, level[:1] * 0)) if len(level) % 2 else level
    top, bottom = level[0::2], level[1::2]
    if options.colour and not options.ascii:
        chars = np.where(top == bottom, " ", "▀")

        def style(key: int) -> Style:
            above, below = (SHEET + (WHITE - SHEET) * part // (GREYS - 1) for part in divmod(key, GREYS))
            return rgb_style((above,) * 3, (below,) * 3)

        return paint(chars, top * GREYS + bottom, style)
    signs = np.array(list(options.pick(" ▀▄█", " '.#")))
    half = GREYS // 2
    return paint(signs[(top >= half) + 2 * (bottom >= half)], top * 0, lambda _: PLAIN)
