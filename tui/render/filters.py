"""What a convolutional network makes of one image: its filters, and below each the map that comes out of it."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .blocks import Line, Lines, beside, fit, words
from .images import image
from .palette import BAD, GOOD, RenderOptions
from .sheet import Sheet
from .text import inert, many, percent
from .units import draw_unit, read_unit

APART = 2  # cells between two units
LARGEST, SMALLEST = 28, 6  # cells of a map across
KERNEL = 4  # lines of a filter at most
SEVERAL = 5  # that are to be seen side by side


def filters(data: Mapping[str, Any], width: int, height: int, options: RenderOptions, *, first: int = 0) -> Lines:
    """Draw the data of a `filters` picture in at most `height` lines of `width` cells: the image, and of each layer the
    units from `first` on, as many as have room; that there are layers without room is said."""
    lines, layers = _head(data, width, options), data["layers"]
    cells, rows = _fitted(data, width, height - 1)
    for place, down in enumerate(rows):
        if not down:
            more = f"and {many(len(layers) - place, 'more layer')}, for which there is no room"
            lines.append(words((more, options.grey)))
            break
        lines += _band(data, place, (cells, down), width, first, options)
    return [fit(line, width) for line in lines[:height]]


def last_first(data: Mapping[str, Any], width: int, height: int) -> int:
    """The largest `first` that shows others."""
    cells, rows = _fitted(data, width, height - 1)
    shown = [_across(width, cells) * down - (not place) for place, down in enumerate(rows) if down]
    return max(max(0, len(layer["units"]) - most) for layer, most in zip(data["layers"], shown, strict=False))


def _head(data: Mapping[str, Any], width: int, options: RenderOptions) -> Lines:
    """Which image it is, what it shows and what the network answers."""
    right = data["answer"] == data["truth"]
    sure = f" ({percent(data['probability'])})" if data["probability"] is not None else ""
    said = f"image {data['row']:,} of {data['rows']:,}: {data['truth']}; answer "
    safe, answer = (inert(text, ascii=options.ascii) for text in (said, f"{data['answer']}{sure}"))
    line: Line = words(safe, (answer, options.ink(GOOD if right else BAD, bold=True)))
    return [fit(line, width)]


def _fitted(data: Mapping[str, Any], width: int, height: int) -> tuple[int, list[int]]:
    """How many cells wide maps are, so that all layers have room and some units of each, no pixel being wider than two
    cells; and in how many rows the units of each layer stand, none for a layer that has no room."""
    layers = data["layers"]
    most = min(LARGEST, width, max(SMALLEST, *(2 * one["width"] for one in layers)))
    several = min(SEVERAL, 1 + max(len(one["units"]) for one in layers))
    sizes = (size for size in range(most, SMALLEST, -1) if _across(width, size) >= several)
    cells = next((size for size in sizes if sum(1 + _tall(one, size) for one in layers) <= height), SMALLEST)
    rows, left = [1, *(0 for _ in layers[1:])], height - 1 - _tall(layers[0], cells)
    for place, layer in enumerate(layers[1:], 1):
        if rows[place - 1] and (left := left - 1 - _tall(layer, cells)) >= 0:
            rows[place] = 1
    while (place := _next_row(layers, rows, width, cells, left)) is not None:
        rows[place] += 1
        left -= _tall(layers[place], cells)
    return cells, rows


def _next_row(layers: Sequence[Mapping[str, Any]], rows: list[int], width: int, cells: int, left: int) -> int | None:
    """The layer that gets another row of units: the one with the fewest, of those that have more units."""
    wanting = [
        place
        for place, layer in enumerate(layers)
        if rows[place] * _across(width, cells) < len(layer["units"]) + (not place) and 0 < _tall(layer, cells) <= left
    ]
    return min(wanting, key=lambda place: rows[place], default=None)


def _tall(layer: Mapping[str, Any], cells: int) -> int:
    """Lines of a unit: its name, its filter and its map."""
    return 1 + _kernel(layer, cells)[1] + _rows(layer["width"], layer["height"], cells)


def _across(width: int, cells: int) -> int:
    return max(1, (width + APART) // (cells + APART))


def _rows(across: int, down: int, cells: int) -> int:
    """Lines of a picture that is so many cells wide, a cell being twice as high as wide."""
    return max(1, math.ceil(cells * down / across / 2))


def _kernel(layer: Mapping[str, Any], cells: int) -> tuple[int, int]:
    """Cells and lines of a filter."""
    rows = min(layer["down"], KERNEL)
    return min(cells, max(2, round(2 * rows * layer["across"] / layer["down"]))), rows


def _band(
    data: Mapping[str, Any], place: int, size: tuple[int, int], width: int, first: int, options: RenderOptions
) -> Lines:
    """A layer: its name, and its units side by side in some rows, before those of the first layer the image; `size`
    is how many cells each takes, and how many rows."""
    (cells, down), layer = size, data["layers"][place]
    across = _across(width, cells)
    room = across * down - (not place)
    start = max(0, min(first, len(layer["units"]) - room))
    units = layer["units"][start : start + room]
    left_out = layer["more"] + len(layer["units"]) - len(units)
    more = f", {left_out:,} more" if left_out else ""
    title = words((f"{layer['name']}: filters, and the maps that they make{more}", options.bold))
    tiles = [_unit(layer, unit, cells, options) for unit in units]
    if not place:
        pixels = np.frombuffer(base64.b64decode(data["pixels"]), np.uint8).reshape(data["shape"])
        shown = image(pixels, cells, options, enlarge=True)
        above = [words(("image", options.grey)), *([] for _ in range(_kernel(layer, cells)[1]))]
        tiles.insert(0, [*above, *shown][: _tall(layer, cells)])
    bands = [beside(tiles[at : at + across], APART) for at in range(0, len(tiles), across)]
    return [fit(title, width), *(fit(line, width) for band in bands for line in band)]


def _unit(layer: Mapping[str, Any], unit: Mapping[str, Any], cells: int, options: RenderOptions) -> Lines:
    """A unit's name, its filter and its map below each other."""
    neutral = {"neutral": 0.0, "classes": False}
    rows = _rows(layer["width"], layer["height"], cells)
    across, down = _kernel(layer, cells)
    sheet = Sheet.blank(cells, 1 + down + rows)
    sheet.write(inert(str(unit["name"]), cells, ascii=options.ascii), 0, 0, options.grey)
    weights = {"name": "", "range": unit["weight_range"], "cells": unit["weights"]}
    shape = int(layer["down"]), int(layer["across"])
    sheet.paste(*draw_unit(read_unit(weights, 0, neutral, shape), across, down, options), 0, 1)
    shape = int(layer["height"]), int(layer["width"])
    sheet.paste(*draw_unit(read_unit(unit, 0, neutral, shape), cells, rows, options), 0, 1 + down)
    return sheet.lines()
