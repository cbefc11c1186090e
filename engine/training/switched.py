"""Units of a network that somebody has switched off: the weights that lead on from them stay zero while it trains."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from .flat import FlatParameters
from .optimizers import Optimizer, Rate

Place = tuple[int, int]  # a layer of the `network` picture and a unit of it


@dataclass
class Switched:
    """Which units are off, with the weights that lead on from each, as views of the network's own, and what these were
    before."""

    flat: FlatParameters
    off: dict[Place, tuple[Tensor, Tensor]] = field(default_factory=dict[Place, tuple[Tensor, Tensor]])

    def switch(self, place: Place, weights: Tensor, *, on: bool) -> None:
        """Take a unit out of the network, or put it back with the weights that it had; `weights` are its own."""
        if not on and place not in self.off:
            self.off[place] = weights, weights.clone()
            weights.zero_()
        elif on and place in self.off:
            _, before = self.off.pop(place)
            weights.copy_(before)

    def kept_off(self, optimizer: Optimizer) -> Optimizer:
        """The same optimiser, after each of whose steps the weights of what is off are zero; it sees no gradient of
        them. Only operators on flat memory, so that a step can be captured with it."""
        if not self.off:
            return optimizer
        values, grads, mask = self.flat.values, self.flat.grads, torch.ones_like(self.flat.values)
        for weights, _ in self.off.values():
            mask.as_strided(weights.shape, weights.stride(), weights.storage_offset()).zero_()
        values.mul_(mask)

        def step(lr: Rate) -> None:
            grads.mul_(mask)
            optimizer.step(lr)
            values.mul_(mask)

        return Optimizer(step, optimizer.buffers)
