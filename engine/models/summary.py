"""What a network is made of: its layers with output shapes and parameter counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from .modes import evaluating
from .spec import ModelSpec


@dataclass(frozen=True)
class LayerRow:
    """One layer: its name in the module, its class, the shape of its output for one row (empty when the layer is
    not called), and how many parameters it brings."""

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int


def summarize(module: nn.Module, spec: ModelSpec) -> list[LayerRow]:
    """The layers in order, from one forward pass over zeros that leaves mode, weights and generators as they were.

    A parameter that several layers share is counted at the first of them, so the rows sum to `total(module)`.
    """
    layers = {name: layer for name, layer in module.named_modules() if _is_layer(layer)}
    shapes: dict[str, tuple[int, ...]] = {}
    hooks = [layer.register_forward_hook(_recorder(name, shapes)) for name, layer in layers.items()]
    try:
        with evaluating(module), torch.inference_mode(), torch.random.fork_rng(devices=[]):
            module(_zeros(module, spec))
    finally:
        for hook in hooks:
            hook.remove()
    counted: set[int] = set()
    rows: list[LayerRow] = []
    for name, layer in layers.items():
        new = [item for item in layer.parameters(recurse=_is_leaf(layer)) if id(item) not in counted]
        counted.update(id(item) for item in new)
        rows.append(LayerRow(name, type(layer).__name__, shapes.get(name, ()), sum(item.numel() for item in new)))
    return rows


def multiply_adds(module: nn.Module, spec: ModelSpec) -> int:
    """How many multiplications one row takes on its way through the network: each weight once, and those of a
    convolution once for each place of its output."""
    rows = summarize(module, spec)
    return sum(row.parameters * (prod(row.output_shape[1:]) if row.kind.startswith("Conv") else 1) for row in rows)


def total(module: nn.Module) -> int:
    """The number of parameters, shared ones counted once."""
    return sum(parameter.numel() for parameter in module.parameters())


def _is_leaf(module: nn.Module) -> bool:
    return next(module.children(), None) is None


def _is_layer(module: nn.Module) -> bool:
    """A layer is what holds no others, or holds parameters besides; a list of none is no layer."""
    if isinstance(module, nn.ModuleList | nn.ModuleDict):
        return False
    return _is_leaf(module) or next(module.parameters(recurse=False), None) is not None


def _recorder(name: str, shapes: dict[str, tuple[int, ...]]) -> Callable[[nn.Module, Any, Any], None]:
    """A hook that notes the shape of the layer's first output, without the batch."""

    def note(_module: nn.Module, _inputs: Any, output: Any) -> None:
        if isinstance(output, Tensor):
            shapes.setdefault(name, tuple(output.shape[1:]))

    return note


def _zeros(module: nn.Module, spec: ModelSpec) -> Tensor:
    """One row of zeros where the module's weights are."""
    first = next(module.parameters(), None)
    shape = spec.image_shape or (spec.in_features,)
    return torch.zeros(1, *shape, device=first.device if first is not None else None)
