"""What an answer rests on: the image with what it needs of it, and the train rows that are most alike."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np

from .blocks import Lines, words
from .canvas import Array
from .images import Captioned, image_grid
from .palette import RenderOptions
from .tables import TableColumn, table, wrapped
from .text import inert, number, percent

ALIKE = "Train rows that are most alike in what the last layer reads:"
SCALED = "Inputs are scaled, as the network sees them, and the first of them alone where there is no room for more."


def looked(data: Mapping[str, Any], width: int, options: RenderOptions) -> Lines:
    """Draw the data of `looked`."""
    sure = f" ({percent(data['probability'])})" if data["probability"] is not None else ""
    which = f"Row {data['row']} of {data['rows']:,} {data['split']} rows"
    said = f"{which}: answer {data['answer']}{sure}, true {data['truth']}"
    lines = [words((part, options.bold)) for part in wrapped(inert(said, ascii=options.ascii), width)]
    shape = tuple(data["image"]["shape"]) if data["image"] is not None else None
    if shape is not None:
        lines += [[], *_needed(data, shape, width, options)]
    lines += [[], *(words((part, options.grey)) for part in wrapped(ALIKE, width))]
    if shape is not None:
        return lines + _images(data, shape, width, options)
    scaled = [words((part, options.grey)) for part in wrapped(SCALED, width)]
    return [*lines, *_table(data, width, options), *scaled]


def _needed(data: Mapping[str, Any], shape: tuple[int, ...], width: int, options: RenderOptions) -> Lines:
    """The image, and beside it what of it the answer needs, light where most."""
    needs = np.array(data["image"]["needs"], dtype=float)
    most = float(needs.max())
    shown = np.clip(needs / most, 0, 1) * 255 if most > 0 else np.zeros_like(needs)
    told = f"needs: {number(most, 2)}" if most > 0 else "needs nothing"
    items = [
        Captioned(_pixels(data["image"]["pixels"], shape), "the image"),
        Captioned(shown.astype(np.uint8)[None], told),
    ]
    note = "Light is where the probability of the answer falls most when a patch there is grey; the number is the most."
    return [*image_grid(items, width, options), *(words((part, options.grey)) for part in wrapped(note, width))]


def _images(data: Mapping[str, Any], shape: tuple[int, ...], width: int, options: RenderOptions) -> Lines:
    items = [Captioned(_pixels(one["pixels"], shape), f"{one['truth']}, row {one['row']}") for one in data["nearest"]]
    return image_grid(items, width, options)


def _table(data: Mapping[str, Any], width: int, options: RenderOptions) -> Lines:
    """The row itself and those most alike, with their first inputs as the network sees them."""
    columns = [TableColumn("train row", True), TableColumn("true"), TableColumn("distance", True)]
    columns += [TableColumn(name, True, spare=place + 1) for place, name in enumerate(data["inputs"])]
    rows = [["this", data["truth"], "", *map(_value, data["values"])]]
    rows += [
        [f"{one['row']:,}", one["truth"], number(one["distance"], 3), *map(_value, one["values"])]
        for one in data["nearest"]
    ]
    return table(columns, rows, width, options)


def _value(value: float | str) -> str:
    return value if isinstance(value, str) else number(value, 2)


def _pixels(text: str, shape: tuple[int, ...]) -> Array:
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(shape)
