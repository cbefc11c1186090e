"""Small networks that take their steps together: what each would do alone, in products of one leading dimension.

A step of a small network is all overhead: its numbers are computed in less time than it takes to ask for them. So
several trainings, each a `Session` of its own, share their steps. Their parameters and optimisers' memory lie side by
side, a row each, of which the sessions' own tensors are views; whatever else a training does, it does as if it were
alone.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

import torch
from torch import Tensor

from ..config import Config
from ..data.prepared import Rows
from ..events import Event
from ..models import plan
from ..models.layers import Dropout
from .captured.capture import Step
from .captured.replay import Replay
from .flat import FlatParameters
from .pack_network import Draws, PackedLoss, PackedNetwork, packed_optimizer
from .session import Session
from .turns import Generators

FAMILIES = ("linear", "mlp", "noisy-mlp")
OPTIMIZERS = ("sgd", "adam", "adamw")
LARGEST_STEP = 2**19  # products of a step of one network, beyond which two together take as long as one after the other
DRAWN = 2**22  # random numbers that are drawn ahead
OWN = {"training": ("lr", "weight_decay", "label_smoothing", "seed"), "model": ("dropout",), "data": ("fold",)}
"""What may differ between networks of a pack."""


def hindrance(sessions: Sequence[Session]) -> str:
    """Why these trainings cannot take their steps together, as a clause; empty where they can."""
    first = sessions[0]
    wanted, model = first.config.training, first.config.model
    if len(sessions) < 2:
        return "it is one network"
    if model.family not in FAMILIES:
        return f"a {model.family} is no plain network of linear layers"
    if wanted.optimizer not in OPTIMIZERS:
        return f"{wanted.optimizer} is none of {', '.join(OPTIMIZERS)}"
    if wanted.step not in ("auto", "captured") or wanted.precision != "float32":
        return "their steps are not to be captured in float32"
    if wanted.class_weights != "none" or any(one.prepared.train.weights is not None for one in sessions):
        return "their rows have weights"
    if any(one.flat.values.device.type != "cpu" or not isinstance(one.prepared.train.x, Tensor) for one in sessions):
        return "they are not trained on rows in the processor's memory"
    if len({str(_common(one.config)) for one in sessions}) > 1:
        return "they differ in more than learning rate, weight decay, dropout, label smoothing and seed"
    if len({str(_shape(one)) for one in sessions}) > 1:
        return "their layers differ"
    if wanted.batch_size * first.flat.count > LARGEST_STEP:
        return "each is large enough to keep a processor busy"
    if any(one.epoch or one.step for one in sessions):
        return "they have begun already"
    return ""


def _common(config: Config) -> dict[str, dict[str, object]]:
    """All of a config that a pack has in common."""
    tree = config.to_dict()
    return {
        section: {key: value for key, value in keys.items() if key not in OWN.get(section, ())}
        for section, keys in tree.items()
        if isinstance(keys, dict)
    }


def _shape(session: Session) -> tuple[object, ...]:
    """The network without the size of its dropout."""
    spec = session.spec.model_copy(update={"dropout": 0.5 if session.spec.dropout else 0.0})
    return spec, session.prepared.task


def _same_rows(sessions: Sequence[Session]) -> bool:
    first = sessions[0].prepared.train
    return all(
        torch.equal(first.x[:], one.prepared.train.x[:]) and torch.equal(first.y, one.prepared.train.y)
        for one in sessions[1:]
        if len(one.prepared.train) == len(first)
    ) and all(len(one.prepared.train) == len(first) for one in sessions)


@dataclass(eq=False)
class Member:
    """A training among others: its `place`, its session, its events, the state of torch's generator that it draws from,
    and whether it is `packed` and not `over`."""

    place: int
    session: Session
    events: Iterator[Event]
    state: Tensor
    packed: bool = True
    over: bool = False

    @contextmanager
    def turn(self) -> Generator[None]:
        """Draw from this training's generator in the block."""
        with self.session.generators.turn():
            torch.set_rng_state(self.state)
            try:
                yield
            finally:
                self.state = torch.get_rng_state()


