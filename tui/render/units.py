"""One unit of a network in a few characters: its map or its weights, and what the colours mean."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from rich.style import Style

from .blocks import PLAIN, Line, fit, words
from .canvas import Array
from .palette import BLUE, ORANGE, RAMP, RGB, RenderOptions, class_colour, mix, rgb_style

STEPS = 8  # colours on either side of the neutral one
LEVELS = 2 * STEPS + 1
_GROUND: RGB = (20, 22, 30)
_HUGE = 1e300


@dataclass(frozen=True)
class Unit:
    """A unit's picture. `shares`, shape (height, width): from -1 to 1, 0 being neutral, or from 0 to 1 for the share
    of the class `of`."""

    name: str
    shares: Array
    of: int | None = None


def read_unit(unit: Mapping[str, Any], place: int, layer: Mapping[str, Any], shape: tuple[int, int]) -> Unit:
    """Decode one unit of a `network` picture; ValueError where its cells are not of the shape (height, width).

    A unit that never crosses the neutral value is dark where it is nearest to it, and of one colour.
    """
    cells = np.frombuffer(base64.b64decode(unit["cells"]), dtype=np.uint8).reshape(shape) / 255
    if layer.get("classes"):
        return Unit(str(unit["name"]), cells, place)
    low, high = (_finite(end) - _finite(layer["neutral"]) for end in unit["range"])
    if low >= 0 or high <= 0:
        return Unit(str(unit["name"]), (cells if low >= 0 else cells - 1) * (high > low))
    return Unit(str(unit["name"]), (low + cells * (high - low)) / max(-low, high))


def _finite(value: float | None) -> float:
    """A number that others can be taken from; null is what JSON makes of one that is none."""
    return min(max(float(value), -_HUGE), _HUGE) if value is not None else 0.0


def draw_unit(unit: Unit, columns: int, rows: int, options: RenderOptions) -> tuple[Array, Array, tuple[Style, ...]]:
    """Characters and style numbers, each of shape (rows, columns), and the styles: half-blocks, or a ramp without
    colour."""
    blocks = options.colour and not options.ascii
    shares = _resize(unit.shares, columns, 2 * rows if blocks else rows)
    levels = np.rint((np.clip(shares, -1, 1) + 1) * STEPS).astype(np.int64)
    if blocks:
        top, bottom = levels[0::2], levels[1::2]
        return np.where(top == bottom, " ", "▀"), top * LEVELS + bottom, _pair_styles(unit.of, options)
    most = len(RAMP) - 1
    ramp = np.rint(levels * most / (LEVELS - 1) if unit.of is None else (levels - STEPS) * most / STEPS).astype(int)
    return np.array(list(RAMP))[ramp], levels, level_styles(unit.of, options)


@lru_cache(maxsize=64)
def level_styles(of: int | None, options: RenderOptions) -> tuple[Style, ...]:
    """A style for each level, the neutral one in the middle; `of` is a class, None for values of either sign."""
    return tuple(rgb_style(_colour(level, of, options)) if options.colour else PLAIN for level in range(LEVELS))


@lru_cache(maxsize=64)
def _pair_styles(of: int | None, options: RenderOptions) -> tuple[Style, ...]:
    """A style for each pair of levels, one above the other in a cell."""
    colours = [_colour(level, of, options) for level in range(LEVELS)]
    return tuple(rgb_style(top, bottom) for top in colours for bottom in colours)


def scale(width: int, options: RenderOptions, *, axes: str = "", weights: bool = False) -> Line:
    """What the colours mean, and which way the maps lie, as far as there is room: exactly `width` cells."""
    if options.colour and not options.ascii:
        bar: Line = words(*(("█", rgb_style(_colour(level, None, options))) for level in range(0, LEVELS, 2)))
    else:
        bar = words((RAMP, options.ink()))
    signs = "" if options.colour else (", weights + and -" if options.ascii else ", weights solid and dotted")
    for more in (f"{signs if weights else ''}{axes}", signs if weights else "", ""):
        line = words(("negative ", options.grey), *((part.text, part.style or PLAIN) for part in bar))
        line += words((" positive" + more, options.grey))
        if sum(part.cell_length for part in line) <= width:
            return fit(line, width)
    return fit(
        words(("- ", options.grey), *((part.text, part.style or PLAIN) for part in bar), (" +", options.grey)), width
    )


def _colour(level: int, of: int | None, options: RenderOptions) -> RGB:
    """Dark, or light on a light ground, where nothing is said; blue below, orange above, or a class's own colour."""
    strength = abs(level - STEPS) / STEPS
    towards = class_colour(of) if of is not None else BLUE if level < STEPS else ORANGE
    return mix(options.paper(_GROUND), options.ground(towards), strength**0.8)


def _resize(grid: Array, columns: int, rows: int) -> Array:
    """The grid at another size: means of what falls into a cell, or cells repeated."""
    for axis, new in ((0, rows), (1, columns)):
        old = grid.shape[axis]
        edges = np.arange(new) * old // new
        if new >= old:
            grid = np.take(grid, edges, axis)
        else:
            sizes = np.diff(np.r_[edges, old])
            grid = np.add.reduceat(grid, edges, axis) / (sizes[:, None] if axis == 0 else sizes)
    return grid
