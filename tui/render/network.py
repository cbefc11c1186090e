"""A network as it is: its layers from left to right, each unit as a small map of what it answers, the weights between
as lines; or, for images, what each unit of the first layer looks for.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from rich.style import Style

from .blocks import PLAIN, Lines, fit, words
from .canvas import Array
from .palette import RenderOptions
from .sheet import Sheet
from .text import inert
from .units import STEPS, Unit, draw_unit, level_styles, read_unit, scale
from .wires import draw_wires, wires

SMALLEST = (20, 6)
_TALLEST = 6  # lines of a unit's map, which is twice as many cells wide
_GAP, _WIDEST_GAP = 2, 24  # cells between two layers
_BESIDE = 1  # cells between two columns of one layer's units
_LEAST_TILE = 8  # cells that a weight picture is wide before others are left out for it
_WIRES_A_CELL = 3  # connections for each cell between two layers; more would hide one another
_WIRED = 4  # cells between two layers from which on there is room for connections


@dataclass(frozen=True)
class LayerUnits:
    """A layer's name and units, how many more units it has, and the weights to the next layer, whole numbers of shape
    (its units, these units) up to 127 either way."""

    name: str
    units: list[Unit]
    more: int
    weights: Array | None = None


@dataclass(frozen=True)
class Block:
    """How a layer's units are laid out: lines of each map, how many stand below each other, and in how many columns."""

    size: int
    down: int
    columns: int

    @property
    def width(self) -> int:
        """Cells that the columns take side by side."""
        return 2 * self.size * self.columns + _BESIDE * (self.columns - 1)


@dataclass(frozen=True)
class LayerColumn:
    """Where a layer is drawn: its first cell and its width, the lines of each map, the units from `first` on with the
    first cell and the top line of each, and how many units are not shown."""

    layer: LayerUnits
    x: int
    width: int
    size: int
    first: int
    places: list[tuple[int, int]]
    hidden: int


@dataclass(frozen=True)
class Grid:
    """How weight pictures are laid out: cells and lines of each, how many side by side, how many in all."""

    columns: int
    rows: int
    across: int
    count: int


def network(data: Mapping[str, Any], width: int, height: int, options: RenderOptions, *, first: int = 0) -> Lines:
    """Draw a `network` picture (`PictureTaken.data`): `height` lines of exactly `width` cells, from 20 by 6 on.

    Where not all units of a layer have room, those from `first` on are shown, and how many more there are.
    ValueError where a grid has not the size that it says.
    """
    if width < SMALLEST[0] or height < SMALLEST[1]:
        return [fit(words(("20x6 shows it", options.grey)), width)][:height]
    layers, sheet = _read(data), Sheet.blank(width, height)
    if data["form"] == "weights":
        _draw_grid(sheet, layers[0], (int(data["width"]), int(data["height"])), first, options)
        return sheet.lines()
    shown, blocks, gap = _fit_layers(layers, width, height)
    columns = _columns(shown, blocks, gap, sheet, first)
    skipped = len(layers) - len(shown)
    for place, (left, right) in enumerate(pairwise(columns), 1):
        if gap >= _WIRED and (place < len(shown) - 1 or not skipped):
            _draw_wires(sheet, left, right, gap, options)
    for column in columns:
        _draw_column(sheet, column, gap, options)
    skipped += int(data.get("skipped", 0))
    if _heading(height) and skipped:
        said = f"+{skipped} layers" if gap > 11 else f"+{skipped}"
        _write_right(sheet, said, columns[-1].x - 1, 0, options.grey)
    if _legend(height):
        axes = f", across {_name(data['x'], 20, options)}, up {_name(data['y'], 20, options)}"
        _write_scale(sheet, options, axes=axes, weights=gap >= _WIRED)
    return sheet.lines()