def members(sessions: Sequence[Session], trainings: Sequence[Iterator[Event]]) -> list[Member]:
    """Sessions and their trainings as members, which share what generators there are beside torch's: nothing is drawn
    from those in a step of nnlab's own networks."""
    shared, found = Generators(), list[Member]()
    for place, (session, events) in enumerate(zip(sessions, trainings, strict=True)):
        with session.generators.turn():
            state = torch.get_rng_state()
        session.generators = shared
        found.append(Member(place, session, events, state))
    return found


@dataclass
class Pack:
    """Trainings that take their steps together, which `hindrance` has nothing against.

    `take` takes an epoch's steps of all those that wait for them. Whoever has ended, or goes on by itself because its
    settings were changed, has left and is `free`; where half of them have, the rest is packed anew.
    """

    members: list[Member]
    present: list[Member | None] = field(init=False)

    def __post_init__(self) -> None:
        self.present = list(self.members)
        self.sessions = [one.session for one in self.members]
        first, count = self.sessions[0], len(self.sessions)
        wanted, size = first.config.training, len(first.flat.values)
        self.batch = wanted.batch_size
        self.rows, self.offsets = _rows_of(self.sessions)
        steps = max(len(one.steps.losses) for one in self.sessions)
        spec = first.spec
        widths = [layer.after for layer in plan.plan(spec) if isinstance(layer, plan.Linear | plan.Noisy)]
        drawn = self.batch * count * sum(widths) if spec.dropout or spec.family == "noisy-mlp" else 0
        self.chunk = max(1, min(steps, DRAWN // drawn if drawn else steps))
        self.place = torch.zeros(1, dtype=torch.int64)
        self.rates = torch.zeros(self.chunk, count)
        self.losses = torch.zeros(steps, count)
        self.right = torch.zeros(count, dtype=torch.int64)
        values, grads = torch.zeros(count, size), torch.zeros(count, size)
        buffers = {
            name: torch.zeros(count, *buffer.shape) for name, buffer in first.optimizer.buffers.items()
        }
        for place, one in enumerate(self.sessions):
            _house(one, values[place], grads[place], {name: kept[place] for name, kept in buffers.items()})
        self.network = PackedNetwork(spec, first, values, grads, self.place)
        flat = FlatParameters(values, grads, first.flat.names, first.flat.count)
        optimizer = packed_optimizer(self.sessions, values, grads, self.rates, self.place, buffers)
        loss = PackedLoss(self.sessions)
        self.step = Step(first.to_input, self.network, loss, flat, optimizer)
        self.replay = Replay(self.step, self.rows, self._count, len(self.sessions))
        for one in self.sessions:
            one.steps.together = True

    def _count(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """How many rows of each network, of outputs (batches, rows of all, classes), are answered rightly."""
        if self.sessions[0].prepared.task == "regression":
            return torch.zeros_like(self.right)
        right = outputs.argmax(-1) == targets
        return right.unflatten(1, (len(self.sessions), -1)).sum((0, 2))

    def free(self, member: Member) -> None:
        """Let a training go, with memory of its own for all that it has."""
        session, member.packed = member.session, False
        self.present[self.present.index(member)] = None
        _house(
            session,
            session.flat.values.clone(),
            session.flat.grads.clone(),
            {name: buffer.clone() for name, buffer in session.optimizer.buffers.items()},
        )

    def take(self) -> None:
        """Take the steps of an epoch, whose order all who are present have drawn."""
        present = [(place, one) for place, one in enumerate(self.present) if one is not None]
        whole = min(len(one.session.steps.order) // self.batch for _, one in present)
        tails = {len(one.session.steps.order) - whole * self.batch for _, one in present}
        self.right.zero_()
        self.losses.zero_()
        for first in range(0, whole, self.chunk):
            self._run(present, first, min(first + self.chunk, whole), self.batch)
        tail, done = next(iter(tails)), whole
        if len(tails) == 1 and 0 < tail < self.batch:
            self._run(present, whole, whole + 1, tail)
            done += 1
        for place, one in present:
            session, steps = one.session, one.session.steps
            steps.losses[:done].copy_(self.losses[:done, place])
            steps.right.copy_(self.right[place])
            if done < session.total_steps:  # of other sizes than the others'
                with one.turn():
                    steps.run(done, session.rates(done, session.total_steps))
            steps.taken = True

    def _run(self, present: Sequence[tuple[int, Member]], first: int, last: int, size: int) -> None:
        """Take the steps from `first` to `last` on batches of `size` rows."""
        count, steps = len(self.sessions), last - first
        begin, end = first * self.batch, first * self.batch + steps * size
        order = torch.zeros(steps, count, size, dtype=torch.int64)
        self.rates.zero_()
        draws = self.network.draws_for(size, self.chunk)
        for place, one in present:
            order[:, place] = one.session.steps.order[begin:end].view(steps, size) + self.offsets[place]
            rates = one.session.rates(first, last)
            self.rates[:steps, place] = rates[0] if len(set(rates)) == 1 else torch.tensor(rates)
            if draws is not None:
                with one.turn():
                    draws.draw(place, steps)
                self.network.use_dropout(place, _dropouts(one.session))
        self.place.zero_()
        losses = self.losses[first:last].unbind()
        if not self.replay.run(order.flatten(), [0.0] * steps, losses, self.right):
            self._plainly(order, losses)

    def _plainly(self, order: Tensor, losses: Sequence[Tensor]) -> None:
        """The same steps by autograd."""
        for rows, place in zip(order.flatten(1), losses, strict=True):
            wanted = self.rows.y[rows]
            loss, outputs = self.step.run(self.rows.x[rows], wanted, 0.0)
            place.copy_(loss)
            self.right += self._count(outputs.unsqueeze(0), wanted.unsqueeze(0))


def _rows_of(sessions: Sequence[Session]) -> tuple[Rows, list[int]]:
    """The train rows of all, and where those of each begin."""
    rows = [one.prepared.train for one in sessions]
    if _same_rows(sessions):
        return Rows(rows[0].x[:], rows[0].y), [0] * len(rows)
    begins = [0]
    for one in rows[:-1]:
        begins.append(begins[-1] + len(one))
    return Rows(torch.cat([one.x[:] for one in rows]), torch.cat([one.y for one in rows])), begins


def _dropouts(session: Session) -> list[Dropout]:
    return [part for part in session.module.modules() if isinstance(part, Dropout)]


def _house(session: Session, values: Tensor, grads: Tensor, buffers: dict[str, Tensor]) -> None:
    """Move a training's parameters, gradients and optimiser's memory to this memory, equally long."""
    flat = session.flat
    parameters = [one for one in session.module.parameters() if one.requires_grad]
    offsets = [one.storage_offset() - flat.values.storage_offset() for one in parameters]
    with torch.no_grad():
        moved = [(flat.values, values), (flat.grads, grads)]
        moved += [(kept, buffers[name]) for name, kept in session.optimizer.buffers.items()]
        for old, new in moved:
            new.copy_(old)
            old.set_(new)  # pyright: ignore[reportArgumentType, reportCallIssue]
        for one, offset in zip(parameters, offsets, strict=True):
            gradient = cast(Tensor, one.grad)
            one.data = flat.values.as_strided(one.shape, one.stride(), flat.values.storage_offset() + offset)
            one.grad = flat.grads.as_strided(
                gradient.shape, gradient.stride(), flat.grads.storage_offset() + offset
            )
    session.steps.use(session.optimizer)  # what was captured knows the old memory
