"""The loss over a plane of weights, with the path that they took."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .axes import ends_axis, frame, gutter
from .blocks import Lines, fit, flow, words
from .maps import draw_map, point_mark, ramp, read_map
from .palette import RenderOptions
from .text import number

ROOMY = 44  # cells in which any part of the legend has room


def landscape(data: Mapping[str, Any], width: int, height: int, options: RenderOptions) -> Lines:
    """Draw the data of a landscape with axes and legend, at most `height` lines of `width` cells."""
    picture = read_map(data)
    x, y = ends_axis(*picture.x_range, picture.x), ends_axis(*picture.y_range, picture.y)
    low, high = (number(10**value) for value in picture.values)
    parts = [words("loss ", *ramp(low, high, width // 2, options))]
    many = len(picture.points) > 1
    if many:
        said = "where the weights were after an epoch" if width >= ROOMY else "weights after an epoch"
        parts.append(words(f"{point_mark(options)} {said}"))
    if len(picture.points):
        parts.append(words(f"{point_mark(options, right=False)} where {'they' if many else 'the weights'} are"))
    legend = flow(parts, width, gap=3)
    rows = max(height - len(legend) - 3, 2)
    lines = frame(draw_map(picture, max(width - gutter(y), 4), rows, options, bright=True), x, y, options) + legend
    return [fit(line, width) for line in lines[:height]]
