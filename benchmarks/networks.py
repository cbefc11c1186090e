"""The two small networks whose steps are timed, and the rows that the peers train them on."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from torch import nn

BATCH = 20


@dataclass(frozen=True)
class Network:
    """Widths from the inputs to the outputs, the function between two layers, and the rows of an epoch."""

    widths: tuple[int, ...]
    activation: str
    rows: int

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return self.rows // BATCH


NETWORKS = {
    "xor": Network((2, 10, 6, 2), "sigmoid", 8000),
    "mnist": Network((784, 32, 16, 10), "relu", 8000),
}


def rows_of(network: Network) -> tuple[np.ndarray, np.ndarray]:
    """Normal inputs as float32 and classes as int64, from a seed. What they are is nothing to the time of a step."""
    import numpy as np

    generator = np.random.default_rng(1)
    x = generator.standard_normal((network.rows, network.widths[0]), np.float32)
    return x, generator.integers(0, network.widths[-1], network.rows)


def module_of(network: Network) -> nn.Sequential:
    """The network in PyTorch, from a seed."""
    import torch
    from torch import nn

    torch.manual_seed(1)
    between = {"sigmoid": nn.Sigmoid, "relu": nn.ReLU}[network.activation]
    layers: list[nn.Module] = []
    for before, after in pairwise(network.widths):
        layers += [nn.Linear(before, after), between()]
    return nn.Sequential(*layers[:-1])
