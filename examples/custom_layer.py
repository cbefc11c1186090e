"""The tutorial's third way: a layer of one's own, which adds noise to its input while the network trains.

nnlab train xor --model examples/custom_layer.py:MyNoisyModule --model-arg noise=0.07
"""

import torch
from torch import Tensor, nn


class NoisyLinear(nn.Module):
    """A linear layer that hears normal noise on its input when it is told that it trains."""

    def __init__(self, in_features: int, out_features: int, noise: float) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.empty(out_features, in_features))
        self.b = nn.Parameter(torch.zeros(out_features))
        self.noise = noise
        nn.init.xavier_uniform_(self.w)

    def forward(self, x: Tensor, training: bool = False) -> Tensor:
        """Map (rows, in_features) to (rows, out_features)."""
        if training:
            x = x + torch.normal(0.0, self.noise, x.shape, device=x.device)
        return x @ self.w.T + self.b


class MyNoisyModule(nn.Module):
    """A network whose `forward` takes `training`: nnlab says True while it trains, and False when it evaluates."""

    def __init__(self, in_features: int, out_features: int, noise: float = 0.07) -> None:
        super().__init__()
        self.l1 = NoisyLinear(in_features, 10, noise)
        self.l2 = nn.Linear(10, 6)
        self.l3 = nn.Linear(6, out_features)

    def forward(self, x: Tensor, training: bool = False) -> Tensor:
        """Map (rows, in_features) to (rows, out_features)."""
        x = torch.sigmoid(self.l1(x, training))
        x = torch.sigmoid(self.l2(x))
        return self.l3(x)
