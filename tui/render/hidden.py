"""The rows in a network's last hidden layer, on two axes that are those of the newest picture."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np

from .blocks import Lines
from .canvas import Array
from .palette import RenderOptions
from .points import points

MARGIN = 0.05  # of the extent of the rows, beside them
ROOMY = 36  # cells in which the axes' names have room


def hidden(data: Mapping[str, Any], width: int, height: int, options: RenderOptions) -> Lines:
    """Draw the data of a `hidden` picture: `height` lines of `width` cells. Where it has a key `held`, the newest
    picture of the same network, its rows are seen along the axes of that, and within its limits."""
    held = data.get("held") or data
    held = held if held["kept"] == data["kept"] else data
    limits = _limits(_positions(held, held))
    places = _positions(data, held)
    order = sorted(range(len(places)), key=lambda place: -data["right"][place])
    shown = [[*places[place].tolist(), data["truth"][place], data["right"][place]] for place in order]
    of = " of spread" if width >= ROOMY else ""
    names = [f"{100 * share:.0f} %{of}" for share in held["share"]]
    drawn = {"x": names[0], "y": names[1], "x_range": limits[0], "y_range": limits[1], "points": shown}
    return points({**drawn, "classes": data["classes"], "value_range": data["value_range"]}, width, height, options)


def _positions(data: Mapping[str, Any], held: Mapping[str, Any]) -> Array:
    """Where the rows of a picture lie on the axes of another, (rows, 2)."""
    low, high = data["range"]
    cells = np.frombuffer(base64.b64decode(data["cells"]), np.uint8).reshape(data["rows"], data["kept"])
    return (low + cells / 255 * (high - low) - np.array(held["centre"])) @ np.array(held["axes"]).T


def _limits(places: Array) -> list[tuple[float, float]]:
    """Of each axis the limits within which rows lie, with room beside them."""
    low, high = places.min(0), places.max(0)
    beside = np.where(high > low, (high - low) * MARGIN, 1.0)
    return list(zip((low - beside).tolist(), (high + beside).tolist(), strict=True))
