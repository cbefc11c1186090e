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
    names = [data["names"], *(units_of(layer) for layer in layers[:-1])]
    return [
        _row(data, width, options),
        *(forward(layer, width, options) for layer in layers),
        loss(data, width, options),
        *(
            backward(layer, given, data, width, options)
            for layer, given in reversed(list(zip(layers, names, strict=True)))
        ),
    ]


def units_of(layer: Mapping[str, Any]) -> list[str]:
    """What the units of a hidden layer are called."""
    number = layer["name"].removeprefix("layer ")
    return [f"{number}.{place}" for place in range(1, len(layer["sums"]) + 1)]


def outputs_of(layer: Mapping[str, Any], classes: Sequence[str]) -> list[str]:
    """What the units of a layer are called: an output by its class."""
    if layer["name"] != "output":
        return units_of(layer)
    return list(classes) or ["answer"]


def _row(data: Mapping[str, Any], width: int, options: RenderOptions) -> Lines:
    said = f"Row {data['row']} of {data['rows']:,} {data['split']} rows, as the network sees it; true: {data['truth']}"
    rows = [[name, figure(value)] for name, value in zip(data["names"], data["layers"][0]["inputs"], strict=True)]
    return [*_head(said, width, options), *table([TableColumn("input"), TableColumn("", True)], rows, width, options)]


def forward(layer: Mapping[str, Any], width: int, options: RenderOptions, only: int | None = None) -> Lines:
    """A layer forward: of each unit, or of that one `only`, its sum and its answer."""
    activation = layer["activation"]
    how = f", then a = {activation.lower()}(z)" if activation else ""
    lines = _head(f"{layer['name']}, forward: z = each input times its weight, and the bias{how}", width, options)
    called = units_of(layer) if layer["name"] != "output" else [f"z{place + 1}" for place in range(len(layer["sums"]))]
    times = options.pick("·", "*")
    for place, name in _chosen(called, only):
        terms = [
            f"{_factor(value)}{times}{_factor(weight)}"
            for value, weight in zip(layer["inputs"], layer["weights"][place], strict=True)
        ]
        result = f"{figure(layer['sums'][place])}"
        text = f"{name}: z = {' + '.join([*terms, _factor(layer['biases'][place])])} = {result}"
        if activation:
            text += f"; a = {figure(layer['answers'][place])}"
        lines += [words(part) for part in wrapped(inert(text, ascii=options.ascii), width)]
    return lines


def loss(data: Mapping[str, Any], width: int, options: RenderOptions) -> Lines:
    """The loss, and what it asks of each output."""
    last = data["layers"][-1]
    called = outputs_of(last, data["classes"])
    lines = _head(f"The loss: {data['loss_name']}", width, options)
    rows = [
        [name, figure(z), *([figure(p)] if data["shares"] else []), figure(asked)]
        for name, z, p, asked in zip(
            called, last["answers"], data["shares"] or last["answers"], last["asked"], strict=True
        )
    ]
    share = [TableColumn("p = softmax(z)", True)] if data["shares"] else []
    lines += table([TableColumn(""), TableColumn("z", True), *share, TableColumn("dL/dz", True)], rows, width, options)
    value = figure(data["loss"])
    truth = f"({data['truth']})" if data["truth"].startswith("-") else data["truth"]
    told = {
        "cross-entropy": f"L = -log p of {data['truth']} = {value}; dL/dz = p, less 1 for the true class.",
        "mse": f"L = (z - {truth})^2 = {value}; dL/dz = 2 (z - {truth}).",
    }
    said = told.get(data["loss_name"], f"L = {value}; dL/dz is its derivative.")
    return [*lines, *(words(part) for part in wrapped(inert(said, ascii=options.ascii), width))]


