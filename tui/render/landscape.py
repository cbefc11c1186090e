"""The loss over a plane of weights, with the path that they took."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .axes import ends_axis, frame, gutter
from .blocks import Lines, fit, flow, words
from .maps import draw_map, ramp, read_map
from .palette import RenderOptions
from .text import number


def landscape(data: Mapping[str, Any], width: int, height: int, options: RenderOptions) -> Lines:
    """Draw the data of a landscape with axes and legend, at most `height` lines of `width` cells."""
    picture = read_map(data)
    x, y = ends_axis(*picture.x_range, picture.x), ends_axis(*picture.y_range, picture.y)
    low, high = (number(10**value) for value in picture.values)
    parts = [words("loss ", *ramp(low, high, width // 2, options))]
    if len(picture.points) > 1:
        parts.append(words(f"{options.pick('●', 'o')} where the weights were after an epoch"))
    they = "they" if len(picture.points) > 1 else "the weights"
    if len(picture.points):
        parts.append(words(f"{options.pick('◆', '@')} where {they} are"))
    legend = flow(parts, width, gap=3)
    rows = max(height - len(legend) - 3, 2)
    lines = frame(draw_map(picture, max(width - gutter(y), 4), rows, options), x, y, options) + legend
    return [fit(line, width) for line in lines[:height]]
