"""A network's layers as nodes of ONNX: those of a spec (`models.plan`), as `prediction.forward` computes them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from ..config import Activation
from ..models import plan
from ..models.spec import ModelSpec
from ..prediction.forward import LEAK, SELU, edges_of
from .graph import Graph

Own = Callable[[str], str]
"""Gives a weight of a layer by its name, as a value of the graph."""


def network(graph: Graph, spec: ModelSpec, weights: Mapping[str, np.ndarray], x: str, indices: Sequence[str]) -> str:
    """The outputs (rows, out_features) of prepared numbers (rows, dense), or images (rows, channels, height, width),
    and an index (rows,) for each embedding. Of every family but a custom one."""
    for place, layer in enumerate(plan.plan(spec)):
        x = _layer(graph, layer, partial(_weight, graph, weights, place), x, indices)
    return x


def _weight(graph: Graph, weights: Mapping[str, np.ndarray], place: int, name: str) -> str:
    return graph.weight(f"{place}.{name}", weights[f"{place}.{name}"])


def _layer(graph: Graph, layer: plan.AnyLayer, own: Own, x: str, indices: Sequence[str]) -> str:
    match layer:
        case plan.Flatten():
            return graph.node("Flatten", x, axis=1)
        case plan.Activated(activation):
            return _activated(graph, activation, x)
        case plan.Dropped():
            return x
        case plan.Halved():
            return graph.node("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
        case plan.Convolved():
            return graph.node("Conv", x, own("weight"), own("bias"), kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        case plan.Linear():
            return _linear(graph, x, _turned(graph, own("weight")), own("bias"))
        case plan.Noisy():
            return _linear(graph, x, _turned(graph, own("w")), own("b"))
        case plan.Embedded():
            return graph.joined([x, *_vectors(graph, own, indices)][0 if layer.dense else 1 :], 1)
        case plan.Parted():
            return _parted(graph, layer, own, x, indices)
        case plan.Joined():
            return _joined(graph, layer, _linear(graph, x, own("weight"), own("bias")))
        case plan.Each():
            return _linear(graph, x, own("weight"), own("bias"))
        case plan.Blended():
            return _blended(graph, layer, own, x, indices)


def _linear(graph: Graph, x: str, weight: str, bias: str) -> str:
    return graph.node("Add", graph.node("MatMul", x, weight), bias)


def _turned(graph: Graph, weight: str) -> str:
    return graph.node("Transpose", weight, perm=[1, 0])


def _vectors(graph: Graph, own: Own, indices: Sequence[str]) -> list[str]:
    """The vectors of each column of categories, (rows, width)."""
    return [
        graph.node("Gather", own(f"embeddings.{place}.weight"), index, axis=0) for place, index in enumerate(indices)
    ]


def _parted(graph: Graph, layer: plan.Parted, own: Own, x: str, indices: Sequence[str]) -> str:
    """What each member is given, (members, rows, features): numbers embedded, and all scaled in the member's way."""
    count = 0 if layer.numbers is None else _embedded_numbers(layer.numbers)
    parts: list[str] = []
    if layer.numbers is not None and count:
        parts.append(_embedded(graph, layer.numbers, own, graph.cut(x, 0, count, 1)))
    if count < layer.dense:
        parts.append(graph.node("Unsqueeze", graph.cut(x, count, layer.dense, 1), graph.whole([0])))
    parts += [graph.node("Unsqueeze", vectors, graph.whole([0])) for vectors in _vectors(graph, own, indices)]
    widths = _widths(layer, count)
    columns = [column for column, width in enumerate(widths) for _ in range(width)]
    scale = graph.node("Unsqueeze", graph.taken(own("scale"), columns), graph.whole([1]))
    scaled: list[str] = []
    first = 0
    for part, width in zip(parts, _parts(layer, count, widths), strict=True):
        scaled.append(graph.node("Mul", part, graph.cut(scale, first, first + width, 2)))
        first += width
    return graph.joined(scaled, 2)


def _embedded_numbers(numbers: plan.Waves | plan.Pieces) -> int:
    return numbers.numbers if isinstance(numbers, plan.Waves) else len(numbers.bins)


def _widths(layer: plan.Parted, count: int) -> list[int]:
    """How many features come of each column."""
    each = 1 + plan.MIXES if isinstance(layer.numbers, plan.Waves) else plan.PIECEWISE
    return [*[each] * count, *[1] * (layer.dense - count), *(width for _, width in layer.embeddings)]


def _parts(layer: plan.Parted, count: int, widths: Sequence[int]) -> list[int]:
    """How many features come of embedded numbers, of other numbers, and of each column of categories."""
    sums = [sum(widths[:count]), layer.dense - count, *(width for _, width in layer.embeddings)]
    return [width for place, width in enumerate(sums) if width or place > 1]


