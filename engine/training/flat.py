"""All of a network's parameters side by side in one buffer, and their gradients in another.

An optimiser then updates the whole network by one call, and a gradient's norm is the norm of one vector.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class FlatParameters:
    """The trainable parameters of a module. `values` and `grads` are 1-D and equally long; the module's parameters
    are views of `values` and their `.grad` views of `grads`, in the order of `names`."""

    values: Tensor
    grads: Tensor
    names: tuple[str, ...]


def flatten(module: nn.Module) -> FlatParameters:
    """Move the module's trainable parameters into one buffer and give each a zero gradient in another.

    The module stays what it was: same names, values and strides (channels-last too), `load_state_dict` writes into
    the buffer; a parameter that several layers share is laid down once. Call it after lazy layers have seen their
    first input and the module is on its device: `module.to(...)` would break the tie.
    Raises ValueError if there is no trainable parameter, or if they differ in device or type.
    """
    named = [(name, parameter) for name, parameter in module.named_parameters() if parameter.requires_grad]
    kinds = {(parameter.device, parameter.dtype) for _, parameter in named}
    if len(kinds) != 1:
        found = ", ".join(sorted(f"{dtype} on {device}" for device, dtype in kinds)) or "none"
        raise ValueError(f"flat parameters need one device and one type of trainable parameters, not {found}")
    device, dtype = kinds.pop()
    values = torch.empty(sum(parameter.numel() for _, parameter in named), device=device, dtype=dtype)
    grads = torch.zeros_like(values)
    offset = 0
    for _, parameter in named:
        value = _view(values, parameter, offset)
        value.copy_(parameter.detach())
        parameter.data = value
        parameter.grad = _view(grads, parameter, offset)
        offset += parameter.numel()
    return FlatParameters(values, grads, tuple(name for name, _ in named))


def _view(buffer: Tensor, like: Tensor, offset: int) -> Tensor:
    """The part of the buffer that starts at `offset`, in the shape of `like`, and with its strides if these fill a
    block of memory without holes."""
    shape = list(like.shape)
    strides = torch.empty_like(like).stride()  # keeps a dense layout, makes any other contiguous
    return buffer.as_strided(shape, strides, offset)
