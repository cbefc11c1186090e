"""PyTorch's modules of the layers that a spec stands for."""

from __future__ import annotations

from torch import nn

from ..config import Activation
from . import plan
from .layers import Dropout, NoisyLinear, TableInput
from .members import Blend, MemberLinear, MembersInput, MembersOutput, Periodic, Piecewise

ACTIVATIONS: dict[Activation, type[nn.Module]] = {
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "leaky-relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "mish": nn.Mish,
}


def module_of(layer: plan.AnyLayer) -> nn.Module:
    """The layer's module, its weights drawn from torch's global generator."""
    match layer:
        case plan.Flatten():
            return nn.Flatten()
        case plan.Activated(activation):
            return ACTIVATIONS[activation]()
        case plan.Dropped(p):
            return Dropout(p)
        case plan.Halved():
            return nn.MaxPool2d(2)
        case plan.Convolved(before, after):
            return nn.Conv2d(before, after, kernel_size=3, padding=1)
        case plan.Linear(before, after):
            return nn.Linear(before, after)
        case plan.Noisy(before, after, noise):
            return NoisyLinear(before, after, noise)
        case plan.Embedded(dense, embeddings):
            return TableInput(dense, embeddings)
        case plan.Parted(members, dense, embeddings, numbers, scales):
            return MembersInput(members, dense, embeddings, _numbers(numbers), scales)
        case plan.Joined(members, before, after, limits):
            return MembersOutput(members, before, after, limits)
        case plan.Blended(parts, shares):
            return Blend([nn.Sequential(*map(module_of, part)) for part in parts], shares)
        case plan.Each(members, before, after):
            return MemberLinear(members, before, after)


def _numbers(numbers: plan.Waves | plan.Pieces | None) -> Periodic | Piecewise | None:
    match numbers:
        case plan.Waves(sets, count):
            return Periodic(sets, count)
        case plan.Pieces(sets, bins):
            return Piecewise(sets, bins)
        case None:
            return None
