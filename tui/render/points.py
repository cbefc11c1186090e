"""The points of a data set alone, as they will lie on the map of a network that has seen none of them yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rich.style import Style

from .axes import cell_of, ends_axis, frame, gutter
from .blocks import PLAIN, Lines, fit, flow, paint, words
from .palette import RenderOptions, class_colour, class_shape, rgb_style, value_colours
from .text import inert, number


def points(data: Mapping[str, Any], width: int, height: int, options: RenderOptions) -> Lines:
    """`height` lines of exactly `width` cells: the points of a `map` picture's data, with axes and legend."""
    legend = _legend(data, width, options)
    (left, right), (bottom, top) = data["x_range"], data["y_range"]
    x, y = ends_axis(left, right, data["x"]), ends_axis(bottom, top, data["y"])
    rows, columns = max(height - len(legend) - 3, 2), max(width - gutter(y), 4)
    lines = frame(_plane(data, columns, rows, options), x, y, options) + legend
    return [fit(line, width) for line in lines[:height]]


def _plane(data: Mapping[str, Any], columns: int, rows: int, options: RenderOptions) -> Lines:
    """The points where they lie, those of a later class above others."""
    chars, kinds = np.full((rows, columns), " "), np.full((rows, columns), -1)
    styles = [PLAIN]
    for x, y, answer, _ in data["points"]:
        at = rows - 1 - cell_of(_share(y, data["y_range"]), rows), cell_of(_share(x, data["x_range"]), columns)
        char, style = _mark(data, answer, options)
        chars[at], kinds[at] = char, len(styles)
        styles.append(style)
    return paint(chars, kinds, lambda key: styles[key] if key > 0 else PLAIN)


def _mark(data: Mapping[str, Any], answer: float, options: RenderOptions) -> tuple[str, Style]:
    if data["classes"]:
        return class_shape(int(answer), options), options.ink(class_colour(int(answer)), bold=True)
    levels = value_colours()
    level = round(_share(answer, data["value_range"]) * (len(levels) - 1))
    colour = "#{:02x}{:02x}{:02x}".format(*levels[min(max(level, 0), len(levels) - 1)])
    return options.pick("●", "o"), options.ink(colour)


def _legend(data: Mapping[str, Any], width: int, options: RenderOptions) -> Lines:
    if not data["classes"]:
        low, high = (number(value, 2) for value in data["value_range"])
        ramp = [(options.pick("█", "#"), rgb_style(colour)) for colour in value_colours()] if options.colour else []
        return [words(f"{low} ", *ramp, f" {high}" if ramp else f"to {high}")]
    names = [inert(name, max(width // 4, 8), ascii=options.ascii) for name in data["classes"]]
    marks = [(class_shape(at, options), options.ink(class_colour(at))) for at in range(len(names))]
    return flow([words(mark, f" {name}") for mark, name in zip(marks, names, strict=True)], width)[:4]


def _share(value: float, limits: Sequence[float]) -> float:
    low, high = limits
    return (value - low) / (high - low) if high > low else 0.5
