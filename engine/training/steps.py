"""One step of training after another over rows in memory: fetch a batch, loss, gradients, update."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..data.dataset import Rows
from .flat import FlatParameters
from .losses import Objective
from .optimizers import Optimizer

ToInput = Callable[[Tensor], Tensor]


@dataclass
class EagerSteps:
    """The plain way: autograd, as every PyTorch loop does it, on flat parameters.

    `losses` holds the loss of each step of the epoch, `right` counts rows answered rightly; both stay on the device,
    so that no step waits for a number.
    """

    objective: Objective
    to_input: ToInput
    rows: Rows
    batch_size: int
    flat: FlatParameters
    optimizer: Optimizer
    losses: Tensor = field(init=False)
    right: Tensor = field(init=False)
    batches: Sequence[Tensor] = field(init=False, default=())

    def __post_init__(self) -> None:
        device = self.rows.y.device
        self.losses = torch.zeros(-(-len(self.rows) // self.batch_size), device=device)
        self.right = torch.zeros((), dtype=torch.int64, device=device)

    def begin(self, order: Tensor) -> None:
        """Start an epoch over rows in this order."""
        self.batches = order.to(self.rows.y.device).split(self.batch_size)
        self.losses.zero_()
        self.right.zero_()

    def run(self, first: int, rates: Sequence[float]) -> None:
        """Take one step for each learning rate, from the epoch's step `first` (counted from 0) on."""
        x, y, grads = self.rows.x, self.rows.y, self.flat.grads
        for index, rate in enumerate(rates, first):
            batch = self.batches[index]
            grads.zero_()
            loss, right = self.objective(self.to_input(x[batch]), y[batch])
            torch.autograd.backward(loss)
            self.losses[index] = loss.detach()
            self.right += right
            self.optimizer.step(rate)
