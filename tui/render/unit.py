"""One unit of a network, large: what it answers, and the weights that lead to it and on from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .axes import ends_axis, frame, gutter
from .blocks import Line, Lines, beside, blank, fit, width_of, words
from .palette import BLUE, ORANGE, RenderOptions
from .sheet import Sheet
from .text import inert, number
from .units import draw_unit, read_unit

NAME = 12  # cells of a weight's name
LIST = NAME + 22  # cells of the list of weights

Weight = tuple[str, float, float]
"""A weight's name, its value and the largest of its layer."""


def unit(
    data: Mapping[str, Any],
    layer: int,
    place: int,
    weights: Sequence[Weight],
    at: int,
    width: int,
    height: int,
    options: RenderOptions,
) -> Lines:
    """`height` lines of at most `width` cells: a unit of a `network` picture as a map, beside it or below its weights,
    the one at the cursor `at` marked."""
    one = data["layers"][layer]["units"][place]
    low, high = one["range"]
    head = words((f"unit {inert(str(one['name']), 20, ascii=options.ascii)}", options.bold))
    if data["form"] == "weights":
        return [
            fit([*head, *words((f"   weights from {number(low, 2)} to {number(high, 2)}", options.grey))], width),
            *_pixels(data, layer, place, width, height - 1, options),
        ][:height]
    answers = words((f"   answers from {number(low, 2)} to {number(high, 2)}", options.grey))
    head += answers if width_of(head) + width_of(answers) <= width else []
    if width >= LIST + 24:
        side = min(width - LIST - 2, 2 * (height - 4) + 8)
        picture = _map(data, layer, place, side, height - 1, options)
        listed = _list(weights, at, width - side - 2, height - 1, options)
        return [fit(head, width), *beside([[fit(line, side) for line in picture], listed])][:height]
    rows = max(6, height // 2)
    picture = _map(data, layer, place, width, rows, options)
    return [fit(head, width), *picture, *_list(weights, at, width, height - rows - 1, options)][:height]


def _map(data: Mapping[str, Any], layer: int, place: int, width: int, height: int, options: RenderOptions) -> Lines:
    """What the unit answers over the plane of the picture, with its axes."""
    (left, right), (bottom, top) = data["x_range"], data["y_range"]
    x, y = ends_axis(left, right, str(data["x"])), ends_axis(bottom, top, str(data["y"]))
    rows = max(2, min(height - 3, (width - gutter(y)) // 2))
    columns = max(4, min(width - gutter(y), 2 * rows))
    one = data["layers"][layer]
    read = read_unit(one["units"][place], place, one, (int(data["height"]), int(data["width"])))
    sheet = Sheet.blank(columns, rows)
    sheet.paste(*draw_unit(read, columns, rows, options), 0, 0)
    return frame(sheet.lines(), x, y, options)


def _pixels(data: Mapping[str, Any], layer: int, place: int, width: int, height: int, options: RenderOptions) -> Lines:
    """What the unit looks for, as large as the pane is."""
    down, across = int(data["height"]), int(data["width"])
    rows = max(1, min(height, round(width * down / across / 2)))
    columns = max(2, min(width, round(2 * rows * across / down)))
    one = data["layers"][layer]
    sheet = Sheet.blank(columns, rows)
    sheet.paste(*draw_unit(read_unit(one["units"][place], place, one, (down, across)), columns, rows, options), 0, 0)
    return sheet.lines()


def _list(weights: Sequence[Weight], at: int, width: int, height: int, options: RenderOptions) -> Lines:
    """The weights with a bar each, those around the cursor where not all fit."""
    if not weights:
        return [fit(words(("no single layer of weights leads here", options.grey)), width)]
    first = max(0, min(len(weights) - height, at - height // 2))
    return [
        fit(_weight(one, first + row == at, width, options), width)
        for row, one in enumerate(weights[first : first + height])
    ]


def _weight(one: Weight, current: bool, width: int, options: RenderOptions) -> Line:
    name, value, scale = one
    room = max(2, min(12, width - NAME - 12))
    size = round(abs(value) / scale * room) if scale else 0
    bar = options.pick("█", "+" if value > 0 else "-") * size
    label = inert(name, NAME, ascii=options.ascii)
    mark = words((options.pick("▌", ">"), options.ink(ORANGE))) if current else blank(1)
    style = options.bold if current else options.grey
    return [
        *mark,
        *fit(words((label, style)), NAME + 1),
        *words(f"{value:>8.3f}  ", (bar, options.ink(ORANGE if value > 0 else BLUE))),
    ]