def backward(
    layer: Mapping[str, Any],
    given: Sequence[str],
    data: Mapping[str, Any],
    width: int,
    options: RenderOptions,
    only: int | None = None,
    *,
    brief: bool = False,
) -> Lines:
    """A layer backward: of each unit, or of that one `only`, what is asked of it, and the gradient of each of its
    weights. `given` are the names of what it reads; `brief` leaves out what the formulas mean."""
    lines = [] if brief else _head(f"{layer['name']}, backward", width, options)
    called, activation = outputs_of(layer, data["classes"]), layer["activation"]
    if activation:
        slope = SLOPES.get(activation, "times its slope there")
        text = (
            f"dL/da is what the units behind ask for, each times its weight; dL/dz = dL/da times the slope of "
            f"{activation.lower()}: {slope}."
        )
        lines += [] if brief else _grey(text, width, options)
        for place, name in _chosen(called, only):
            said = _of_unit(layer, data["layers"][data["layers"].index(layer) + 1], place, name, options)
            lines += [words(part) for part in wrapped(inert(said, ascii=options.ascii), width)]
    text = (
        f"dL/dw = dL/dz of the unit times what it was given; the last column is the weight after a step of "
        f"{data['optimizer']} with a rate of {data['rate']:g} on this row alone"
        + ("." if data["optimizer"] == "sgd" else ", which goes on with its averages of the steps before.")
    )
    lines += [] if brief else _grey(text, width, options)
    columns = [TableColumn("weight", spare=0), TableColumn(f"dL/dz {options.pick('·', '*')} given", True, spare=1)]
    columns += [TableColumn("dL/dw", True), TableColumn("w", True), TableColumn("w after", True)]
    rows = [row for place, name in _chosen(called, only) for row in _weights(layer, given, place, name, options)]
    return [*lines, *table(columns, rows, width, options)]


def _of_unit(layer: Mapping[str, Any], behind: Mapping[str, Any], place: int, name: str, options: RenderOptions) -> str:
    """The chain rule of one unit: what is asked of its answer, and of its sum."""
    times = options.pick("·", "*")
    terms = [
        f"{_factor(blame)}{times}{_factor(weights[place])}"
        for blame, weights in zip(behind["blame"], behind["weights"], strict=True)
    ]
    asked, steep, blame = (layer[key][place] for key in ("asked", "slopes", "blame"))
    through = f"dL/dz = {_factor(asked)}{times}{_factor(steep)} = {figure(blame)}"
    return f"{name}: dL/da = {' + '.join(terms)} = {figure(asked)}; {through}"


def _weights(
    layer: Mapping[str, Any], given: Sequence[str], place: int, name: str, options: RenderOptions
) -> list[list[str]]:
    """A line for each weight of a unit and for its bias."""
    times, to = options.pick("·", "*"), options.pick("→", "->")
    rows = [
        [
            f"{source} {to} {name}",
            f"{figure(layer['blame'][place])} {times} {_factor(value)}",
            figure(layer["gradients"][place][at]),
            figure(layer["weights"][place][at]),
            figure(layer["weights"][place][at] + layer["changes"][place][at]),
        ]
        for at, (source, value) in enumerate(zip(given, layer["inputs"], strict=True))
    ]
    bias = [f"bias {to} {name}", f"{figure(layer['blame'][place])} {times} 1", figure(layer["bias_gradients"][place])]
    before = layer["biases"][place]
    return [*rows, [*bias, figure(before), figure(before + layer["bias_changes"][place])]]


def _grey(text: str, width: int, options: RenderOptions) -> Lines:
    return [words((part, options.grey)) for part in wrapped(inert(text, ascii=options.ascii), width)]


def _head(text: str, width: int, options: RenderOptions) -> Lines:
    return [words((part, options.bold)) for part in wrapped(inert(text, ascii=options.ascii), width)]


def _chosen(names: Sequence[str], only: int | None) -> list[tuple[int, str]]:
    """All units with their numbers, or that one."""
    return [(place, name) for place, name in enumerate(names) if only is None or place == only]


def _factor(value: float) -> str:
    """A number as it stands among others: in brackets where it is negative."""
    return f"({figure(value)})" if value < 0 else figure(value)


def figure(value: float) -> str:
    """A number with four digits behind the point, two in all where it is small, and five where it is huge."""
    if not value:
        return f"{0:.4f}"  # none of them is negative
    return f"{value:.4f}" if 5e-4 <= abs(value) < 1e6 else f"{value:.1e}" if abs(value) < 1 else f"{value:.4e}"