def last_first(data: Mapping[str, Any], width: int, height: int) -> int:
    """How far the units of a `network` picture can be scrolled at this size: the largest `first` that shows others."""
    if width < SMALLEST[0] or height < SMALLEST[1]:
        return 0
    layers = _read(data)
    if data["form"] == "weights":
        grid = _fit_grid(layers[0], (int(data["width"]), int(data["height"])), width, height)
        return max(0, len(layers[0].units) - grid.count)
    columns = _columns(*_fit_layers(layers, width, height), Sheet.blank(width, height), 0)
    return max(len(column.layer.units) - len(column.places) for column in columns)


def unit_under(
    data: Mapping[str, Any], at: tuple[int, int], size: tuple[int, int], *, first: int = 0
) -> tuple[int, int] | None:
    """The layer and the unit whose map lies at a cell of `network` at this size; None where there is none."""
    (x, y), (width, height) = at, size
    if width < SMALLEST[0] or height < SMALLEST[1]:
        return None
    layers = _read(data)
    if data["form"] == "weights":
        return _tile_under(layers[0], (int(data["width"]), int(data["height"])), at, size, first)
    shown, blocks, gap = _fit_layers(layers, width, height)
    for place, column in enumerate(_columns(shown, blocks, gap, Sheet.blank(width, height), first)):
        layer = place if place < len(shown) - 1 else len(layers) - 1
        for unit, (left, top) in enumerate(column.places):
            if left <= x < left + 2 * column.size and top - 1 <= y < top + column.size:
                return layer, column.first + unit
    return None


def _tile_under(
    layer: LayerUnits, pixels: tuple[int, int], at: tuple[int, int], size: tuple[int, int], first: int
) -> tuple[int, int] | None:
    """The layer and the unit whose weight picture lies at a cell."""
    grid, (x, y) = _fit_grid(layer, pixels, *size), at
    start = max(0, min(first, len(layer.units) - grid.count))
    column, row = x // (grid.columns + _GAP), (y - _heading(size[1])) // (grid.rows + 1)
    place = row * grid.across + column
    inside = x % (grid.columns + _GAP) < grid.columns and column < grid.across and y >= _heading(size[1])
    return (0, start + place) if inside and place < grid.count else None


def _read(data: Mapping[str, Any]) -> list[LayerUnits]:
    shape = int(data["height"]), int(data["width"])
    layers: list[LayerUnits] = []
    for place, layer in enumerate(data["layers"]):
        units = [read_unit(unit, index, layer, shape) for index, unit in enumerate(layer["units"])]
        layers.append(LayerUnits(str(layer["name"]), units, int(layer["more"])))
        packed = data["weights"][place - 1] if place else None
        if packed:
            cells = np.frombuffer(base64.b64decode(packed["cells"]), dtype=np.uint8).astype(int) - 127
            before = layers[-2]
            weights = cells.reshape(len(units), len(before.units))
            layers[-2] = LayerUnits(before.name, before.units, before.more, weights)
    return layers


def _heading(height: int) -> int:
    return int(height >= 8)


def _legend(height: int) -> int:
    return int(height >= 12)


