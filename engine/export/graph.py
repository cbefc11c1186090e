"""A graph of ONNX as it is written, node by node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ML = "ai.onnx.ml"
OPSETS = {"": 21, ML: 4}
IR = 10  # of the file itself; what runtimes from the middle of 2024 on read
WEIGHT = "weight."
TYPES: dict[str, int] = {
    "number": TensorProto.DOUBLE,
    "text": TensorProto.STRING,
    "whole": TensorProto.INT64,
    "truth": TensorProto.BOOL,
    "pixels": TensorProto.UINT8,
}


def prefix_of(taken: Sequence[str]) -> str:
    """What the names of a graph's own values begin with, and none of those that are taken."""
    prefix = "_"
    while any(name.startswith(prefix) for name in taken):
        prefix += "_"
    return prefix


class Graph:
    """Nodes in the order in which they are computed. Values are known by their names; equal constants are one.

    `floats` is the type in which the network's layers are computed; `taken` are names that inputs have.
    """

    def __init__(self, floats: type[np.floating[Any]] = np.float64, taken: Sequence[str] = ()) -> None:
        self.floats, self._taken, self._prefix = floats, set(taken), prefix_of(taken)
        self.nodes: list[onnx.NodeProto] = []
        self.inputs: list[onnx.ValueInfoProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []
        self._weights: dict[str, onnx.TensorProto] = {}
        self._constants: dict[tuple[str, tuple[int, ...], bytes], onnx.TensorProto] = {}

    def node(self, operator: str, *inputs: str, name: str = "", domain: str = "", **attributes: Any) -> str:
        """Add a node with one output; returns that output's name."""
        return self.several(operator, 1, *inputs, name=name, domain=domain, **attributes)[0]

    def several(
        self, operator: str, count: int, *inputs: str, name: str = "", domain: str = "", **attributes: Any
    ) -> list[str]:
        """Add a node with several outputs; returns their names."""
        names = [name or f"{self._prefix}{len(self.nodes)}_{place}" for place in range(count)]
        self.nodes.append(helper.make_node(operator, list(inputs), names, domain=domain, **attributes))
        return names

    def constant(self, values: Any, dtype: Any = None) -> str:
        """A constant of these numbers."""
        array = np.ascontiguousarray(np.asarray(values, dtype)).reshape(np.shape(values))
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._constants:
            self._constants[key] = numpy_helper.from_array(array, f"{self._prefix}c{len(self._constants)}")
        return self._constants[key].name

    def number(self, values: Any) -> str:
        """Constants of double precision."""
        return self.constant(values, np.float64)

    def whole(self, values: Any) -> str:
        """Constants that are whole numbers, such as axes and shapes."""
        return self.constant(values, np.int64)

    def texts(self, values: Sequence[str]) -> str:
        """Constants that are texts."""
        encoded: Any = [value.encode("utf-8", "replace") for value in values]
        key = ("text", (len(values),), repr(encoded).encode())
        if key not in self._constants:
            name = f"{self._prefix}c{len(self._constants)}"
            self._constants[key] = helper.make_tensor(name, TensorProto.STRING, [len(values)], encoded)
        return self._constants[key].name

    def weight(self, name: str, values: np.ndarray) -> str:
        """A weight, kept as float32 under its own name and computed with as `floats`."""
        known = f"{self._prefix}{WEIGHT}{name}"
        if known not in self._weights:
            self._weights[known] = numpy_helper.from_array(np.ascontiguousarray(values, np.float32), known)
        return self.as_floats(known, np.float32)

    def as_floats(self, value: str, given: type[np.floating[Any]]) -> str:
        """A value in the type of the layers."""
        return value if given is self.floats else self.cast(value, self.floats)

    def cast(self, value: str, dtype: Any) -> str:
        """A value in another type."""
        return self.node("Cast", value, to=helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def layer(self, value: float | np.ndarray) -> str:
        """A constant in the type of the layers."""
        return self.constant(value, self.floats)

    def column(self, value: str) -> str:
        """Values (rows,) as a column (rows, 1)."""
        return self.node("Unsqueeze", value, self.whole([1]))

    def joined(self, values: Sequence[str], axis: int) -> str:
        """Values one after the other along an axis."""
        return values[0] if len(values) == 1 else self.node("Concat", *values, axis=axis)

    def taken(self, value: str, places: Sequence[int], axis: int = 1) -> str:
        """Some of the values along an axis."""
        return self.node("Gather", value, self.whole(list(places)), axis=axis)

    def cut(self, value: str, start: int, end: int, axis: int) -> str:
        """The values along an axis from `start` to before `end`."""
        return self.node("Slice", value, *(self.whole([place]) for place in (start, end, axis)))

    def any(self, *values: str) -> str:
        """Whether one of these is true."""
        found = values[0]
        for value in values[1:]:
            found = self.node("Or", found, value)
        return found

    def take_input(self, name: str, kind: str, shape: Sequence[str | int] = ("rows",), doc: str = "") -> str:
        """An input of the whole graph."""
        self.inputs.append(helper.make_tensor_value_info(name, TYPES[kind], list(shape), doc))
        return name

    def give_output(self, name: str, value: str, kind: str, doc: str = "") -> None:
        """An output of the whole graph, with a line at its end where a column has the same name."""
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        self.node("Identity", value, name=name)
        self.outputs.append(helper.make_tensor_value_info(name, TYPES[kind], ["rows"], doc))

    def model(self, name: str, doc: str, metadata: dict[str, str]) -> onnx.ModelProto:
        """The whole of it, as a file holds it."""
        constants = [*self._weights.values(), *self._constants.values()]
        graph = helper.make_graph(self.nodes, name, self.inputs, self.outputs, constants, doc)
        opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR, producer_name="nnlab", doc_string=doc)
        helper.set_model_props(model, metadata)
        return model
