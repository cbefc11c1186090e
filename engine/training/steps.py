"""One step of training after another over rows in memory: fetch a batch, loss, gradients, update."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor, nn

from ..config import Config, StepKind
from ..data.prepared import Prepared, Rows
from ..events import EpochProgress
from ..models.members import members_of
from .captured.capture import Step
from .captured.graph import Forward, GraphReplay
from .captured.replay import Replay
from .flat import FlatParameters
from .losses import LossFunction
from .optimizers import Optimizer

ToInput = Callable[[Tensor], Tensor]

WAITING = EpochProgress(0, 0, 0, math.nan, math.nan, math.nan, math.nan, "training")
"""What a training yields, to whoever has it take its steps together with others, when it waits for them; nobody else
is told."""


@dataclass
class Steps:
    """Takes the steps of an epoch, by replaying a captured one where that can be, else the plain way.

    `losses` holds the loss of each step of the epoch, `right` counts rows answered rightly (for classes); both stay
    on the device, so that no step waits for a number. `forward` is the module or what stands for it (compiled, or in
    reduced precision); a `replay` of None takes every step the plain way, and `refused` says that one had to be though
    it was to be captured. Of several `members` each has a batch of its
    own in a step, one after another, and a loss is the mean of theirs. Where trainings take their steps `together`
    (`pack`), those of an epoch are `taken` by the time that they are asked for.
    """

    module: nn.Module
    forward: Forward
    loss: LossFunction
    to_input: ToInput
    rows: Rows
    batch_size: int
    flat: FlatParameters
    optimizer: Optimizer
    classes: bool
    captured: bool
    members: int = 1
    losses: Tensor = field(init=False)
    right: Tensor = field(init=False)
    order: Tensor = field(init=False)
    replay: Replay | GraphReplay | None = field(init=False)
    refused: bool = field(default=False, init=False)
    together: bool = field(default=False, init=False)
    taken: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        device = self.rows.y.device
        self.losses = torch.zeros(-(-len(self.rows) // self.batch_size), device=device)
        self.right = torch.zeros((), dtype=torch.int64, device=device)
        self.use(self.optimizer)

    @property
    def rows_per_step(self) -> int:
        """Rows that a step works on, those of all members."""
        return self.batch_size * self.members

    def use(self, optimizer: Optimizer) -> None:
        """Take the following steps with this optimiser, and alone."""
        self.optimizer, self.together = optimizer, False
        step = Step(self.to_input, self.module, self.loss, self.flat, optimizer)
        make = (
            Replay
            if self.rows.y.device.type == "cpu"
            else partial(GraphReplay, forward=self.forward, members=self.members)
        )
        self.replay = make(step, self.rows, self.count) if self.captured else None

    def begin(self, order: Tensor) -> None:
        """Start an epoch over rows in this order."""
        self.order = order.to(self.rows.y.device)
        self.losses.zero_()
        self.right.zero_()
        self.taken = False

    def ready(self) -> Iterator[EpochProgress]:
        """Wait, once an epoch has begun, for those with whom its steps are taken."""
        if self.together:
            yield WAITING

    def run(self, first: int, rates: Sequence[float]) -> None:
        """Take one step for each learning rate, from the epoch's step `first` (counted from 0) on."""
        if self.taken:
            return
        size = self.rows_per_step
        whole = len(self.order) // size  # steps on full batches; the last one may have fewer rows
        full = max(0, min(len(rates), whole - first))
        for start, part in ((first, rates[:full]), (first + full, rates[full:])):
            if not part:
                continue
            rows = self.order[start * size : (start + len(part)) * size]
            losses = self.losses[start : start + len(part)].unbind()
            if self.replay is None or not self.replay.run(rows, part, losses, self.right):
                self._plainly(rows, part, losses)
                self.refused |= self.captured

    def _plainly(self, rows: Tensor, rates: Sequence[float], losses: Sequence[Tensor]) -> None:
        """The same steps by autograd, as every PyTorch loop takes them, on flat parameters."""
        x, y, weights, grads = self.rows.x, self.rows.y, self.rows.weights, self.flat.grads
        for batch, rate, place in zip(rows.split(self.rows_per_step), rates, losses, strict=True):
            wanted = y[batch]
            grads.zero_()
            outputs = self.forward(self.to_input(x[batch]))
            loss = self.loss(outputs, wanted, None if weights is None else weights[batch])
            torch.autograd.backward(loss)
            place.copy_(loss.detach())
            self.right += self.count(outputs.detach(), wanted)
            self.optimizer.step(rate)

    def count(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """How many rows have their class's output as the largest one."""
        return (outputs.argmax(-1) == targets).sum() if self.classes else torch.zeros_like(self.right)


def make_forward(module: nn.Module, kind: StepKind, precision: str) -> Forward:
    """What maps a batch to outputs in training: the module itself, compiled, or in bfloat16 where that is safe."""
    forward: Forward = torch.compile(module) if kind == "compiled" else module
    if precision == "float32":
        return forward
    device = next(module.parameters()).device.type

    def reduced(batch: Tensor) -> Tensor:
        with torch.autocast(device, dtype=torch.bfloat16):
            return forward(batch).float()

    return reduced


def make_steps(
    config: Config,
    prepared: Prepared,
    module: nn.Module,
    loss: LossFunction,
    flat: FlatParameters,
    optimizer: Optimizer,
    as_input: ToInput,
) -> Steps:
    """The way to take steps that the config asks for. On the CPU `auto` captures them: for every family measured, small
    or large, a captured step was the faster one; what cannot be captured is taken the plain way. A network from a
    user's file may do at every call what a captured step would do once, and is captured only if the user says so. On a
    GPU a graph of the step is what is captured."""
    wanted, classes, rows = config.training, prepared.task != "regression", prepared.train
    forward = make_forward(module, wanted.step, wanted.precision)
    scheduled = config.model.dropout > 0 and config.model.dropout_schedule != "constant"
    asked = wanted.step == "captured" or (wanted.step == "auto" and config.model.family != "custom")
    can = {  # a graph keeps the dropout that it was captured with
        "cpu": wanted.precision == "float32",
        "cuda": not scheduled,
    }.get(rows.y.device.type, False)
    captured = asked and can and rows.weights is None  # a captured step has no place for them
    members = members_of(module)
    return Steps(module, forward, loss, as_input, rows, wanted.batch_size, flat, optimizer, classes, captured, members)
