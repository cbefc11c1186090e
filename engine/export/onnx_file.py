"""A trained network as one ONNX file: raw columns, or pixels, go in by name, answers come out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx

from ... import __version__
from ..checkpoint import Checkpoint
from ..config import TEXT_KEYS
from ..data.schema import Image, Schema
from ..errors import UsageError
from ..evaluation.conformal import margin_at
from ..models.families import check_fit
from ..tensors import float_arrays
from .columns import Preparation
from .graph import Graph
from .layers import network

KEY = "nnlab"
"""The name of what the file says of itself, as JSON: `nnlab predict` reads tables by it."""
FORMAT = 1
PIXELS = "pixels"
UNKNOWN = "unknown"


def onnx_model(checkpoint: Checkpoint, name: str, interval: int | None = None) -> onnx.ModelProto:
    """The network with the preparation of its columns, or pixels, inside.

    Each raw column is an input (rows,) of its name, double or text; images are `pixels`, uint8 (rows, channels, height,
    width). Outputs (rows,): `prediction` (the class's name, empty where the network gives no number; or a double),
    `probability_<class>`, and for tables `unknown`, how many of a row's values were not understood or in no train row.
    With an `interval` of so many percent come `lower` and `upper`, or `set_<class>`, whether the class is in the set.

    Tables are computed in double precision, as `nnlab predict` does, images in single. Raises UsageError for a network
    of the user's own, for columns that ONNX cannot express, and for an interval that the network cannot give.
    """
    schema, spec = checkpoint.schema, checkpoint.spec
    if spec.family == "custom":
        raise UsageError("A network of your own is not exported with its columns: its code is what computes it.")
    margin = None if interval is None else margin_at(list(checkpoint.margins), interval)
    weights = float_arrays(checkpoint.weights)
    check_fit(spec, weights)
    names = [PIXELS] if schema.image is not None else schema.inputs
    graph = Graph(np.float64 if schema.image is None else np.float32, names)
    unknown = ""
    if schema.image is not None:
        outputs = network(graph, spec, weights, _seen(graph, schema.image), [])
    else:
        prepared = Preparation(graph, schema)
        x = graph.cast(prepared.dense, np.float32) if prepared.dense else ""  # as the network was trained on them
        outputs = network(graph, spec, weights, x and graph.as_floats(x, np.float32), prepared.indices)
        unknown = prepared.unknown
    double = outputs if graph.floats is np.float64 else graph.cast(outputs, np.float64)
    if schema.classes:
        _classes(graph, schema, double, checkpoint.threshold, margin)
    else:
        _values(graph, schema, double, margin)
    if unknown:
        graph.give_output(UNKNOWN, unknown, "whole", "how many of the row's values were not understood or never seen")
    return graph.model(name, _doc(checkpoint), {KEY: json.dumps(_about(checkpoint, name, interval))})


def _seen(graph: Graph, image: Image) -> str:
    """Pixels as the network sees them."""
    doc = "pixels from 0 to 255: rows, channels, height, width"
    seen = graph.cast(graph.take_input(PIXELS, "pixels", ["rows", *image.shape], doc), np.float32)
    if (image.shift, image.scale) != (0.0, 1.0):
        seen = graph.node("Sub", seen, graph.constant(image.shift, np.float32))
        seen = graph.node("Mul", seen, graph.constant(image.scale, np.float32))
    return graph.as_floats(seen, np.float32)


def _classes(graph: Graph, schema: Schema, outputs: str, threshold: float | None, margin: float | None) -> None:
    node, number, classes = graph.node, graph.number, schema.classes
    shares = node("Softmax", outputs, axis=1)
    each = [node("Gather", shares, graph.whole(place), axis=1) for place in range(len(classes))]
    if threshold is None:
        best = node("ArgMax", outputs, axis=1, keepdims=0)
    else:
        best = graph.cast(node("GreaterOrEqual", each[1], number(threshold)), np.int64)
    odd = graph.cast(node("IsNaN", shares), np.int64)
    odd = node("Greater", node("ReduceSum", odd, graph.whole([1]), keepdims=0), graph.whole(0))
    best = node("Where", odd, graph.whole(len(classes)), best)
    named = node("Gather", graph.texts([*classes, ""]), best, axis=0)
    graph.give_output("prediction", named, "text", schema.target)
    for name, share in zip(classes, each, strict=True):
        graph.give_output(f"probability_{name}", share, "number")
    if margin is not None:
        most = node("ReduceMax", shares, graph.whole([1]), keepdims=1)
        held = graph.any(node("GreaterOrEqual", shares, number(1 - margin)), node("Equal", shares, most))
        for place, name in enumerate(classes):
            graph.give_output(f"set_{name}", node("Gather", held, graph.whole(place), axis=1), "truth")


def _values(graph: Graph, schema: Schema, outputs: str, margin: float | None) -> None:
    node, number = graph.node, graph.number
    value = node("Gather", outputs, graph.whole(0), axis=1)
    value = node("Add", node("Mul", value, number(schema.target_std)), number(schema.target_mean))
    graph.give_output("prediction", value, "number", schema.target)
    if margin is not None:
        graph.give_output("lower", node("Sub", value, number(margin)), "number")
        graph.give_output("upper", node("Add", value, number(margin)), "number")


def _doc(checkpoint: Checkpoint) -> str:
    target, epoch = checkpoint.schema.target, checkpoint.epoch
    return f"A network that answers {target}, trained by nnlab {__version__} ({epoch} epochs)."


def _about(checkpoint: Checkpoint, name: str, interval: int | None) -> Mapping[str, Any]:
    """What the file says of itself: how tables are read, and what the answers are. Nothing of where the data were."""
    data = checkpoint.config.data
    return {
        "format": FORMAT,
        "nnlab": __version__,
        "name": name,
        "schema": checkpoint.schema.model_dump(mode="json", exclude={"bins"}),
        "texts": {key: getattr(data, key) for key in TEXT_KEYS if key in data.model_fields_set},
        "spec": checkpoint.spec.model_dump(mode="json"),
        "epoch": checkpoint.epoch,
        "interval": interval,
        "threshold": checkpoint.threshold,
        "margins": list(checkpoint.margins),
    }