def _fit_layers(layers: list[LayerUnits], width: int, height: int) -> tuple[list[LayerUnits], list[Block], int]:
    """The layers that have room side by side (the last always), how each is laid out, the cells between layers.

    Units stand in as many columns as lets all of them be seen, their maps being as large as leaves room for
    connections, then as lets all layers be seen; then columns are left out, and at last layers.
    """
    room = height - _heading(height) - _legend(height)
    least = 3 if room >= 9 else 2
    blocks = [_block(layer, _TALLEST, least, room) for layer in layers]
    for gap, smallest in ((2 * _WIRED, 3), (_WIRED, 3), (_GAP, 2)):
        while _used(blocks, gap) > width and (place := _widest(blocks, max(smallest, least))) is not None:
            blocks[place] = _block(layers[place], blocks[place].size - 1, least, room)
    while _used(blocks, _GAP) > width and max(block.columns for block in blocks) > 1:
        place = max(range(len(blocks)), key=lambda at: blocks[at].columns)
        blocks[place] = replace(blocks[place], columns=blocks[place].columns - 1)
    while _used(blocks, _GAP) > width and max(block.size for block in blocks) > 2:
        biggest = max(block.size for block in blocks)
        blocks = [
            _block(layer, min(block.size, biggest - 1), 2, room, block.columns)
            for layer, block in zip(layers, blocks, strict=True)
        ]
    most = len(layers) if _used(blocks, _GAP) <= width else (width + _GAP) // (4 + _GAP)
    shown, blocks = [*layers[: most - 1], layers[-1]], [*blocks[: most - 1], blocks[-1]]
    return shown, blocks, min((width - _used(blocks, 0)) // max(1, len(blocks) - 1), _WIDEST_GAP)


def _block(layer: LayerUnits, size: int, least: int, room: int, most: int | None = None) -> Block:
    """A layer's units with maps of this many lines, fewer where one has no room, in at most `most` columns."""
    count = max(1, len(layer.units))
    size = max(min(size, room - 2 if layer.more else room - 1), min(least, room - 1), 1)
    down = max(1, (room - (layer.more > 0)) // (size + 1))
    columns = min(math.ceil(count / down), most or count)
    if columns * down < count and not layer.more:
        down = max(1, (room - 1) // (size + 1))
    return Block(size, min(down, math.ceil(count / columns)), columns)


def _widest(blocks: list[Block], smallest: int) -> int | None:
    """The layer that takes most room and whose maps may be smaller; None where there is none."""
    larger = [place for place, block in enumerate(blocks) if block.size > smallest]
    return max(larger, key=lambda place: (blocks[place].width, blocks[place].size), default=None)


def _used(blocks: list[Block], gap: int) -> int:
    """Cells that layers laid out so take side by side."""
    return sum(block.width for block in blocks) + gap * (len(blocks) - 1)


def _columns(layers: list[LayerUnits], blocks: list[Block], gap: int, sheet: Sheet, first: int) -> list[LayerColumn]:
    """Where each layer goes: all in the middle of the sheet, units a line apart where there is room."""
    height, width = sheet.chars.shape
    top, room = _heading(height), height - _heading(height) - _legend(height)
    x = (width - _used(blocks, gap)) // 2
    columns: list[LayerColumn] = []
    for layer, block in zip(layers, blocks, strict=True):
        count = min(len(layer.units), block.columns * block.down)
        hidden = len(layer.units) + layer.more - count
        down = min(block.down, max(1, (room - (hidden > 0)) // (block.size + 1)))
        count = min(count, block.columns * down)
        hidden = len(layer.units) + layer.more - count
        pitch = min((room - (hidden > 0)) // down, block.size + 2)
        offset = top + (room - (hidden > 0) - down * pitch) // 2
        start = max(0, min(first, len(layer.units) - count))
        places = [
            (x + place // down * (2 * block.size + _BESIDE), offset + 1 + pitch * (place % down))
            for place in range(count)
        ]
        columns.append(LayerColumn(layer, x, block.width, block.size, start, places, hidden))
        x += block.width + gap
    return columns


def _draw_wires(sheet: Sheet, left: LayerColumn, right: LayerColumn, gap: int, options: RenderOptions) -> None:
    """The connections between the units shown of two layers, between their columns at the units' heights."""
    if left.layer.weights is None:
        return
    here, there = (slice(column.first, column.first + len(column.places)) for column in (right, left))
    starts, ends = ([top + column.size / 2 for _, top in column.places] for column in (left, right))
    lines = wires(starts, ends, left.layer.weights[here, there], most=_WIRES_A_CELL * gap)
    chars, strengths = draw_wires(lines, gap, sheet.chars.shape[0], options)
    levels = np.rint((strengths + 1) * STEPS).astype(np.int64)
    sheet.paste(chars, levels, level_styles(None, options), left.x + left.width, 0)


def _draw_column(sheet: Sheet, column: LayerColumn, gap: int, options: RenderOptions) -> None:
    """A layer's name, and its units with theirs."""
    across = 2 * column.size
    if _heading(sheet.chars.shape[0]):
        name = column.layer.name
        short = {"inputs": "in", "output": "out"}.get(name, name.removeprefix("layer "))
        sheet.write(name if len(name) < column.width + gap else short, column.x, 0, options.bold)
    units = column.layer.units[column.first : column.first + len(column.places)]
    last = max((x for x, _ in column.places), default=0)
    for unit, (x, top) in zip(units, column.places, strict=True):
        room = min(across + (gap // 2 if x == last else 0), sheet.chars.shape[1] - x)
        sheet.write(_name(unit.name, room, options), x, top - 1, options.grey)
        sheet.paste(*draw_unit(unit, across, column.size, options), x, top)
    if column.hidden:
        said = f"+{column.hidden} more"
        said = said if len(said) < column.width + gap else f"+{column.hidden}"
        sheet.write(said, column.x, max(top for _, top in column.places) + column.size, options.grey)


def _fit_grid(layer: LayerUnits, size: tuple[int, int], width: int, height: int) -> Grid:
    """Where weight pictures go: side by side, as large as lets all of them be seen."""
    room = height - 1 - _legend(height)  # a line says what it is, or how many are left out
    for columns in _tile_widths(size[0], width):
        rows = max(1, round(columns * size[1] / size[0] / 2))
        across, down = (width + _GAP) // (columns + _GAP), room // (rows + 1)
        if across * down >= len(layer.units) or (columns <= _LEAST_TILE and down):
            return Grid(columns, rows, across, min(across * down, len(layer.units)))
    across = (width + _GAP) // (4 + _GAP)
    return Grid(4, room - 1, across, min(across, len(layer.units)))


def _draw_grid(sheet: Sheet, layer: LayerUnits, size: tuple[int, int], first: int, options: RenderOptions) -> None:
    """Weight pictures, those from `first` on where not all have room."""
    height, width = sheet.chars.shape
    top, total = _heading(height), len(layer.units) + layer.more
    grid = _fit_grid(layer, size, width, height)
    columns, rows, across, count = grid.columns, grid.rows, grid.across, grid.count
    start = max(0, min(first, len(layer.units) - count))
    for place, unit in enumerate(layer.units[start : start + count]):
        x, y = place % across * (columns + _GAP), top + place // across * (rows + 1)
        sheet.write(_name(unit.name, columns, options), x, y, options.grey)
        sheet.paste(*draw_unit(unit, columns, rows, options), x, y + 1)
    left_out = f" +{total - count} more" if total > count else ""
    if _heading(height):
        said = f"{layer.name} weights"
        sheet.write(said if width >= len(said) + len(left_out) else layer.name, 0, 0, options.bold)
    if left_out:
        _write_right(
            sheet, left_out, width, 0 if _heading(height) and not _legend(height) else height - 1, options.grey
        )
    if _legend(height):
        _write_scale(sheet, options)


def _tile_widths(pixels: int, width: int) -> list[int]:
    """Widths to draw an image in, from the largest: whole multiples of its own, then smaller than it is."""
    return [
        columns for columns in range(min(width, max(pixels, 24)), 3, -1) if columns < pixels or columns % pixels == 0
    ]


def _write_right(sheet: Sheet, text: str, end: int, y: int, style: Style) -> None:
    sheet.write(text, max(0, end - len(text)), y, style)


def _write_scale(sheet: Sheet, options: RenderOptions, *, axes: str = "", weights: bool = False) -> None:
    """The legend in the last line, as far as it leaves what stands there already."""
    height, width = sheet.chars.shape
    taken = "".join(sheet.chars[-1].tolist())
    room = width - len(taken.lstrip()) if taken.strip() else width
    x = 0
    for part in scale(room, options, axes=axes, weights=weights):
        sheet.write(part.text, x, height - 1, part.style or PLAIN)
        x += len(part.text)


def _name(name: Any, width: int, options: RenderOptions) -> str:
    """A name in one line; one with characters of two cells is spelt in ASCII, so that a character is a cell."""
    text = inert(str(name), width, ascii=options.ascii)
    return text if text.isascii() or _single(text) else inert(str(name), width, ascii=True)


def _single(text: str) -> bool:
    from rich.cells import cell_len

    return cell_len(text) == len(text)
