"""Decision and value maps: the network's answer over a plane, with data points on it.

With colour: half-blocks, two grid rows a line, a class's colour as strong as the network is sure, so that the
boundary shows as a dark seam, on a light ground as a light one. Without: a letter for each class, capital where it is
sure, `.` on the boundary.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.style import Style

from .axes import bounds, ends_axis, frame, gutter
from .blocks import Line, Lines, fit, flow, paint, words
from .canvas import Array
from .palette import (
    LETTERS,
    RAMP,
    RGB,
    RenderOptions,
    class_colour,
    class_letter,
    class_shape,
    mix,
    rgb,
    rgb_style,
    value_colours,
)
from .text import inert, number

LEVELS = 12
_SEAM: RGB = (14, 16, 22)
_TILE: RGB = (18, 18, 18)
_WHITE: RGB = (255, 255, 255)
_BLACK: RGB = (0, 0, 0)
_BRIGHT = rgb_style(_WHITE, _TILE, bold=True)
_SURE = 0.5
_TINY = 1e-280  # between the ends of an axis
_MARK = 1 << 24

StyleOf = Callable[[int], Style]


@dataclass(frozen=True)
class Map:
    """A `map` picture's data, decoded. `cells`, `confidence`: shares of shape (height, width), row 0 at the top;
    `cells` holds class indices, or values as shares of `values` where there are no `classes`. `points`: rows of
    x, y, class or value, right (0 or 1)."""

    x: str
    y: str
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    classes: tuple[str, ...]
    cells: Array
    confidence: Array
    values: tuple[float, float]
    points: Array


def read_map(data: Mapping[str, Any]) -> Map:
    """Decode a `PictureTaken` of kind `map`; ValueError where its grid has not the size that it says."""
    shape = int(data["height"]), int(data["width"])
    classes = tuple(map(str, data.get("classes") or ()))
    cells = _grid(data["cells"], shape)
    if classes:
        cells = np.minimum(cells, len(classes) - 1)
        chance = 1 / max(len(classes), 2)
        packed = data.get("confidence")
        sure = _grid(packed, shape) / 255 if packed else np.ones(shape)
        confidence = np.clip((sure - chance) / (1 - chance), 0, 1)
    else:
        cells, confidence = cells / 255, np.ones(shape)
    points = np.array(data.get("points") or [], dtype=float).reshape(-1, 4)
    low, high = _pair(data.get("value_range") or (0.0, 1.0))
    return Map(
        str(data["x"]),
        str(data["y"]),
        _pair(data["x_range"]),
        _pair(data["y_range"]),
        classes,
        cells,
        confidence,
        (low, high),
        points[np.isfinite(points).all(axis=1)],
    )


def decision_map(data: Mapping[str, Any], width: int, height: int, options: RenderOptions) -> Lines:
    """Draw a map (`PictureTaken.data` of kind `map`) with axes and legend: `height` lines of exactly `width` cells."""
    picture = read_map(data)
    legend = legend_of(picture, width, options)
    x = ends_axis(*picture.x_range, picture.x)
    y = ends_axis(*picture.y_range, picture.y)
    _, _, columns, rows = plane_in(picture, width, height, options)
    lines = frame(draw_map(picture, columns, rows, options), x, y, options) + legend
    return [fit(line, width) for line in lines[:height]]


def plane_in(picture: Map, width: int, height: int, options: RenderOptions) -> tuple[int, int, int, int]:
    """Where the plane itself lies in the lines of `decision_map`: left, top, columns, rows."""
    left = gutter(ends_axis(*picture.y_range, picture.y))
    rows = height - len(legend_of(picture, width, options)) - 3
    return left, 1 if picture.y else 0, max(width - left, 4), max(rows, 2)


def draw_map(picture: Map, columns: int, rows: int, options: RenderOptions, *, bright: bool = False) -> Lines:
    """The map alone, without axes: exactly `rows` lines of `columns` cells; `bright` has the marks of values white,
    where their own colours would tell nothing."""
    blocks = options.colour and not options.ascii
    chars, keys, style_of = (
        _blocks(picture, columns, rows, options) if blocks else _letters(picture, columns, rows, options)
    )
    ground = keys.copy()
    marks: dict[int, Style] = {}
    for x, y, kind, right in _in_order(picture):
        column, row = _place(picture, x, y, columns, rows)
        key = _MARK + len(marks)
        under = style_of(int(ground[row, column])) if blocks else None
        marks[key] = _BRIGHT if bright and blocks else _mark_style(picture, kind, bool(right), options, under)
        chars[row, column], keys[row, column] = _mark_char(picture, kind, bool(right), options), key
        if options.ascii and picture.classes and not right and column + 1 < columns:
            chars[row, column + 1], keys[row, column + 1] = "!", key
    return paint(chars, keys, lambda key: marks[key] if key >= _MARK else style_of(key))


def legend_of(picture: Map, width: int, options: RenderOptions) -> Lines:
    """What the colours, letters and marks of a map mean."""
    if not picture.classes:
        return [_ramp(picture.values, width, options)]
    items: Lines = []
    for index, name in enumerate(picture.classes):
        label, ink = inert(name, max(width // 4, 8), ascii=options.ascii), options.ink(class_colour(index))
        items.append(words(_region_sample(index, options), (f" {class_shape(index, options)}", ink), f" {label}"))
    if len(picture.points) and not picture.points[:, 3].all():
        wrong = "1!" if options.ascii else class_shape(0, options, right=False) + class_shape(1, options, right=False)
        items.append(words((f"{wrong} misclassified", options.grey)))
    return flow(items, width)[:4]


def _region_sample(index: int, options: RenderOptions) -> tuple[str, Style]:
    """A class's region where the network is sure of it."""
    if options.colour and not options.ascii:
        return "██", rgb_style(_colours(index + 1, options)[-1])
    letter = LETTERS[index % len(LETTERS)]
    return letter.upper() + letter, options.ink(class_colour(index))


