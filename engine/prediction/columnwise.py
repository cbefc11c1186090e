"""A narrow network's answers, computed with features down and rows across.

A matrix product of thousands of rows with a handful of features is several times faster when the rows lie together in
memory, as the processor then works along them; the answers come out in the layout that `predict` needs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from ..models.families import ACTIVATIONS
from ..models.layers import Dropout, NoisyLinear

WIDEST = 64  # features; wider layers are as fast the usual way
ROWS = 4096  # at a time: all layers' outputs stay in the processor's cache

Forward = Callable[[Tensor], Tensor]


def columnwise(module: nn.Module) -> Forward | None:
    """A function from inputs (rows, in_features) to outputs (out_features, rows), the module's own in evaluation mode.

    None for a network that has wide layers or others than linear ones, activations and dropout.
    """
    steps: list[Forward] = []
    for layer in module.children() if isinstance(module, nn.Sequential) else [module]:
        if isinstance(layer, nn.Linear | NoisyLinear):
            weight, bias = layer.parameters()
            if max(weight.shape) > WIDEST:
                return None
            steps.append(partial(_linear, weight, bias[:, None]))
        elif isinstance(layer, tuple(ACTIVATIONS.values())):
            steps.append(layer)
        elif not isinstance(layer, Dropout | nn.Dropout):
            return None

    def forward(x: Tensor) -> Tensor:
        outputs: list[Tensor] = []
        with torch.inference_mode():
            for part in x.split(ROWS):
                columns = part.T.contiguous()
                for step in steps:
                    columns = step(columns)
                outputs.append(columns)
        return torch.cat(outputs, 1)

    return forward


def _linear(weight: Tensor, bias: Tensor, columns: Tensor) -> Tensor:
    return torch.addmm(bias, weight, columns)
