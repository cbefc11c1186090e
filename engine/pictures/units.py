"""The network picture: what each unit answers over the map's plane, or what each unit of the first layer looks for.

Units are found by listening while the network answers: a layer is what a linear layer is given or what an activation
gives, so a network of the user's own shows its layers too, as far as it is made of such parts. Where several members
answer together, a unit shows the mean of what it answers in each.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ..evaluation.answers import answer, input_of
from ..models.layers import NoisyLinear
from ..models.members import Blend, members_input
from ..models.modules import ACTIVATIONS
from .maps import packed, short, view_of

if TYPE_CHECKING:
    from ..data.prepared import Prepared, Rows
    from ..data.schema import Schema

SIDE = 20  # cells of a unit's map, each way
LAYERS, UNITS = 6, 32  # hidden layers shown, and units of each
FILTERS = 24  # weight pictures shown
WIDEST = 32  # cells of a weight picture, each way; larger images are averaged down
LISTENED = (nn.Linear, NoisyLinear, *ACTIVATIONS.values())


@dataclass(frozen=True)
class LayerValues:
    """What one layer holds: values (rows, units), and the weights (units of the next, units) that read them."""

    values: Tensor
    weight: Tensor | None = None


def network_picture(
    module: nn.Module, prepared: Prepared, rows: Rows, axes: Sequence[str] | None = None
) -> dict[str, Any] | None:
    """The data of a `network` picture; None where there is nothing to see, or several networks' units stand side by
    side. Draws no random numbers.

    Keys: form ("maps" or "weights"), width and height (of each unit's picture, in cells), layers, weights; for maps x
    and y (names), x_range, y_range, method as a `map` has them, and skipped (hidden layers left out before the last).
    A layer has name, neutral (the value that says nothing), classes (whether its units are the shares of classes),
    more (units left out) and units; a unit has name, range [low, high] and cells (base64 of uint8, low to high, row 0
    at the top). `weights` has one entry for each layer but the last, from it to the next: null, or scale (the largest
    size) and cells (base64 of uint8, 0 to 254 for -scale to scale, a row for each unit shown of the next layer, a
    column for each of this). `rows` are those that the map shows; the axes are the map's.
    """
    if isinstance(members_input(module), Blend):
        return None
    if prepared.schema.image is not None:
        return _weight_pictures(module, prepared.schema.image.shape)
    plane, low, high = view_of(prepared, rows, axes)
    steps = (torch.arange(SIDE, dtype=torch.float64) + 0.5) / SIDE
    across, down = low[0] + steps * (high[0] - low[0]), high[1] - steps * (high[1] - low[1])
    grid = plane.lift(torch.stack([across.repeat(SIDE), down.repeat_interleave(SIDE)], 1))
    layers = _layers(module, grid.to(prepared.train.x.device), prepared.schema)
    if len(layers) == 2 and layers[0].weight is None:
        return None
    shown, skipped = _shown(layers)
    return {
        "form": "maps",
        "x": plane.names[0],
        "y": plane.names[1],
        "x_range": [low[0].item(), high[0].item()],
        "y_range": [low[1].item(), high[1].item()],
        "method": plane.method,
        "width": SIDE,
        "height": SIDE,
        "layers": [
            _input_layer(layers[0], prepared.schema),
            *(_units(f"layer {place}", layer.values) for place, layer in enumerate(shown[1:-1], 1)),
            _output_layer(layers[-1], prepared.schema),
        ],
        "weights": [_weights(layer, after) for layer, after in pairwise(shown)],
        "skipped": skipped,
    }


@torch.no_grad()
def weights_of(module: nn.Module, prepared: Prepared, place: int, to: int | None, by: int | None) -> Tensor:
    """Weights of the network, to look at and to change: of those that lead from the layer at this place of a `network`
    picture to the next one, those `to` a unit, `by` a unit, or of all units for None. ValueError where there are
    none."""
    schema, some = prepared.schema, prepared.train.x[: min(len(prepared.train), 2)]
    if isinstance(members_input(module), Blend):
        raise ValueError("several networks answer together, whose units and weights are not shown")
    if schema.image is not None:
        raise ValueError("the units and weights of a network for images are to be looked at only")
    shown, _ = _shown(_heard_layers(module, some, schema))
    if not 0 <= place < len(shown) - 1 or (weight := _weight_between(shown[place], shown[place + 1])) is None:
        raise ValueError(f"no layer of weights is at place {place}")
    for unit, most in zip((to, by), weight.shape, strict=True):
        if unit is not None and not 0 <= unit < most:
            raise ValueError(f"there is no unit {unit + 1}: the layer has {most}")
    return weight[slice(None) if to is None else slice(to, to + 1), slice(None) if by is None else slice(by, by + 1)]


def _shown(layers: list[LayerValues]) -> tuple[list[LayerValues], int]:
    """The layers that a picture shows, and how many are left out before the last."""
    return [layers[0], *layers[1:-1][:LAYERS], layers[-1]], max(0, len(layers) - 2 - LAYERS)


def _layers(module: nn.Module, x: Tensor, schema: Schema) -> list[LayerValues]:
    """The input, every layer that is heard of, and the output, each once and in order; all on the CPU."""
    found = _heard_layers(module, x, schema)
    return [LayerValues(layer.values.cpu(), None if layer.weight is None else layer.weight.cpu()) for layer in found]


def _heard_layers(module: nn.Module, x: Tensor, schema: Schema) -> list[LayerValues]:
    """The same where the network is, with the weights themselves."""
    dense, heard = schema.in_features - len(schema.embeddings), list[tuple[Tensor, Tensor | None]]()
    with _listening(module, heard), torch.random.fork_rng(devices=[]):
        outputs = answer(module, x, input_of(schema), batch=len(x))
    first = members_input(module)
    if first is not None and heard and heard[0][1] is not None:
        heard.pop(0)  # what members make of the input stands for no column
    found: list[LayerValues] = []
    for values, weight in [(x, None), *heard, (outputs, None)]:
        if values.dim() != 2 or len(values) not in (len(x), len(x) * (first.members if first else 1)):
            continue
        if found and _same(values, found[-1].values):
            found[-1] = LayerValues(values, weight if weight is not None else found[-1].weight)
        else:
            found.append(LayerValues(values, weight))
    found = [LayerValues(_mean_of_members(layer.values, len(x)), layer.weight) for layer in found]
    inputs = LayerValues(x[:, :dense], found[0].weight)
    if len(found) > 2 and found[1].weight is not None and torch.equal(found[1].values[:, :dense], inputs.values):
        inputs = LayerValues(inputs.values, found.pop(1).weight)  # it has vectors where the table has indices
    found[0] = inputs
    return found


def _mean_of_members(values: Tensor, rows: int) -> Tensor:
    """The mean, (rows, units), where several members hold values for each row."""
    return values if len(values) == rows else values.unflatten(0, (-1, rows)).mean(0)


@contextmanager
def _listening(module: nn.Module, heard: list[tuple[Tensor, Tensor | None]]) -> Generator[None]:
    """Note what linear layers are given, with their weights, and what activations give, while the module answers."""

    def note(part: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        linear = isinstance(part, nn.Linear | NoisyLinear)
        values = inputs[0] if linear and inputs else output
        if isinstance(values, Tensor):
            heard.append((values, next(part.parameters()).detach() if linear else None))

    hooks = [part.register_forward_hook(note) for part in module.modules() if isinstance(part, LISTENED)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _same(first: Tensor, second: Tensor) -> bool:
    """Whether two tensors are one, seen twice."""
    return first.data_ptr() == second.data_ptr() and first.shape == second.shape


def _input_layer(layer: LayerValues, schema: Schema) -> dict[str, Any]:
    """The features as the network sees them; categories that become vectors are left out."""
    names = [name for column in schema.columns for name in column.features]
    shown = _units("inputs", layer.values, names=names)
    return {**shown, "more": len(names) - len(shown["units"])}


def _output_layer(layer: LayerValues, schema: Schema) -> dict[str, Any]:
    """Each class's share, or the value in the target's own units."""
    if schema.classes:
        shares = torch.softmax(layer.values, 1)
        return _units("output", shares, names=schema.classes, neutral=0.5, limits=(0.0, 1.0))
    values = schema.decode_target(layer.values.double())
    return _units("output", values, names=[schema.target], neutral=schema.target_mean)


def _units(
    name: str,
    values: Tensor,
    *,
    names: Sequence[str] = (),
    neutral: float = 0.0,
    limits: tuple[float, float] | None = None,
) -> dict[str, Any]:
    """A layer's first units, each scaled to its own range, or all to `limits` where these are classes' shares."""
    shown = values[:, :UNITS].double().nan_to_num(0.0, 0.0, 0.0)
    low, high = shown.amin(0), shown.amax(0)
    if limits is not None:
        low, high = torch.full_like(low, limits[0]), torch.full_like(high, limits[1])
    cells = ((shown - low) / (high - low).clamp(min=1e-12) * 255).round().to(torch.uint8).T.contiguous()
    number = name.removeprefix("layer ")
    units = [
        {
            "name": names[place] if names else f"{number}.{place + 1}",
            "range": [short(low[place].item()), short(high[place].item())],
            "cells": packed(cells[place]),
        }
        for place in range(shown.shape[1])
    ]
    return {
        "name": name,
        "neutral": short(neutral),
        "classes": limits is not None,
        "units": units,
        "more": values.shape[1] - len(units),
    }


def _weights(layer: LayerValues, after: LayerValues) -> dict[str, Any] | None:
    """The weights between the shown units of two layers; None where no single layer leads from one to the other."""
    weight = _weight_between(layer, after)
    if weight is None:
        return None
    shown = weight[:UNITS, : min(layer.values.shape[1], UNITS)].double().nan_to_num(0.0, 0.0, 0.0)
    scale = shown.abs().amax().item()
    return {"scale": short(scale), "cells": packed((shown / (scale or 1.0) * 127 + 127).round())}


def _weight_between(layer: LayerValues, after: LayerValues) -> Tensor | None:
    """The weights that lead from one layer to another; None where no single one does."""
    units, wide, weight = after.values.shape[1], layer.values.shape[1], layer.weight
    return weight if weight is not None and weight.shape[0] == units and weight.shape[1] >= min(wide, UNITS) else None


def _weight_pictures(module: nn.Module, shape: tuple[int, int, int]) -> dict[str, Any] | None:
    """The first layer's weights as images, channels averaged; None where it is neither linear nor a convolution."""
    weight = _first_weight(module, shape)
    if weight is None:
        return None
    shown = weight[:FILTERS].detach().cpu().float().nan_to_num(0.0, 0.0, 0.0).mean(1, keepdim=True)
    height, width = min(shown.shape[2], WIDEST), min(shown.shape[3], WIDEST)
    shown = nn.functional.adaptive_avg_pool2d(shown, (height, width)).flatten(1).double()
    scale = shown.abs().amax(1, keepdim=True).clamp(min=1e-12)
    cells = ((shown / scale + 1) / 2 * 255).round()
    units = [
        {"name": f"1.{place + 1}", "range": [-short(size), short(size)], "cells": packed(cells[place])}
        for place, size in enumerate(scale.squeeze(1).tolist())
    ]
    layer = {"name": "layer 1", "neutral": 0.0, "classes": False, "units": units, "more": len(weight) - len(units)}
    return {"form": "weights", "width": width, "height": height, "layers": [layer], "weights": []}


def _first_weight(module: nn.Module, shape: tuple[int, int, int]) -> Tensor | None:
    """Weights (units, channels, height, width) of the first layer that reads the pixels."""
    for part in module.modules():
        if isinstance(part, nn.Conv2d):
            return part.weight
        if isinstance(part, nn.Linear | NoisyLinear):
            weight = next(part.parameters())
            return weight.view(-1, *shape) if weight.shape[1] == prod(shape) else None
    return None