def _embedded(graph: Graph, numbers: plan.Waves | plan.Pieces, own: Own, x: str) -> str:
    """Numbers (rows, numbers) embedded, (sets, rows, numbers * width)."""
    turned = graph.node("Transpose", x, perm=[1, 0])
    column = graph.node("Unsqueeze", turned, graph.whole([0, 3]))  # (1, numbers, rows, 1)
    weight = own("numbers.weight")
    match numbers:
        case plan.Waves():
            turns = graph.node("Mul", column, own("numbers.frequency"))
            phase = graph.node("Div", own("numbers.phase"), graph.layer(2 * math.pi))
            turns = graph.node("Add", turns, phase)
            turns = graph.node("Sub", turns, graph.node("Round", turns))  # a cosine of few turns is exact
            waves = graph.node("Cos", graph.node("Mul", turns, graph.layer(2 * math.pi)))
            mixed = graph.node("MatMul", waves, weight)
            mixed = graph.node("Add", mixed, own("numbers.bias"))
            shape = graph.whole([numbers.sets, numbers.numbers, 1, 1])
            each, width = graph.node("Concat", graph.node("Expand", column, shape), mixed, axis=3), 1 + plan.MIXES
        case plan.Pieces():
            edges = edges_of(numbers.bins, numbers.parameters["weight"][2]).swapaxes(2, 3)
            lower, slope, least, most = map(graph.layer, edges)  # each (columns, 1, pieces)
            shares = graph.node("Mul", graph.node("Sub", column, lower), slope)
            shares = graph.node("Min", graph.node("Max", shares, least), most)
            bent = graph.node("MatMul", shares, weight)
            straight = graph.node("Mul", column, own("numbers.linear"))
            each = graph.node("Add", graph.node("Add", bent, straight), own("numbers.bias"))
            width = plan.PIECEWISE
    rowwise = graph.node("Transpose", each, perm=[0, 2, 1, 3])
    count = _embedded_numbers(numbers)
    return graph.node("Reshape", rowwise, graph.whole([0, 0, count * width]))


def _joined(graph: Graph, layer: plan.Joined, each: str) -> str:
    """One answer (rows, out_features) of what each member answers, (members, rows, out_features)."""
    if layer.after > 1:
        shares = graph.node("LogSoftmax", each, axis=2)
        together = graph.node("ReduceLogSumExp", shares, graph.whole([0]), keepdims=0)
        return graph.node("Sub", together, graph.layer(math.log(layer.members)))
    mean = graph.node("ReduceMean", each, graph.whole([0]), keepdims=0)
    if layer.limits is None:
        return mean
    return graph.node("Clip", mean, *map(graph.layer, layer.limits))


def _blended(graph: Graph, layer: plan.Blended, own: Own, x: str, indices: Sequence[str]) -> str:
    """One answer (rows, out_features) of whole networks beside each other."""
    weighted: list[str] = []
    for place, (part, share) in enumerate(zip(layer.parts, layer.shares, strict=True)):
        answers = x
        for number, inner in enumerate(part):
            answers = _layer(graph, inner, partial(_inner, own, f"parts.{place}.{number}."), answers, indices)
        if layer.after > 1:
            logs = graph.node("Add", graph.node("LogSoftmax", answers, axis=1), graph.layer(math.log(share)))
            weighted.append(graph.node("Unsqueeze", logs, graph.whole([0])))
        else:
            weighted.append(graph.node("Mul", answers, graph.layer(share)))
    if layer.after > 1:
        return graph.node("ReduceLogSumExp", graph.joined(weighted, 0), graph.whole([0]), keepdims=0)
    return graph.node("Sum", *weighted)


def _inner(own: Own, before: str, name: str) -> str:
    return own(f"{before}{name}")


def _activated(graph: Graph, activation: Activation, x: str) -> str:
    """An activation of operators that runtimes have in double precision too."""
    node, value = graph.node, graph.layer
    match activation:
        case "relu":
            return node("Relu", x)
        case "sigmoid":
            return node("Sigmoid", x)
        case "tanh":
            return node("Tanh", x)
        case "silu":
            return node("Mul", x, node("Sigmoid", x))
        case "leaky-relu":
            return node("Max", x, node("Mul", x, value(LEAK)))
        case "elu":
            return node("Add", node("Relu", x), _below(graph, x))
        case "selu":
            scale, alpha = SELU
            return node("Mul", node("Add", node("Relu", x), node("Mul", _below(graph, x), value(alpha))), value(scale))
        case "gelu":
            half = node("Mul", x, value(math.sqrt(0.5)))
            share = graph.as_floats(node("Erf", graph.cast(half, np.float32)), np.float32)  # not there in double
            return node("Mul", node("Mul", x, node("Add", share, value(1))), value(0.5))
        case "mish":
            grown = node("Exp", node("Min", x, value(20)))
            grown = node("Mul", grown, node("Add", grown, value(2)))
            return node("Mul", x, node("Div", grown, node("Add", grown, value(2))))


def _below(graph: Graph, x: str) -> str:
    """exp(x) - 1 of what is below zero, and 0 elsewhere."""
    exponential = graph.node("Exp", graph.node("Min", x, graph.layer(0)))
    return graph.node("Sub", exponential, graph.layer(1))
