"""One row through a small network and back, in parts to be read one after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .blocks import Lines, words
from .palette import RenderOptions
from .tables import TableColumn, table, wrapped
from .text import inert

SLOPES = {
    "Sigmoid": "its slope is a (1 - a)",
    "Tanh": "its slope is 1 - a^2",
    "ReLU": "its slope is 1 above zero and 0 below",
}


def parts(data: Mapping[str, Any], width: int, options: RenderOptions) -> list[Lines]:
    """The data of `Worked`: the row, each layer forward, the loss, each layer backward, the last first."""
    layers = data["layers"]
    names = [data["names"], *(_units(layer) for layer in layers[:-1])]
    return [
        _row(data, width, options),
        *(_forward(layer, width, options) for layer in layers),
        _loss(data, width, options),
        *(
            _backward(layer, given, data, width, options)
            for layer, given in reversed(list(zip(layers, names, strict=True)))
        ),
    ]


def _units(layer: Mapping[str, Any]) -> list[str]:
    number = layer["name"].removeprefix("layer ")
    return [f"{number}.{place}" for place in range(1, len(layer["sums"]) + 1)]


def _outputs(layer: Mapping[str, Any], classes: Sequence[str]) -> list[str]:
    """What the units of a layer are called: an output by its class."""
    if layer["name"] != "output":
        return _units(layer)
    return list(classes) or ["answer"]


def _row(data: Mapping[str, Any], width: int, options: RenderOptions) -> Lines:
    said = f"Row {data['row']} of {data['rows']:,} {data['split']} rows, as the network sees it; true: {data['truth']}"
    rows = [[name, _number(value)] for name, value in zip(data["names"], data["layers"][0]["inputs"], strict=True)]
    return [*_head(said, width, options), *table([TableColumn("input"), TableColumn("", True)], rows, width, options)]


def _forward(layer: Mapping[str, Any], width: int, options: RenderOptions) -> Lines:
    activation = layer["activation"]
    how = f", then a = {activation.lower()}(z)" if activation else ""
    lines = _head(f"{layer['name']}, forward: z = each input times its weight, and the bias{how}", width, options)
    called = _units(layer) if layer["name"] != "output" else [f"z{place + 1}" for place in range(len(layer["sums"]))]
    times = options.pick("·", "*")
    for place, name in enumerate(called):
        terms = [
            f"{_factor(value)}{times}{_factor(weight)}"
            for value, weight in zip(layer["inputs"], layer["weights"][place], strict=True)
        ]
        result = f"{_number(layer['sums'][place])}"
        text = f"{name}: z = {' + '.join([*terms, _number(layer['biases'][place])])} = {result}"
        if activation:
            text += f"; a = {_number(layer['answers'][place])}"
        lines += [words(part) for part in wrapped(inert(text, ascii=options.ascii), width)]
    return lines


def _loss(data: Mapping[str, Any], width: int, options: RenderOptions) -> Lines:
    last = data["layers"][-1]
    called = _outputs(last, data["classes"])
    lines = _head(f"The loss: {data['loss_name']}", width, options)
    rows = [
        [name, _number(z), *([_number(p)] if data["shares"] else []), _number(asked)]
        for name, z, p, asked in zip(
            called, last["answers"], data["shares"] or last["answers"], last["asked"], strict=True
        )
    ]
    share = [TableColumn("p = softmax(z)", True)] if data["shares"] else []
    lines += table([TableColumn(""), TableColumn("z", True), *share, TableColumn("dL/dz", True)], rows, width, options)
    loss = _number(data["loss"])
    told = {
        "cross-entropy": f"L = -log p of {data['truth']} = {loss}; dL/dz = p, less 1 for the true class.",
        "mse": f"L = (z - {data['truth']})^2 = {loss}; dL/dz = 2 (z - {data['truth']}).",
    }
    said = told.get(data["loss_name"], f"L = {loss}; dL/dz is its derivative.")
    return [*lines, *(words(part) for part in wrapped(inert(said, ascii=options.ascii), width))]


def _backward(
    layer: Mapping[str, Any], given: Sequence[str], data: Mapping[str, Any], width: int, options: RenderOptions
) -> Lines:
    lines = _head(f"{layer['name']}, backward", width, options)
    called, activation = _outputs(layer, data["classes"]), layer["activation"]
    if activation:
        slope = SLOPES.get(activation, "times its slope there")
        text = (
            f"dL/da is what the units behind ask for, each times its weight; dL/dz = dL/da times the slope of "
            f"{activation.lower()}: {slope}."
        )
        lines += [words((part, options.grey)) for part in wrapped(text, width)]
        for place, name in enumerate(called):
            said = _of_unit(layer, data["layers"][data["layers"].index(layer) + 1], place, name, options)
            lines += [words(part) for part in wrapped(said, width)]
    text = (
        f"dL/dw = dL/dz of the unit times what it was given; the last column is the weight after a step of "
        f"{data['optimizer']} with a rate of {data['rate']:g} on this row alone"
        + ("." if data["optimizer"] == "sgd" else ", which goes on with its averages of the steps before.")
    )
    lines += [words((part, options.grey)) for part in wrapped(text, width)]
    columns = [TableColumn("weight", spare=0), TableColumn(f"dL/dz {options.pick('·', '*')} given", True, spare=1)]
    columns += [TableColumn("dL/dw", True), TableColumn("w", True), TableColumn("w after", True)]
    rows = [row for place, name in enumerate(called) for row in _weights(layer, given, place, name, options)]
    return [*lines, *table(columns, rows, width, options)]


def _of_unit(layer: Mapping[str, Any], behind: Mapping[str, Any], place: int, name: str, options: RenderOptions) -> str:
    """The chain rule of one unit: what is asked of its answer, and of its sum."""
    times = options.pick("·", "*")
    terms = [
        f"{_factor(blame)}{times}{_factor(weights[place])}"
        for blame, weights in zip(behind["blame"], behind["weights"], strict=True)
    ]
    asked, steep, blame = (layer[key][place] for key in ("asked", "slopes", "blame"))
    through = f"dL/dz = {_factor(asked)}{times}{_factor(steep)} = {_number(blame)}"
    return f"{name}: dL/da = {' + '.join(terms)} = {_number(asked)}; {through}"


def _weights(
    layer: Mapping[str, Any], given: Sequence[str], place: int, name: str, options: RenderOptions
) -> list[list[str]]:
    """A line for each weight of a unit and for its bias."""
    times, to = options.pick("·", "*"), options.pick("→", "->")
    rows = [
        [
            f"{source} {to} {name}",
            f"{_number(layer['blame'][place])} {times} {_factor(value)}",
            _number(layer["gradients"][place][at]),
            _number(layer["weights"][place][at]),
            _number(layer["weights"][place][at] + layer["changes"][place][at]),
        ]
        for at, (source, value) in enumerate(zip(given, layer["inputs"], strict=True))
    ]
    bias = [f"bias {to} {name}", f"{_number(layer['blame'][place])} {times} 1", _number(layer["bias_gradients"][place])]
    before = layer["biases"][place]
    return [*rows, [*bias, _number(before), _number(before + layer["bias_changes"][place])]]


def _head(text: str, width: int, options: RenderOptions) -> Lines:
    return [words((part, options.bold)) for part in wrapped(inert(text, ascii=options.ascii), width)]


def _factor(value: float) -> str:
    """A number as it stands among others: in brackets where it is negative."""
    return f"({_number(value)})" if value < 0 else _number(value)


def _number(value: float) -> str:
    """A number with four digits behind the point, or two in all where it is small."""
    return f"{value:.4f}" if abs(value) >= 5e-4 or not value else f"{value:.1e}"
