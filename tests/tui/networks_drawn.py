"""The data of `network` pictures, as an engine would take them."""

from __future__ import annotations

import base64
from itertools import pairwise
from typing import Any

import numpy as np

STEEP = np.tile(np.linspace(0, 255, 20), (20, 1))  # from low at the left to high at the right


def packed(values: Any) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype=np.uint8).tobytes()).decode()


def unit(name: str, low: float = -1, high: float = 1, cells: Any = STEEP) -> dict[str, Any]:
    return {"name": name, "range": [low, high], "cells": packed(cells)}


def layer(name: str, units: list[dict[str, Any]], more: int = 0, classes: bool = False) -> dict[str, Any]:
    return {"name": name, "neutral": 0.0, "classes": classes, "units": units, "more": more}


def maps(widths: list[int], more: int = 0, skipped: int = 0, names: tuple[str, str] = ("x1", "x2")) -> dict[str, Any]:
    """Two inputs, hidden layers as wide as it says, two classes; every weight is as strong as can be."""
    hidden = [
        layer(f"layer {place}", [unit(f"{place}.{number + 1}") for number in range(width)], more)
        for place, width in enumerate(widths, 1)
    ]
    layers = [layer("inputs", [unit(name) for name in names]), *hidden]
    layers.append(layer("output", [unit(name, 0, 1) for name in ("no", "yes")], classes=True))
    counts = [len(one["units"]) for one in layers]
    sizes = [after * before for before, after in pairwise(counts)]
    return {
        **{"form": "maps", "x": names[0], "y": names[1], "x_range": [-1, 1], "y_range": [-1, 1], "method": "features"},
        **{"width": 20, "height": 20, "layers": layers, "skipped": skipped},
        "weights": [{"scale": 1.0, "cells": packed(np.full(size, 254))} for size in sizes],
    }


def filters(count: int, width: int, height: int, more: int = 0) -> dict[str, Any]:
    cells = np.tile(np.linspace(0, 255, width), (height, 1))
    units = [unit(f"1.{number + 1}", cells=cells) for number in range(count)]
    return {
        "form": "weights",
        "width": width,
        "height": height,
        "weights": [],
        "layers": [layer("layer 1", units, more)],
    }


def worked_layer(name: str, units: int, inputs: int, activation: str) -> dict[str, Any]:
    """Its numbers tell where they belong: answers from 1 on, blame from 0.1 on, gradients below zero."""
    row = {key: [-0.25] * units for key in ("biases", "sums", "slopes", "asked", "bias_gradients", "bias_changes")}
    row |= {"answers": [1.0 + unit for unit in range(units)], "blame": [0.1 + unit / 100 for unit in range(units)]}
    weights = [[0.5 + one / 100 for one in range(inputs)] for _ in range(units)]
    table = {"weights": weights, "gradients": [[-0.03] * inputs] * units, "changes": [[0.001] * inputs] * units}
    return {"name": name, "activation": activation, "inputs": [1.5] * inputs, **row, **table}


def worked_row(*sizes: int) -> dict[str, Any]:
    """Three inputs, hidden layers of these sizes, two classes."""
    widths = [3, *sizes, 2]
    layers = [worked_layer(f"layer {place}", size, widths[place - 1], "Tanh") for place, size in enumerate(sizes, 1)]
    layers.append(worked_layer("output", 2, widths[-2], ""))
    return {
        **{"row": 3, "split": "train", "rows": 680, "names": ["x1", "x2", "x3"], "classes": ["left", "right"]},
        **{"loss_name": "cross-entropy", "loss": 0.7, "shares": [0.5, 0.5], "rate": 0.01, "optimizer": "adam"},
        **{"truth": "left", "layers": layers, "epoch": 3},
    }
