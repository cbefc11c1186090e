"""All of a network's parameters side by side in one buffer, and their gradients in another.

An optimiser then updates the whole network by one call, and a gradient's norm is the norm of one vector.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor, nn

# Bytes. Torch's own allocations start at multiples of it, and the last bits of a matrix product depend on that.
ALIGNMENT = 64


@dataclass(frozen=True)
class FlatParameters:
    """The trainable parameters of a module. `values` and `grads` are 1-D and equally long; the module's parameters
    are views of `values` and their `.grad` views of `grads`, in the order of `names`; between them lie zeros, so that
    each starts where a tensor of its own would. `count` is the number of weights, without those zeros."""

    values: Tensor
    grads: Tensor
    names: tuple[str, ...]
    count: int


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
    block = ALIGNMENT // dtype.itemsize
    lengths = [-(-parameter.numel() // block) * block for _, parameter in named]
    values = torch.zeros(sum(lengths), device=device, dtype=dtype)
    grads = torch.zeros_like(values)
    for (_, parameter), offset in zip(named, accumulate(lengths, initial=0), strict=False):
        value = _view(values, parameter, offset)
        value.copy_(parameter.detach())
        parameter.data = value
        parameter.grad = _view(grads, parameter, offset)
    count = sum(parameter.numel() for _, parameter in named)
    return FlatParameters(values, grads, tuple(name for name, _ in named), count)


def _view(buffer: Tensor, like: Tensor, offset: int) -> Tensor:
    """The part of the buffer that starts at `offset`, in the shape of `like`, and with its strides if these fill a
    block of memory without holes."""
    shape = list(like.shape)
    strides = torch.empty_like(like).stride()  # keeps a dense layout, makes any other contiguous
    return buffer.as_strided(shape, strides, offset)
