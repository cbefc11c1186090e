"""Steps that several processes take together: each works on its part of every batch, and their gradients are added up.

All hold the whole network and all rows, and stand in for one process with the same batches: rank 0 runs the training
as it would alone, draws the one order of rows, and before each chunk of steps tells the others what to do and whatever
has changed since the last one. So nobody else decides anything, and there is nothing on which they could differ.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..config import Config, merge, validate
from ..errors import NnlabError
from .decay import optimizer_of
from .losses import total_weight
from .memory import enough_memory
from .optimizers import Optimizer
from .ranks import Opening, Ranks
from .refit import Refit
from .session import Session, begin
from .switched import Place

EAGER = "Steps of several processes are taken one operator at a time: a small network trains faster in one."
BATCH_NORM = "Batch normalisation takes its means over each rank's rows, so that this is not what one process trains."
Shape = tuple[Sequence[int], Sequence[int], int]  # sizes, strides and offset of a view


@dataclass(frozen=True)
class State:
    """All by which a step comes out as it does, besides its rows and its rate."""

    config: Config
    batch_size: int
    refit: Refit | None
    weights: Mapping[str, Tensor]
    buffers: Mapping[str, Tensor]
    off: Mapping[Place, Shape]


@dataclass(frozen=True)
class Work:
    """Steps to be taken, one for each rate, from the epoch's step `first` on; with the `order` of an epoch that begins,
    and the `state` where it is another than after the last work."""

    epoch: int
    first: int
    rates: Sequence[float]
    order: Tensor | None
    state: State | None


@dataclass
class Told:
    """What the others know: of which config, optimiser, order and batch size they were told, and the weights."""

    config: Config | None = None
    optimizer: Optimizer | None = None
    order: Tensor | None = None
    batch_size: int = 0
    values: Tensor = field(default_factory=lambda: torch.empty(0))

    def is_news(self, session: Session) -> bool:
        """Whether they have to be told of more than steps. Weights can be changed by hand."""
        steps = session.steps
        same = self.config is session.config and self.optimizer is steps.optimizer
        return not (same and self.batch_size == steps.batch_size and torch.equal(self.values, session.flat.values))


def run_steps(session: Session, first: int, rates: Sequence[float]) -> None:
    """Take one step for each rate, from the epoch's step `first` on: alone, or with the other ranks. NnlabError where
    one of them is gone."""
    ranks = session.ranks
    if ranks is None:
        session.steps.run(first, rates)
        return
    told = ranks.told if isinstance(ranks.told, Told) else Told()
    ranks.told = told
    order = None if told.order is session.steps.order else session.steps.order.cpu()
    state = _state(session) if told.is_news(session) else None
    ranks.tell(Work(session.epoch, first, rates, order, state))
    ranks.midway = True
    take(session, ranks, first, rates)
    ranks.midway = False
    told.config, told.optimizer, told.order = session.config, session.steps.optimizer, session.steps.order
    told.batch_size, told.values = session.steps.batch_size, session.flat.values.clone()


def _state(session: Session) -> State:
    off = {
        place: (tuple(weights.shape), weights.stride(), int(weights.storage_offset()))
        for place, (weights, _) in session.switched.off.items()
    }
    buffers = {name: buffer.cpu() for name, buffer in session.optimizer.buffers.items()}
    return State(session.config, session.steps.batch_size, session.refit, session.weights(), buffers, off)


def take(session: Session, ranks: Ranks, first: int, rates: Sequence[float]) -> None:
    """Take this rank's part in steps; losses and right answers are those of all rows."""
    steps, flat = session.steps, session.flat
    size = steps.rows_per_step
    losses = torch.zeros(len(rates) + 1, dtype=torch.float64, device=flat.values.device)
    batches = steps.order[first * size : (first + len(rates)) * size].split(size)
    for number, (batch, rate) in enumerate(zip(batches, rates, strict=True)):
        if ranks.rank:
            torch.manual_seed(_seed(session, first + number, ranks.rank))
        flat.grads.zero_()
        mine = part_of(batch, steps.members, ranks.rank, ranks.size)
        if len(mine):
            losses[number], right = partial_gradient(session, batch, mine)
            losses[-1] += right
        ranks.add(flat.grads)
        steps.optimizer.step(rate)
    ranks.add(losses)
    steps.losses[first : first + len(rates)].copy_(losses[:-1])
    steps.right += losses[-1].long()


