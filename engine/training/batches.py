"""The order in which an epoch visits the rows."""

from __future__ import annotations

import torch
from torch import Tensor


def epoch_order(rows: int) -> Tensor:
    """Row numbers in the order that `DataLoader(shuffle=True)` would draw from torch's global generator.

    A DataLoader takes two numbers from it: a base seed for workers, which is not used here, and the seed of its
    sampler, which shuffles with a generator of its own.
    """
    torch.empty((), dtype=torch.int64).random_()
    seed = int(torch.empty((), dtype=torch.int64).random_().item())
    return torch.randperm(rows, generator=torch.Generator().manual_seed(seed))
