"""Layers that PyTorch does not have, or has slower: a linear layer that hears noise, dropout, the input of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.lazy import LazyModuleMixin
from torch.nn.parameter import UninitializedParameter, is_lazy

DRAWS = 2**16  # different values of the bits that decide whether a number is dropped


class NoisyLinear(nn.Module):
    """A linear layer that computes w(x + e) + b, where e is normal noise drawn anew at each call in training mode.

    Input (..., in_features), output (..., out_features). Weights start Xavier-uniform, biases at zero; in evaluation
    mode it is a plain linear layer. The noise comes from torch's global generator, on the input's device.
    """

    def __init__(self, in_features: int, out_features: int, noise_stddev: float = 0.1) -> None:
        super().__init__()
        self.noise_stddev = noise_stddev
        self.w = nn.Parameter(torch.empty(out_features, in_features))
        self.b = nn.Parameter(torch.empty(out_features))
        self.reset_parameters()

    @property
    def in_features(self) -> int:
        """Width of the input."""
        return self.w.shape[1]

    @property
    def out_features(self) -> int:
        """Width of the output."""
        return self.w.shape[0]

    def reset_parameters(self) -> None:
        """Draw the weights anew and set the biases to zero."""
        nn.init.xavier_uniform_(self.w)
        nn.init.zeros_(self.b)

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., in_features) to (..., out_features)."""
        if self.training:
            x = x + torch.normal(0.0, self.noise_stddev, x.shape, dtype=x.dtype, device=x.device)
        return F.linear(x, self.w, self.b)

    def extra_repr(self) -> str:
        """What stands in the brackets when the layer is printed, as PyTorch's own linear layer has it."""
        return f"in_features={self.in_features}, out_features={self.out_features}, bias=True"


class LazyNoisyLinear(LazyModuleMixin, NoisyLinear):  # pyright: ignore[reportIncompatibleVariableOverride]
    """A NoisyLinear that learns `in_features` from its first input, and is a NoisyLinear from then on."""

    cls_to_become: type[nn.Module] = NoisyLinear  # pyright: ignore[reportIncompatibleVariableOverride]

    def __init__(self, out_features: int, noise_stddev: float = 0.1) -> None:
        super().__init__(0, out_features, noise_stddev)  # pyright: ignore[reportAttributeAccessIssue]
        self.w = UninitializedParameter()
        self.out_width = out_features

    def reset_parameters(self) -> None:
        """Draw the weights, once their shape is known."""
        if not is_lazy(self.w) and self.in_features:
            NoisyLinear.reset_parameters(self)

    def initialize_parameters(self, *args: Any, **_: Any) -> None:
        """Give the weights the width of the first input and draw them; PyTorch calls this before the first forward."""
        if is_lazy(self.w):
            first = cast(Tensor, args[0])
            self.w.materialize((self.out_width, first.shape[-1]))
            self.reset_parameters()

    def extra_repr(self) -> str:
        """What stands in the brackets when the layer is printed."""
        return f"in_features=?, out_features={self.out_width}, bias=True"


class Dropout(nn.Module):
    """In training mode, each number is dropped with probability p, and those that stay are divided by 1 - p.

    Any shape. PyTorch's own draws 64 random bits a number on a CPU, which costs more than a linear layer of some
    hundred units; here 16 decide, so that p is rounded to a multiple of 2^-16. They come from torch's global generator;
    on other devices PyTorch's kernel is used.
    """

    bound: Tensor
    scale: Tensor

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.register_buffer("bound", torch.empty((), dtype=torch.int16, device="cpu"), persistent=False)
        self.register_buffer("scale", torch.empty((), device="cpu"), persistent=False)
        self.use(p)

    def use(self, p: float) -> None:
        """Drop with this probability from now on, in steps that were captured too: what it comes to is in memory."""
        self.p = p
        stay = min(max(round((1 - p) * DRAWS), 1), DRAWS - 1)
        self.bound.fill_(stay - DRAWS // 2)
        self.scale.fill_(DRAWS / stay)

    def forward(self, x: Tensor) -> Tensor:
        """Drop some numbers and scale the others; nothing in evaluation mode."""
        if not self.training or not self.p:
            return x
        if x.device.type != "cpu":
            return F.dropout(x, self.p)
        drawn = torch.empty(-(-x.numel() // 4), dtype=torch.int64).random_(-(2**63), None)
        bits = drawn.view(torch.int16)[: x.numel()].view(x.shape)
        mask = torch.lt(bits, self.bound, out=torch.empty_like(x, requires_grad=False))
        return x * mask.mul_(self.scale)

    def extra_repr(self) -> str:
        """What stands in the brackets when the layer is printed."""
        return f"p={self.p}"


class TableInput(nn.Module):
    """A table's input: numbers pass, indices of categories become learned vectors.

    Input float (rows, dense + len(embeddings)): `dense` columns of numbers, then one column of indices for each
    embedding, each a pair (number of categories, width of their vectors). Output (rows, out_features): the numbers,
    then the vectors in the same order.
    """

    def __init__(self, dense: int, embeddings: Sequence[tuple[int, int]]) -> None:
        super().__init__()
        self.dense = dense
        self.out_features = dense + sum(width for _, width in embeddings)
        self.embeddings = nn.ModuleList([category_embedding(count, width) for count, width in embeddings])

    def forward(self, x: Tensor) -> Tensor:
        """Map (rows, dense + len(embeddings)) to (rows, out_features)."""
        indices = x[:, self.dense :].long()
        vectors = [embed(indices[:, column]) for column, embed in enumerate(self.embeddings)]
        return torch.cat([x[:, : self.dense], *vectors], dim=1)

    def extra_repr(self) -> str:
        """What stands in the brackets when the layer is printed, before its embeddings."""
        return f"dense={self.dense}, out_features={self.out_features}"


def category_embedding(count: int, width: int) -> nn.Embedding:
    """An `nn.Embedding` with the weights that it draws itself. Where there is no memory to fill nothing is drawn: there
    PyTorch takes milliseconds for it, and a wide table has thousands."""
    weight = torch.empty(count, width)
    return nn.Embedding(count, width, _weight=weight if weight.is_meta else nn.init.normal_(weight))
