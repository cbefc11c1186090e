"""Steps on a GPU as CUDA graphs: launched whole, nothing copied between steps and nothing waited for.

What a graph records is tested on the CPU, step by step; `tests/gpu` tries the graphs themselves where there is a GPU.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor

from ...data.prepared import Rows
from .capture import TRIAL_RATE, Step, is_close

WARM_UP = 3  # steps before a graph is recorded, as PyTorch's notes on CUDA graphs have it
AT_ONCE = 8  # steps of a launch, where an epoch has so many: of a small step the launch is most
Forward = Callable[[Tensor], Tensor]


@dataclass
class GraphReplay:
    """Takes steps over rows on a GPU as `Replay` does on the CPU. `forward` is the module or what stands for it; of
    several `members` each sees every row in an epoch."""

    step: Step
    rows: Rows
    count: Callable[[Tensor, Tensor], Tensor]
    forward: Forward
    members: int = 1
    _buffers: dict[int, _BatchBuffers | None] = field(default_factory=dict[int, "_BatchBuffers | None"], init=False)

    def run(self, order: Tensor, rates: Sequence[float], losses: Sequence[Tensor], right: Tensor) -> bool:
        """Take one step for each learning rate, over equal shares of the rows that `order` lists.

        Puts each step's loss into the 0-dim tensor given for it and adds the right answers to `right`. False, with
        nothing done, if steps over so many rows cannot be recorded.
        """
        size = len(order) // len(rates)
        if size not in self._buffers:
            buffers = _BatchBuffers(self.step, self.rows, self.count, self.forward, size, self.members)
            self._buffers[size] = buffers if buffers.record(order[:size]) else None
        buffers = self._buffers[size]
        if buffers is None:
            return False
        buffers.run(order, rates, losses, right)
        return True


@dataclass
class _BatchBuffers:
    """The memory that a recorded step works on: which rows and rates the steps to come have, and at which it is."""

    step: Step
    rows: Rows
    count: Callable[[Tensor, Tensor], Tensor]
    forward: Forward
    size: int
    members: int

    def __post_init__(self) -> None:
        device, steps = self.rows.y.device, max(1, len(self.rows) * self.members // self.size)
        self.order = torch.zeros(steps * self.size, dtype=torch.int64, device=device)
        self.places = torch.arange(self.size, device=device)
        self.rates, self.losses = torch.zeros(steps, device=device), torch.zeros(steps, device=device)
        self.at = torch.zeros(1, dtype=torch.int64, device=device)
        self.right = torch.zeros((), dtype=torch.int64, device=device)
        self.launches: dict[int, Callable[[], None]] = {
            count: partial(self._take, count) for count in (AT_ONCE, 1) if count <= steps
        }
        """What takes so many steps, the most first."""

    def _take(self, count: int) -> None:
        for _ in range(count):
            self.take_step()

    def take_step(self) -> None:
        """Take the step that it is at. All that differs between steps is read from memory, so that a graph of one is a
        graph of any."""
        chosen = self.order.index_select(0, self.at * self.size + self.places)
        wanted = self.rows.y[chosen]
        self.step.flat.grads.zero_()
        outputs = self.forward(self.step.to_input(self.rows.x[chosen]))
        loss = self.step.loss(outputs, wanted)
        torch.autograd.backward(loss)
        self.step.optimizer.step(self.rates.index_select(0, self.at).squeeze(0))
        self.losses.index_copy_(0, self.at, loss.detach().view(1))
        self.right += self.count(outputs.detach(), wanted)
        self.at += 1

    def run(self, order: Tensor, rates: Sequence[float], losses: Sequence[Tensor], right: Tensor) -> None:
        """Take a step for each rate."""
        self._lay_out(order, rates)
        left = len(rates)
        for count, launch in self.launches.items():
            for _ in range(left // count):
                launch()
            left %= count
        torch._foreach_copy_(list(losses), list(self.losses[: len(rates)].unbind()))
        right += self.right

    def _lay_out(self, order: Tensor, rates: Sequence[float]) -> None:
        self.order[: len(order)].copy_(order)
        self.rates[: len(rates)].copy_(torch.tensor(rates), non_blocking=True)
        self.at.zero_()
        self.right.zero_()

    def record(self, rows: Tensor) -> bool:
        """Record the step where there is a GPU, and compare it with one taken plainly; whether it may be used. What it
        has trained meanwhile is undone."""
        device, state = self.rows.y.device, self.step.state
        if device.type != "cuda":
            return True
        before, generator = [tensor.clone() for tensor in state], torch.cuda.get_rng_state(device)

        def restore() -> None:
            for tensor, value in zip(state, before, strict=True):
                tensor.copy_(value)
            torch.cuda.set_rng_state(generator, device)
            self._lay_out(rows, [TRIAL_RATE] * next(iter(self.launches)))

        try:
            if AT_ONCE in self.launches and not self._recorded(AT_ONCE, restore):
                del self.launches[AT_ONCE]
            return self._recorded(1, restore)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError:  # an operation that no graph can hold
            return False
        finally:
            restore()

    def _recorded(self, count: int, restore: Callable[[], None]) -> bool:
        """Make one launch of so many steps; whether it does what they do when they are taken plainly."""
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP):
                restore()
                self.take_step()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        restore()
        with torch.cuda.graph(graph):
            self._take(count)
        restore()
        self._take(count)
        expected = [tensor.clone() for tensor in (*self.step.state, self.losses, self.right)]
        restore()
        graph.replay()
        self.launches[count] = graph.replay
        return all(map(is_close, (*self.step.state, self.losses, self.right), expected))
