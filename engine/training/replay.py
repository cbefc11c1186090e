"""Steps over rows in memory, taken by replaying a captured one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..data.dataset import Rows
from .capture import Capture, Recipe, capture
from .flat import ALIGNMENT

FETCHED = 2**20  # bytes of rows fetched at once: they should stay in the processor's cache until they are used


@dataclass
class Replay:
    """Takes steps of a recipe over rows."""

    recipe: Recipe
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
        x, y = self.rows.x, self.rows.y
        together = max(1, min(len(rates), FETCHED // max(1, size * x[0].nbytes)))
        xs, ys = _apart(together, x[:size]), _apart(together, y[:size])
        outputs = _apart(len(rates), captured.outputs)
        for first in range(0, len(rates), together):
            part = slice(first, min(first + together, len(rates)))
            chosen = order[part.start * size : part.stop * size]
            captured.run(
                _fetch(x, chosen, xs),
                _fetch(y, chosen, ys),
                list(rates[part]),
                list(losses[part]),
                list(outputs[part].unbind()),
            )
        return outputs.flatten(0, 1)

    def _captured(self, rows: Tensor) -> Capture | None:
        """The captured step for so many rows; captured when it is first asked for."""
        if len(rows) not in self.captures:
            self.captures[len(rows)] = capture(self.recipe, self.rows.x[rows], self.rows.y[rows])
        return self.captures[len(rows)]


def _fetch(source: Tensor, chosen: Tensor, places: Tensor) -> list[Tensor]:
    """The chosen rows, copied to the first of the `places` (batches, size, ...); one tensor a batch."""
    size = places.shape[1]
    used = places[: len(chosen) // size]
    if used.is_contiguous():
        torch.index_select(source, 0, chosen, out=used.flatten(0, 1))
    else:
        used.copy_(source.index_select(0, chosen).view_as(used))
    return list(used.unbind())


def _apart(count: int, like: Tensor) -> Tensor:
    """Uninitialised memory for `count` tensors, (count, *like.shape), each of which starts where one of its own would:
    the last bits of a matrix product depend on that."""
    block = ALIGNMENT // like.element_size()
    length = -(-like.numel() // block) * block
    memory = torch.empty(count * length, dtype=like.dtype, device=like.device)
    return memory.view(count, length)[:, : like.numel()].view(count, *like.shape)
