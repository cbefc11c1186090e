"""Small networks that take their steps together: what each would do alone, in products of one leading dimension.

A step of a small network is all overhead: its numbers are computed in less time than it takes to ask for them. So
several trainings, each a `Session` of its own, share their steps. Whatever else a training does, it does as if it were
alone.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from ..config import Config
from ..data.prepared import Rows
from ..events import Event
from ..models.layers import Dropout
from .captured.capture import Step
from .captured.replay import Replay
from .pack_network import Layout, PackedLoss, PackedNetwork, packed_optimizer
from .session import Session
from .turns import Generators

FAMILIES = ("linear", "mlp", "noisy-mlp")
OPTIMIZERS = ("sgd", "adam", "adamw")
LARGEST_STEP = 2**18  # products of a step of one network, beyond which two together take as long as one after the other
DRAWN = 2**22  # random numbers that are drawn ahead
OWN = {"training": ("lr", "weight_decay", "label_smoothing", "seed"), "model": ("dropout",), "data": ("fold",)}
"""What may differ between networks of a pack."""


def hindrance(sessions: Sequence[Session]) -> str:
    """Why trainings cannot take their steps together, as a clause; empty where they can. Of one it says what could be
    said of any others beside it."""
    first = sessions[0]
    wanted, model = first.config.training, first.config.model
    if model.family not in FAMILIES:
        return f"a {model.family} is more than linear layers"
    if first.spec.embeddings:
        return "categories are embedded"
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
    if len({one.total_steps for one in sessions}) > 1:
        return "their epochs have different numbers of steps"
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

    Their parameters and optimisers' memory are copied here for an epoch's steps, and back; their `Layout` has each
    parameter of all in one piece.
    """

    members: list[Member]

    def __post_init__(self) -> None:
        sessions = [one.session for one in self.members]
        first, count = sessions[0], len(sessions)
        self.batch, self.task = first.config.training.batch_size, first.prepared.task
        self.rows, self.offsets = _rows_of(sessions)
        steps, spec = first.total_steps, first.spec
        self.layout = Layout.of(first, count)
        flat = self.layout.flatten()
        self.place = torch.zeros(1, dtype=torch.int64)
        self.network = PackedNetwork(spec, self.layout, flat, self.place)
        drawn = self.batch * count * self.network.drawn
        self.chunk = max(1, min(steps, DRAWN // drawn if drawn else steps))
        self.rates = torch.zeros(self.chunk, count)
        self.losses = torch.zeros(steps, count)
        self.right = torch.zeros(count, dtype=torch.int64)
        optimizer = packed_optimizer(sessions, self.layout, flat, self.rates, self.place)
        self.step = Step(first.to_input, self.network, PackedLoss(sessions), flat, optimizer)
        self.replay = Replay(self.step, self.rows, self._count, count)
        for one in sessions:
            one.steps.together = True

    def _count(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """How many rows of each network, of outputs (batches, rows of all, classes), are answered rightly."""
        if self.task == "regression":
            return torch.zeros_like(self.right)
        right = outputs.argmax(-1) == targets
        return right.unflatten(1, (len(self.members), -1)).sum((0, 2))

    def take(self, waiting: Sequence[Member]) -> None:
        """Take the steps of an epoch, whose order all who wait have drawn."""
        present = [(place, one) for place, one in enumerate(self.members) if one in waiting]
        self._load(present)
        whole = min(len(one.session.steps.order) // self.batch for _, one in present)
        tails = {len(one.session.steps.order) - whole * self.batch for _, one in present}
        self.right.zero_()
        self.losses.zero_()
        for first in range(0, whole, self.chunk):
            self._run(present, first, min(first + self.chunk, whole), self.batch)
        tail, done = next(iter(tails)), whole
        if len(tails) == 1 and tail:
            self._run(present, whole, whole + 1, tail)
            done += 1
        self._store(present)
        for place, one in present:
            session, steps = one.session, one.session.steps
            steps.losses[:done].copy_(self.losses[:done, place])
            steps.right.copy_(self.right[place])
            if done < session.total_steps:  # of other sizes than the others'
                with one.turn():
                    steps.run(done, session.rates(done, session.total_steps))
            steps.taken = True

    def _load(self, present: Sequence[tuple[int, Member]]) -> None:
        """Copy what the trainings hold to where the steps work on it."""
        first = present[0][1].session
        for name, packed in self._memory():
            if packed.dim():
                rows = self.layout.rows()
                for place, one in present:
                    rows[place].copy_(_held(one.session, name))
                self.layout.join(rows, packed)
            else:
                packed.copy_(_held(first, name))

    def _store(self, present: Sequence[tuple[int, Member]]) -> None:
        """Copy it back."""
        for name, packed in self._memory():
            rows = self.layout.part(packed) if packed.dim() else None
            for place, one in present:
                _held(one.session, name).copy_(packed if rows is None else rows[place])

    def _memory(self) -> list[tuple[str, Tensor]]:
        """The parameters, and the optimiser's memory by its names."""
        buffers = self.step.optimizer.buffers
        return [
            ("", self.step.flat.values),
            *((name, kept) for name, kept in buffers.items() if kept is not self.place),
        ]

    def _run(self, present: Sequence[tuple[int, Member]], first: int, last: int, size: int) -> None:
        """Take the steps from `first` to `last` on batches of `size` rows."""
        count, steps = len(self.members), last - first
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


def _held(session: Session, name: str) -> Tensor:
    """A training's parameters, or its optimiser's memory of this name."""
    return session.optimizer.buffers[name] if name else session.flat.values