def _blocks(picture: Map, columns: int, rows: int, options: RenderOptions) -> tuple[Array, Array, StyleOf]:
    """Half-blocks: two picture rows a line. A key holds the two colours' numbers."""
    cells = _sample(picture.cells, columns, 2 * rows)
    if picture.classes:
        level = np.rint(_sample(picture.confidence, columns, 2 * rows) * (LEVELS - 1)).astype(np.int64)
        numbers = cells.astype(np.int64) * LEVELS + level
    else:
        numbers = np.rint(cells * (LEVELS - 1)).astype(np.int64)
    colours = _colours(len(picture.classes), options)
    top, bottom = numbers[0::2], numbers[1::2]
    chars = np.where(top == bottom, " ", "▀")
    return chars, top * 4096 + bottom, lambda key: rgb_style(colours[key // 4096], colours[key % 4096])


def _colours(classes: int, options: RenderOptions) -> list[RGB]:
    """The map's colours by number: for each class from the seam to its full colour, or those of values."""
    if not classes:
        return list(value_colours(LEVELS))
    shares = [(0.10 + 0.75 * level / (LEVELS - 1)) for level in range(LEVELS)]
    if options.sixteen:  # none lies between them
        shares = [float(share >= _SURE) for share in shares]
    seam = options.paper(_SEAM)
    return [mix(seam, options.ground(class_colour(index)), share) for index in range(classes) for share in shares]


def _letters(picture: Map, columns: int, rows: int, options: RenderOptions) -> tuple[Array, Array, StyleOf]:
    """Letters for classes, every other column blank so that points stand out; a ramp for values."""
    cells = _sample(picture.cells, columns, rows)
    if not picture.classes:
        level = np.rint(cells * (len(RAMP) - 1)).astype(np.int64)
        ramp = [options.ink(_hex(colour)) for colour in value_colours(len(RAMP))]
        return np.array(list(RAMP))[level], level, lambda key: ramp[key]
    kinds = cells.astype(np.int64)
    sure = _sample(picture.confidence, columns, rows) >= _SURE
    count = len(picture.classes)
    letters = np.array([class_letter(i, sure=s) for s in (False, True) for i in range(count)])
    chars = letters[kinds + count * sure]
    edge = np.zeros_like(sure)
    edge[:, :-1] |= kinds[:, :-1] != kinds[:, 1:]
    edge[:-1] |= kinds[:-1] != kinds[1:]
    chars[edge] = "."
    odd = (np.arange(rows)[:, None] + np.arange(columns)[None, :]) % 2 == 1
    chars[odd & ~edge] = " "
    return chars, kinds, lambda key: options.ink(class_colour(key))


def _sample(grid: Array, columns: int, rows: int) -> Array:
    """The grid at another size, each cell the nearest of the old ones."""
    down = ((np.arange(rows) + 0.5) * grid.shape[0] / rows).astype(int)
    across = ((np.arange(columns) + 0.5) * grid.shape[1] / columns).astype(int)
    return grid[down[:, None], across[None, :]]


def _in_order(picture: Map) -> list[list[float]]:
    """The points in sight, wrong ones last, so that right ones do not hide them."""
    x, y = picture.points[:, 0], picture.points[:, 1]
    inside = (x >= picture.x_range[0]) & (x <= picture.x_range[1])
    inside &= (y >= picture.y_range[0]) & (y <= picture.y_range[1])
    seen = picture.points[inside]
    return seen[np.argsort(-seen[:, 3], kind="stable")].tolist()


def _place(picture: Map, x: float, y: float, columns: int, rows: int) -> tuple[int, int]:
    across = (x - picture.x_range[0]) / (picture.x_range[1] - picture.x_range[0])
    up = (y - picture.y_range[0]) / (picture.y_range[1] - picture.y_range[0])
    return min(int(across * columns), columns - 1), min(int((1 - up) * rows), rows - 1)


def _mark_char(picture: Map, kind: float, right: bool, options: RenderOptions) -> str:
    if picture.classes:
        return class_shape(int(kind), options, right=right)
    return point_mark(options, right=right)


def point_mark(options: RenderOptions, *, right: bool = True) -> str:
    """A point on a map of values, a common one or the one that is meant: no character that stands for a value."""
    return options.pick("●", "o") if right else options.pick("◆", "X")


def _mark_style(picture: Map, kind: float, right: bool, options: RenderOptions, under: Style | None) -> Style:
    """Points are light on their region where right, and class-coloured on a dark tile where wrong; the other way round
    where the map is light."""
    if not options.colour:
        return options.ink()
    if not picture.classes:
        return rgb_style(_value_colour(picture, kind), _TILE, bold=True)
    colour = rgb(class_colour(int(kind)))
    if options.sixteen and not options.ascii and not right:
        return options.ink(class_colour(int(kind)), _hex(_TILE), bold=True)
    away = _BLACK if options.light else _WHITE
    if not options.ascii and not right:
        return rgb_style(mix(colour, away, 0.35), options.paper(_TILE), bold=True)
    mark = rgb_style(_WHITE if options.sixteen else mix(colour, away, 0.7), bold=True)
    return mark if under is None else mark + Style(bgcolor=under.color)


def _value_colour(picture: Map, value: float) -> RGB:
    low, high = picture.values
    share = min(max((value - low) / (high - low), 0.0), 1.0) if high > low else 0.5
    return value_colours(LEVELS)[round(share * (LEVELS - 1))]


def _ramp(values: tuple[float, float], width: int, options: RenderOptions) -> Line:
    """From the lowest value to the highest, with what the marks are."""
    low, high = (number(value, 2) for value in values)
    return words(*ramp(low, high, width, options), "  ", (f"{point_mark(options)} true value", options.grey))


def ramp(low: str, high: str, width: int, options: RenderOptions) -> list[str | tuple[str, Style]]:
    """The colours of values from the lowest to the highest, between the two as texts, as parts of a line."""
    cells = max(min(24, width - len(low) - len(high) - 2), 2)
    at = [round(index * (LEVELS - 1) / (cells - 1)) for index in range(cells)]
    if options.colour and not options.ascii:
        signs = [("█", rgb_style(value_colours(LEVELS)[level])) for level in at]
    else:
        signs = [(RAMP[round(level * (len(RAMP) - 1) / (LEVELS - 1))], options.ink()) for level in at]
    return [f"{low} ", *signs, f" {high}"]


def _hex(colour: RGB) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _grid(packed: str, shape: tuple[int, int]) -> Array:
    return np.frombuffer(base64.b64decode(packed), dtype=np.uint8).reshape(shape).astype(float)


def _pair(limits: Any) -> tuple[float, float]:
    """Finite limits that differ; null is what JSON makes of others."""
    low, high = (float(end) if end is not None and math.isfinite(end) else 0.0 for end in limits)
    return (low, high) if _TINY < high - low < math.inf else bounds(low, high)
