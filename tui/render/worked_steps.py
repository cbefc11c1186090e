"""One row through a small network and back, step by step: each step on the network's picture, and in formulas below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from rich.cells import cell_len

from .blocks import Lines, beside, fit, words
from .canvas import Array
from .palette import ORANGE, RenderOptions
from .sheet import Sheet
from .tables import around, wrapped
from .text import inert
from .units import STEPS as SHADES
from .units import level_styles
from .wires import draw_wires, wires
from .worked import backward, figure, forward, loss, outputs_of, units_of

Kind = Literal["row", "forward", "loss", "backward"]

NAMES, VALUE = (9, 16), 10  # cells of a unit's name at least and at most, and of its number
GAP = 15  # cells between two layers at least
LABEL = 9  # cells of a weight's number, which stands behind what it is multiplied with
WIDEST_GAP = 34
LEAST = 6  # lines of the picture
SMALLEST = 55  # cells below which there is none
BESIDE = 150  # cells from which on the formulas are beside the picture
WIRES = 40  # between two layers of which no unit is looked at


@dataclass(frozen=True)
class Step:
    """What is worked out: the `row` itself, a unit `forward`, the `loss`, or a unit `backward`. `layer` and `unit`
    count from 0; `row` and `loss` have none."""

    kind: Kind
    layer: int = 0
    unit: int = 0


def steps_of(data: Mapping[str, Any]) -> list[Step]:
    """All steps of a row (the data of `Worked`) in their order: forward through all units, the loss, and back from the
    last layer to the first."""
    sizes = [len(layer["sums"]) for layer in data["layers"]]
    there = [Step("forward", place, unit) for place, size in enumerate(sizes) for unit in range(size)]
    back = [Step("backward", place, unit) for place in reversed(range(len(sizes))) for unit in range(sizes[place])]
    return [Step("row"), *there, Step("loss", len(sizes) - 1), *back]


def next_part(steps: Sequence[Step], at: int, by: int) -> int:
    """The first step of the next part (`by` 1), a part being a layer one way, or of the part before (-1)."""
    starts = [0, *(place for place, (a, b) in enumerate(pairwise(steps), 1) if (a.kind, a.layer) != (b.kind, b.layer))]
    later = [place for place in starts if place > at]
    earlier = [place for place in starts if place < at]
    return (later[0] if later else at) if by > 0 else (earlier[-1] if earlier else 0)


def step_drawn(data: Mapping[str, Any], step: Step, width: int, height: int, options: RenderOptions) -> Lines:
    """A step on the picture and in formulas: at most `height` lines of at most `width` cells."""
    if width >= BESIDE:
        room = (width - 3) // 2
        picture, said = _picture(data, step, room, height, options), _said(data, step, width - room - 3, options)
        return beside([picture, _cut(said, width - room - 3, height, options)], 3)[:height]
    said = _said(data, step, width, options)
    if len(said) + LEAST + 1 > height:
        said = _said(data, step, width, options, brief=True)
    if width < SMALLEST or height < LEAST:
        return _cut(said, width, height, options)
    tallest = max(len(data["names"]), *(len(layer["sums"]) for layer in data["layers"])) + 1
    rows = min(tallest, max(min(LEAST, height), height - len(said) - 1))
    return [*_picture(data, step, width, rows, options), [], *_cut(said, width, height - rows - 1, options)][:height]


def _cut(lines: Lines, width: int, height: int, options: RenderOptions) -> Lines:
    """As many lines as there is room for; that there are more is said."""
    if len(lines) <= height:
        return lines
    return [*lines[: max(height - 1, 0)], fit(words(("a larger terminal shows the rest", options.grey)), width)]


def _said(data: Mapping[str, Any], step: Step, width: int, options: RenderOptions, *, brief: bool = False) -> Lines:
    """The step in formulas; `brief` without what they mean."""
    layer = data["layers"][step.layer]
    if step.kind == "forward":
        return forward(layer, width, options, step.unit)
    if step.kind == "loss":
        return loss(data, width, options)
    if step.kind == "backward":
        given = units_of(data["layers"][step.layer - 1]) if step.layer else data["names"]
        return backward(layer, given, data, width, options, step.unit, brief=brief)
    text = (
        f"The inputs as the network sees them; the right answer is {data['truth']}. Each number goes along the lines "
        "to the units of the next layer."
    )
    return [words(part) for part in wrapped(inert(text, ascii=options.ascii), width)]


@dataclass(frozen=True)
class _Layer:
    """A layer as it is drawn: its heading, names and numbers of its units (None for one that is not known yet), and the
    unit that is looked at."""

    head: str
    names: Sequence[str]
    values: Sequence[float | None]
    at: int | None


def _picture(data: Mapping[str, Any], step: Step, width: int, height: int, options: RenderOptions) -> Lines:
    """The network as far as the step has come: exactly `height` lines of `width` cells."""
    layers = _layers(data, step)
    name = min(max(NAMES[0], *(cell_len(one) + 2 for layer in layers for one in layer.names)), NAMES[1])
    column, focus = name + VALUE, 0 if step.kind == "row" else step.layer + 1
    most = max(2, (width + GAP) // (column + GAP))
    last = min(len(layers), focus + (2 if step.kind == "backward" and most > 2 else 1))
    first = max(0, last - most)
    shown = range(first, min(len(layers), first + most))
    gap = min(WIDEST_GAP, (width - column * len(shown)) // max(len(shown) - 1, 1))
    sheet = Sheet.blank(width, height)
    rows = [around(layers[place].at or 0, len(layers[place].names), height - 1) for place in shown]
    for number, place in enumerate(shown):
        x = number * (column + gap)
        _column(sheet, layers[place], rows[number], (x, name), options)
        if number:
            before, left = rows[number - 1], x - gap
            weights = np.array(data["layers"][place - 1]["weights"], dtype=float)
            ends = (layers[place].at, layers[place - 1].at if step.kind == "backward" and place > focus else None)
            _connect(sheet, weights, (before, rows[number]), ends, (left, gap), options)
            if place == focus and step.kind != "loss":
                _labels(sheet, data["layers"][place - 1], step, before, left, options)
    return sheet.lines()


def _layers(data: Mapping[str, Any], step: Step) -> list[_Layer]:
    """Inputs and layers with what is known of them at a step."""
    back = step.kind == "backward"
    layers = [_Layer("inputs", data["names"], data["layers"][0]["inputs"], None)]
    for place, layer in enumerate(data["layers"]):
        here, looked = place == step.layer, step.kind in ("forward", "backward")
        at = step.unit if here and looked else None
        names, count = outputs_of(layer, data["classes"]), len(layer["sums"])
        if back and place >= step.layer:
            known = step.unit + 1 if here else count
            layers.append(_Layer(f"{layer['name']}: dL/dz", names, _known(layer["blame"], known), at))
            continue
        done = {"row": 0, "loss": count, "backward": count}.get(step.kind, count if place < step.layer else 0)
        known = step.unit + 1 if here and step.kind == "forward" else done
        what = "a" if layer["activation"] else "z"
        layers.append(_Layer(f"{layer['name']}: {what}", names, _known(layer["answers"], known), at))
    return layers


def _known(values: Sequence[float], count: int) -> list[float | None]:
    return [value if place < count else None for place, value in enumerate(values)]


def _column(sheet: Sheet, layer: _Layer, rows: range, place: tuple[int, int], options: RenderOptions) -> None:
    """A layer's heading, and below it a line for each unit that has room; `place` is its first cell and how many a name
    takes."""
    x, name = place
    sheet.write(_cell(layer.head, name + VALUE, options), x, 0, options.bold)
    for y, unit in enumerate(rows, 1):
        value = layer.values[unit]
        chosen = unit == layer.at
        style = options.ink(ORANGE, bold=True) if chosen else options.ink() if value is not None else options.grey
        mark = options.pick("▸", ">") if chosen else " "
        shown = figure(value) if value is not None else options.pick("·", ".")
        called = _cell(layer.names[unit], name - 1, options)
        sheet.write(f"{mark}{called:<{name - 1}}{shown[:VALUE]:>{VALUE}}", x, y, style)


def _connect(
    sheet: Sheet,
    weights: Array,
    rows: tuple[range, range],
    at: tuple[int | None, int | None],
    place: tuple[int, int],
    options: RenderOptions,
) -> None:
    """The lines between two layers, (units, inputs) being their `weights`: those of the unit `at` the right, those of
    the one at the left, or of all where neither is looked at. `place` is where the gap begins and how wide it is."""
    (before, after), (right, left), (x, gap) = rows, at, place
    scale = float(np.abs(weights).max()) or 1.0
    here, there = [right] if right is not None else list(after), [left] if left is not None else list(before)
    strengths = np.rint(weights[np.ix_(here, there)] / scale * 127)
    if right is not None or left is not None:  # even a weak one is seen
        strengths = np.where(strengths < 0, np.minimum(strengths, -51), np.maximum(strengths, 51))
    starts, ends = ([1.5 + one - seen[0] for one in ones] for ones, seen in ((there, before), (here, after)))
    labelled = LABEL + 1 if right is not None else 1
    chars, shares = draw_wires(wires(starts, ends, strengths, WIRES), gap - labelled - 1, len(sheet.chars), options)
    levels = np.rint((shares + 1) * SHADES).astype(np.int64)
    sheet.paste(chars, levels, level_styles(None, options), x + labelled, 0)


def _labels(sheet: Sheet, layer: Mapping[str, Any], step: Step, rows: range, x: int, options: RenderOptions) -> None:
    """Behind each number that a unit is given its weight; on the way back the gradient of that."""
    values = layer["weights" if step.kind == "forward" else "gradients"][step.unit]
    sign = options.pick("·", "*") if step.kind == "forward" else ""
    for y, place in enumerate(rows, 1):
        sheet.write(f"{sign}{figure(values[place])}"[:LABEL], x + 1, y, options.grey)
    if step.kind == "backward":
        sheet.write("dL/dw", x + 1, 0, options.grey)
    else:
        sheet.write(f"{sign}w", x + 1, 0, options.grey)


def _cell(text: str, width: int, options: RenderOptions) -> str:
    """A name of at most so many cells, of characters that take one each."""
    shown = inert(text, width, ascii=options.ascii)

    return shown if cell_len(shown) == len(shown) else inert(text, width, ascii=True)
