"""Steps over rows in memory, taken by replaying a captured one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ...data.picked import Picked
from ...data.prepared import Rows
from ..flat import ALIGNMENT
from .capture import Capture, Step, capture

FETCHED = 2**20  # bytes of rows fetched at once: they should stay in the processor's cache until they are used


@dataclass
class Replay:
    """Takes steps of a recipe over rows.

    `count` says how many of some answers are right: it is given outputs (batches, rows, ...) and targets (batches,
    rows) and returns a 0-dim tensor. An epoch goes through the rows as many `times`.
    """

    step: Step
    rows: Rows
    count: Callable[[Tensor, Tensor], Tensor]
    times: int = 1
    _buffers: dict[int, _BatchBuffers | None] = field(default_factory=dict[int, "_BatchBuffers | None"], init=False)

    def run(self, order: Tensor, rates: Sequence[float], losses: Sequence[Tensor], right: Tensor) -> bool:
        """Take one step for each learning rate, over equal shares of the rows that `order` lists.

        Puts each step's loss into the 0-dim tensor given for it and adds the right answers to `right`. False, with
        nothing done, if steps over so many rows cannot be captured.
        """
        size = len(order) // len(rates)
        if size not in self._buffers:
            self._buffers[size] = self._prepare(order[:size])
        buffers = self._buffers[size]
        if buffers is None:
            return False
        with torch.inference_mode():
            for first in range(0, len(rates), buffers.steps):
                part = slice(first, first + buffers.steps)
                chosen = order[first * size : (first + buffers.steps) * size]
                right += self.count(*buffers.run(self.rows, chosen, rates[part], losses[part]))
        return True

    def _prepare(self, rows: Tensor) -> _BatchBuffers | None:
        """Capture the step for so many rows and lay out memory for what it works on."""
        x, y = self.rows.x[rows], self.rows.y[rows]
        captured = capture(self.step, x, y)
        if captured is None:
            return None
        steps = FETCHED // (x.nbytes + y.nbytes + captured.outputs.nbytes)
        steps = max(1, min(steps, self.times * len(self.rows) // len(rows)))
        return _BatchBuffers(
            captured, _aligned_empty(steps, x), _aligned_empty(steps, y), _aligned_empty(steps, captured.outputs)
        )


@dataclass
class _BatchBuffers:
    """Where a captured step finds its batches and leaves its outputs: memory for some steps, (steps, rows, ...)."""

    captured: Capture
    x: Tensor
    y: Tensor
    outputs: Tensor

    def __post_init__(self) -> None:
        self.steps = len(self.x)
        self._each = [list(tensor.unbind()) for tensor in (self.x, self.y, self.outputs)]

    def run(
        self, rows: Rows, chosen: Tensor, rates: Sequence[float], losses: Sequence[Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Take a step for each rate over the chosen rows; returns outputs and targets, good until the next call."""
        count = len(rates)
        x, y, outputs = self.x[:count], self.y[:count], self.outputs[:count]
        _fetch(rows.x, chosen, x)
        _fetch(rows.y, chosen, y)
        xs, ys, answers = (each[:count] for each in self._each)
        self.captured.run(xs, ys, list(rates), list(losses), answers)
        return outputs, y


def _fetch(source: Tensor | Picked, chosen: Tensor, places: Tensor) -> None:
    """Copy the chosen rows to places (batches, rows, ...)."""
    if isinstance(source, Picked):
        source, chosen = source.source, source.numbers[chosen]
    if places.is_contiguous():
        torch.index_select(source, 0, chosen, out=places.flatten(0, 1))
    else:
        places.copy_(source.index_select(0, chosen).view_as(places))


def _aligned_empty(count: int, like: Tensor) -> Tensor:
    """Uninitialised memory for `count` tensors, (count, *like.shape), each of which starts where one of its own would:
    the last bits of a matrix product depend on that."""
    block = ALIGNMENT // like.element_size()
    length = -(-like.numel() // block) * block
    memory = torch.empty(count * length, dtype=like.dtype, device=like.device)
    return memory.view(count, length)[:, : like.numel()].view(count, *like.shape)
