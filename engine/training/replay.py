"""Steps over rows in memory, taken by replaying a captured one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import prod

import torch
from torch import Tensor

from ..data.dataset import Rows
from .capture import Capture, Recipe, capture
from .flat import ALIGNMENT

FETCHED = 2**18  # values of inputs made ready at once: they should stay in the processor's cache until they are used


@dataclass
class Replay:
    """Takes steps of a recipe over rows; `to_input` makes a network's input of stored rows, each row by itself."""

    recipe: Recipe
    to_input: Callable[[Tensor], Tensor]
    rows: Rows
    captures: dict[int, Capture | None] = field(default_factory=dict[int, Capture | None])

    def run(self, order: Tensor, rates: Sequence[float], losses: Sequence[Tensor]) -> Tensor | None:
        """Take one step for each learning rate, over equal shares of the rows that `order` lists, and put its loss
        into the 0-dim tensor given for it. Returns the outputs (len(order), ...), or None, with nothing done, if
        steps over so many rows cannot be captured."""
        size = len(order) // len(rates)
        captured = self._captured(order[:size])
        if captured is None:
            return None
        together = max(1, FETCHED // max(1, self.rows.x[0].numel() * size))
        outputs = _apart(len(rates), captured.outputs)
        for first in range(0, len(rates), together):
            part = slice(first, first + together)
            chosen = order[first * size : (first + together) * size]
            x = self.to_input(self.rows.x.index_select(0, chosen))
            y = self.rows.y.index_select(0, chosen)
            steps = len(chosen) // size
            xs = _aligned(x.view(steps, size, *x.shape[1:]))
            ys = y.view(steps, size, *y.shape[1:])
            captured.run(
                list(xs.unbind()),
                list(ys.unbind()),
                list(rates[part]),
                list(losses[part]),
                list(outputs[part].unbind()),
            )
        return outputs.flatten(0, 1)

    def _captured(self, rows: Tensor) -> Capture | None:
        """The captured step for so many rows; captured when it is first asked for."""
        if len(rows) not in self.captures:
            x = self.to_input(self.rows.x.index_select(0, rows))
            self.captures[len(rows)] = capture(self.recipe, x, self.rows.y.index_select(0, rows))
        return self.captures[len(rows)]


def _apart(count: int, like: Tensor) -> Tensor:
    """Uninitialised memory for `count` tensors, (count, *like.shape), each of which starts where one of its own would:
    the last bits of a matrix product depend on that."""
    block = ALIGNMENT // like.element_size()
    length = -(-like.numel() // block) * block
    memory = torch.empty(count * length, dtype=like.dtype, device=like.device)
    return memory.view(count, length)[:, : like.numel()].view(count, *like.shape)


def _aligned(batches: Tensor) -> Tensor:
    """The same batches, (count, ...), each starting at a multiple of the alignment."""
    if prod(batches.shape[1:]) * batches.element_size() % ALIGNMENT == 0:
        return batches
    return _apart(len(batches), batches[0]).copy_(batches)
