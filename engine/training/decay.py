"""Which parameters weight decay acts on."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..config import TrainingConfig
from ..models.members import MembersInput, Periodic, Piecewise
from .flat import FlatParameters
from .optimizers import Optimizer, make_optimizer

INPUTS = (nn.Embedding, MembersInput, Periodic, Piecewise)  # what they hold are vectors and scales of the input
BIASES = ("bias", "b")


def optimizer_of(config: TrainingConfig, module: nn.Module, flat: FlatParameters) -> Optimizer:
    """The optimiser that the config names, over a module's flat parameters."""
    return make_optimizer(config, flat.values, flat.grads, decayed(module, flat) if config.decay == "weights" else None)


def decayed(module: nn.Module, flat: FlatParameters) -> Tensor:
    """1 where `flat.values` hold weights of layers, 0 for biases, embeddings, and scales of norms and of the input."""
    found = torch.zeros_like(flat.values)
    for part in module.modules():
        if isinstance(part, INPUTS):
            continue
        for name, parameter in part.named_parameters(recurse=False):
            if parameter.requires_grad and parameter.dim() > 1 and name not in BIASES:
                found.as_strided(parameter.shape, parameter.stride(), parameter.storage_offset()).fill_(1)
    return found
