"""The order in which an epoch visits the rows."""

from __future__ import annotations

import torch
from torch import Tensor


def epoch_order(rows: int, members: int = 1, batch: int = 1) -> Tensor:
    """Row numbers in the order that `DataLoader(shuffle=True)` would draw from torch's global generator.

    A DataLoader takes two numbers from it: a base seed for workers, which is not used here, and the seed of its
    sampler, which shuffles with a generator of its own. Of several `members` each has an order of its own, drawn one
    after another; a batch of the first is followed by that of the second, and so on, and then comes the next step.
    """
    torch.empty((), dtype=torch.int64).random_()
    seed = int(torch.empty((), dtype=torch.int64).random_().item())
    generator = torch.Generator().manual_seed(seed)
    orders = [torch.randperm(rows, generator=generator) for _ in range(members)]
    if members == 1:
        return orders[0]
    return torch.cat([step.flatten() for step in torch.stack(orders).split(batch, dim=1)])
