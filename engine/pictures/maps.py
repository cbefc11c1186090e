"""The decision map: the network's answer over a grid of two features, or of a table's two principal components."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ..evaluation.answers import answer, evenly, input_of
from .planes import Plane, axes_of, natural_axes, plane_of

if TYPE_CHECKING:
    from ..data.prepared import Prepared, Rows
    from ..data.schema import Schema

MARGIN = 0.05  # of the data's range, added on each side
POINTS = 300
WIDEST = 512  # columns that principal components are sought in
LEARN_FROM = 10_000  # train rows, evenly spaced, that ranges, typical values and components are taken from


def can_map(schema: Schema) -> bool:
    """Whether the data is a table with two columns to look along, and not too many to find components of."""
    dense = schema.in_features - len(schema.embeddings)
    return schema.image is None and (2 <= dense <= WIDEST or natural_axes(schema) is not None)


def decision_map(
    module: nn.Module,
    prepared: Prepared,
    rows: Rows,
    outputs: Tensor,
    size: tuple[int, int],
    axes: Sequence[str] | None = None,
) -> dict[str, Any]:
    """The data of a `map` picture; `outputs` are the answers to `rows`, the points drawn on it, all on the CPU.

    Keys: x and y (names), x_range, y_range, width, height, classes, cells (base64 of uint8, row 0 at the top: class
    indices, or values quantised over value_range), confidence (base64 of uint8, classes only), value_range, points
    ([x, y, class index or value, 1 if answered rightly], at most 300), train_points (the same of train rows), method,
    columns (those that may be axes). Axes are in the features' own units.
    """
    schema, (width, height) = prepared.schema, size
    device = prepared.train.x.device
    plane, low, high = view_of(prepared, rows, axes)
    train_points = _train_points(module, plane, prepared)
    u = low[0] + (torch.arange(width, dtype=torch.float64) + 0.5) / width * (high[0] - low[0])
    v = high[1] - (torch.arange(height, dtype=torch.float64) + 0.5) / height * (high[1] - low[1])
    grid = torch.stack([u.repeat(height), v.repeat_interleave(width)], 1)
    answers = answer(module, plane.lift(grid).to(device), input_of(schema)).cpu()
    return {
        "x": plane.names[0],
        "y": plane.names[1],
        "x_range": [low[0].item(), high[0].item()],
        "y_range": [low[1].item(), high[1].item()],
        "width": width,
        "height": height,
        "classes": list(schema.classes),
        **(_class_cells(answers) if schema.classes else _value_cells(answers, prepared)),
        "points": _points(plane, rows, outputs, schema),
        "train_points": train_points,
        "method": plane.method,
        "columns": axes_of(schema),
    }


def view_of(prepared: Prepared, rows: Rows, axes: Sequence[str] | None) -> tuple[Plane, Tensor, Tensor]:
    """The plane to look at, and the lowest and highest position (2,) on its axes where rows lie, with a margin."""
    train = prepared.train.take(evenly(len(prepared.train), LEARN_FROM)).to(torch.device("cpu"))
    plane = plane_of(prepared.schema, train.x[:], axes)
    low, high = _limits(torch.cat([plane.place(train), plane.place(rows)]))
    return plane, low, high


def packed(values: Tensor) -> str:
    """Whole numbers from 0 to 255 as base64 of bytes."""
    return b64encode(values.to(torch.uint8).cpu().numpy().tobytes()).decode("ascii")


def short(value: float) -> float:
    """The number to six digits, which is more than a screen shows."""
    return float(f"{value:.6g}")


def _limits(positions: Tensor) -> tuple[Tensor, Tensor]:
    """Lowest and highest position on each axis with a margin, apart even where all positions are one."""
    low, high = positions.amin(0), positions.amax(0)
    margin = torch.where(high > low, (high - low) * MARGIN, 1.0)
    return low - margin, high + margin


def _class_cells(answers: Tensor) -> dict[str, Any]:
    confidence, winner = torch.softmax(answers, 1).nan_to_num(0).max(1)
    return {"cells": packed(winner.clamp(max=255)), "confidence": packed((confidence * 255).round())}


def _value_cells(answers: Tensor, prepared: Prepared) -> dict[str, Any]:
    """Values over the range of the train targets, so that the same colour means the same from epoch to epoch."""
    known = prepared.schema.decode_target(prepared.train.y.cpu().double())
    low, high = known.min().item(), known.max().item()
    high = high if high > low else low + 1
    values = prepared.schema.decode_target(answers.squeeze(1).double())
    cells = ((values - low) / (high - low) * 255).nan_to_num(0).clamp(0, 255).round()
    return {"cells": packed(cells), "value_range": [short(low), short(high)]}


def _train_points(module: nn.Module, plane: Plane, prepared: Prepared) -> list[list[float]]:
    some = prepared.train.take(evenly(len(prepared.train), POINTS))
    outputs = answer(module, some.x, input_of(prepared.schema)).cpu()
    return _points(plane, some.to(torch.device("cpu")), outputs, prepared.schema)


def _points(plane: Plane, rows: Rows, outputs: Tensor, schema: Schema) -> list[list[float]]:
    shown = evenly(len(rows), POINTS)
    positions, truth = plane.place(rows.take(shown)), rows.y[shown]
    if schema.classes:
        right = (outputs[shown].argmax(1) == truth).long()
    else:
        truth, right = schema.decode_target(truth.double()), torch.ones_like(shown)
    pairs = zip(positions.tolist(), truth.tolist(), right.tolist(), strict=True)
    return [[short(x), short(y), short(value) if not schema.classes else value, good] for (x, y), value, good in pairs]