def part_of(batch: Tensor, members: int, rank: int, ranks: int) -> Tensor:
    """Which of a batch's rows are a rank's: those of each of the members in as many parts as there are ranks, in order,
    of which some have one row more than others, or one where others have none."""
    rows = len(batch) // members
    return batch.view(members, rows)[:, rows * rank // ranks : rows * (rank + 1) // ranks].flatten()


def partial_gradient(session: Session, batch: Tensor, mine: Tensor) -> tuple[Tensor, Tensor]:
    """Add the gradient of this rank's part of a batch's loss; returns that part, and how many of its rows are right."""
    steps = session.steps
    rows, wanted = steps.rows, steps.rows.y[mine]
    whole = total_weight(steps.loss, rows.y[batch])
    share = total_weight(steps.loss, wanted) / whole if whole else math.nan
    outputs = steps.forward(steps.to_input(rows.x[mine]))
    if share == 0:  # of classes that do not count; a mean over them is no number
        return torch.zeros(()), steps.count(outputs.detach(), wanted)
    loss = steps.loss(outputs, wanted, None if rows.weights is None else rows.weights[mine]) * share
    torch.autograd.backward(loss)
    return loss.detach(), steps.count(outputs.detach(), wanted)


def _seed(session: Session, step: int, rank: int) -> int:
    """From where a rank draws in a step: always from the same place, so that a resumed run draws the same."""
    parts = (session.config.training.seed, session.config.training.loop_seed or 0, session.epoch, step, rank)
    seed = 0
    for part in parts:
        seed = (seed * 1_000_003 + part + 1) % 2**63
    return seed


def follow(ranks: Ranks) -> None:
    """Do what rank 0 says until it says no more. Raises what `begin` raises, NnlabError where these rows are others
    than those of rank 0, or it is gone."""
    opening = ranks.hear()
    if opening is None:
        return
    assert isinstance(opening, Opening)
    config = validate(merge(opening.config.to_dict(), {"training": {"device": opening.device}}), source="rank 0")
    session = begin(config, ranks=ranks)
    if session.fingerprint != opening.fingerprint:
        raise NnlabError("its rows are others than those of rank 0: give it the same files.")
    with session.generators.turn(), session.working(), enough_memory(config.training.batch_size):
        while (work := ranks.hear()) is not None:
            _prepare(session, work)
            take(session, ranks, work.first, work.rates)


def _prepare(session: Session, work: Work) -> None:
    """Be where rank 0 is when this work begins."""
    if work.state is not None:
        _take_over(session, work.state)
    session.epoch = work.epoch
    if work.order is not None:
        session.use_dropout()
        session.steps.order = work.order.to(session.flat.values.device)


def _take_over(session: Session, state: State) -> None:
    if state.refit is not None and session.refit is None:
        session.train_again(state.refit)
    values, steps = session.flat.values, session.steps
    session.config = state.config
    session.module.load_state_dict(dict(state.weights))
    optimizer = optimizer_of(state.config.training, session.module, session.flat)
    optimizer.restore(dict(state.buffers))
    views = {place: values.as_strided(*shape) for place, shape in state.off.items()}
    session.switched.off = {place: (view, view.clone()) for place, view in views.items()}
    with torch.no_grad():
        session.optimizer = session.switched.kept_off(optimizer)
    steps.optimizer, steps.batch_size = session.optimizer, state.batch_size
    steps.losses = torch.zeros(-(-len(steps.rows) // state.batch_size), device=values.device)


def apart(session: Session) -> list[str]:
    """What several processes do otherwise than one; nothing where there is one."""
    if session.ranks is None:
        return []
    notes = [EAGER] if session.steps.captured else []
    layers = torch.nn.modules.batchnorm._BatchNorm
    if any(isinstance(part, layers) for part in session.module.modules()):
        notes.append(BATCH_NORM)
    return notes
