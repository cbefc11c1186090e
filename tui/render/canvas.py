"""plotext behind a wrapper that hands it only what it can bear.

plotext 6 aborts the whole process on a NaN, and takes seconds and gigabytes for points far outside its limits. So
lines are split at what is not finite, thinned to the canvas's own resolution, clipped and scaled here; plotext gets
dots on a canvas of known size, without axes, and gives back characters.
plotext draws on one global figure: call this from one thread only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
_TOKEN = re.compile(r"\x1b\[([0-9;]*)m|([^\x1b]+)")
_MOST_DOTS = 6


@dataclass(frozen=True)
class Stroke:
    """One line to draw. `xs`, `ys`: shares of the canvas's width and height, 0 to 1 from the lower left; what is not
    finite is a gap, what lies outside is held at the edge. `key` (1 to 200) comes back for each cell that it marks.
    `spacing`: 0 draws a solid line, n a dotted one with a dot every n dots. `mark` is the character without braille.
    """

    xs: Array
    ys: Array
    key: int
    spacing: int = 0
    mark: str = "*"


def draw(strokes: list[Stroke], width: int, height: int, *, ascii: bool) -> tuple[Array, Array]:
    """Draw strokes, later ones on top. Returns (characters, keys), both of shape (height, width); key 0 is blank.

    Width and height are at least 2 cells. Braille has 2 by 4 dots a cell, `ascii` one.
    """
    import plotext

    width, height = max(width, 2), max(height, 2)
    across, up = (1, 1) if ascii else (2, 4)
    figure: Any = plotext.figure
    terminal: Any = plotext.terminal
    terminal.limit(False, False)
    figure.clear()
    figure.canvas("default")
    figure.plot_size(width, height)
    figure.axes(False)
    for axis, cells in (("x", width), ("y", height)):
        figure.ruler(axis).lim(0, cells - 1)
        figure.ruler(axis).ticks([], [])
    for stroke in strokes:
        xs, ys, joined = _dots(stroke, width * across, height * up)
        if not len(xs):
            continue
        marker = plotext.marker(stroke.mark if ascii else "braille", plotext.pixel(stroke.key))
        # plotext counts in cells from the middle of the first one: a dot's middle lies a half dot into it.
        signal = figure.signal(((xs + 0.5) / across - 0.5).tolist(), ((ys + 0.5) / up - 0.5).tolist(), marker=marker)
        for index in np.flatnonzero(joined).tolist():
            signal.line(index)
        figure.draw(signal)
    return _read(figure.build().string(), width, height)


def _dots(stroke: Stroke, columns: int, rows: int) -> tuple[Array, Array, Array]:
    """The stroke's points in whole dots, and for each whether a line joins it to the one before."""
    xs, ys = np.asarray(stroke.xs, dtype=float), np.asarray(stroke.ys, dtype=float)
    finite = np.isfinite(xs) & np.isfinite(ys)
    part = np.cumsum(~finite)[finite]
    xs = np.clip(xs[finite] * columns, 0, columns - 1)
    ys = np.clip(ys[finite] * rows, 0, rows - 1)
    xs, ys, part = _thin(xs, ys, part)
    if stroke.spacing:
        xs, ys = _dotted(xs, ys, part, stroke.spacing, _MOST_DOTS * columns)
        return xs, ys, np.zeros(len(xs), dtype=bool)
    joined = np.zeros(len(xs), dtype=bool)
    joined[1:] = part[1:] == part[:-1]
    return np.floor(xs), np.floor(ys), joined


def _thin(xs: Array, ys: Array, part: Array) -> tuple[Array, Array, Array]:
    """Keep the lowest and the highest point of each dot column and part, in order: no spike is lost."""
    if len(xs) < 3:
        return xs, ys, part
    group = part * 1e6 + np.floor(xs)
    order = np.lexsort((ys, group))
    edges = np.flatnonzero(np.diff(group[order]))
    kept = np.unique(np.concatenate((order[np.r_[0, edges + 1]], order[np.r_[edges, len(order) - 1]])))
    return xs[kept], ys[kept], part[kept]


def _dotted(xs: Array, ys: Array, part: Array, spacing: int, most: int) -> tuple[Array, Array]:
    """Walk along the line and drop a dot every `spacing` dots, wider where that would be more than `most`."""
    if len(xs) < 2:
        return np.floor(xs), np.floor(ys)
    steps = np.hypot(np.diff(xs), np.diff(ys))
    steps[np.diff(part) != 0] = 0
    way = np.r_[0.0, np.cumsum(steps)]
    at = np.arange(0, way[-1] + 1e-9, max(spacing, way[-1] / most))
    dots = np.unique(np.floor(np.column_stack((np.interp(at, way, xs), np.interp(at, way, ys)))), axis=0)
    return dots[:, 0], dots[:, 1]


def _read(coloured: str, width: int, height: int) -> tuple[Array, Array]:
    """Take plotext's text apart into characters and the colour numbers that came with them."""
    chars = np.full((height, width), " ", dtype="<U1")
    keys = np.zeros((height, width), dtype=np.int64)
    for y, line in enumerate(coloured.rstrip("\n").split("\n")[:height]):
        x, key = 0, 0
        for codes, text in _TOKEN.findall(line):
            if not text:
                key = int(codes.rsplit(";", 1)[1]) if codes.startswith("38;5;") else 0
                continue
            run = list(text[: width - x])
            chars[y, x : x + len(run)] = run
            keys[y, x : x + len(run)] = key
            x += len(run)
    keys[chars == " "] = 0
    return chars, keys
