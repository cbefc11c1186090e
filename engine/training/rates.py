"""Which learning rates suit a training: steps on a copy of it with a rate that rises, and what becomes of the loss."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any

from ..config import Config, merge, validate
from ..evaluation.answers import answer, evenly
from . import rng
from .session import Session, begin

LEAST, MOST = 1e-6, 10.0
STEPS = 140  # from the least rate to the most, 20 to each tenfold one
LOOKED_AT = 256  # train rows, whose loss is measured after each step
NEAR = 3  # steps on either side over which the loss is smoothed
FALL = 0.02  # of the first loss, by which it has to fall for there to be a band
RISE = 0.1  # of the fall so far, by which it rises where it has turned
STEEP = 0.5  # of the steepest fall, down to which a rate is in the band
BEFORE_LEAST = 2.0  # by which the band ends below the rate of that least loss
NARROWEST = 4.0  # from its one end to the other: one sweep knows no better
EXPLODED = 2.0  # times the first loss


@dataclass(frozen=True)
class Tried:
    """The loss over the rows that are looked at after a step with this rate."""

    rate: float
    loss: float


@dataclass(frozen=True)
class Rates:
    """What became of the loss as the rate rose. `band` is from the least to the largest rate with which it fell
    quickly, None where it fell with none; `ended` says how the loss came to its end."""

    tried: tuple[Tried, ...]
    band: tuple[float, float] | None
    ended: str

    @property
    def middle(self) -> float | None:
        """A rate in the middle of the band, in one digit."""
        return None if self.band is None else float(f"{math.sqrt(self.band[0] * self.band[1]):.0e}")

    def to_json(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {**asdict(self), "middle": self.middle}


def find_rates(config: Config, each: Callable[[Tried], None] = lambda _: None) -> Rates:
    """Train a copy of what the config asks for with a rate that rises by the step, and tell of the loss; `each` is told
    of every step. Nothing is written, and all random generators are as before afterwards.

    Raises what `begin` raises for a config that cannot be trained.
    """
    before = rng.capture()
    try:
        plain = {"scheduler": "none", "warmup": 0, "refit": False}
        session = begin(validate(merge(config.to_dict(), {"training": plain})))
        tried = list[Tried]()
        with session.generators.turn(), session.working():
            first = _loss(session)
            for one in _steps(session):
                tried.append(one)
                each(one)
                if not one.loss < EXPLODED * first:
                    break
    finally:
        rng.restore(before)
    exploded = not tried[-1].loss < EXPLODED * first
    ended = f"exploded at {tried[-1].rate:.2g}" if exploded else "never exploded"
    return Rates(tuple(tried), band_of(tried, first), ended)


def _steps(session: Session) -> Iterator[Tried]:
    """One step after another, epoch after epoch, each with a larger rate."""
    for place in range(STEPS + 1):
        at = place % session.total_steps
        if not at:
            session.step = 0
            session.begin_epoch()
        rate = LEAST * (MOST / LEAST) ** (place / STEPS)
        session.steps.run(at, [rate])
        session.step = at + 1
        yield Tried(rate, _loss(session))


def _loss(session: Session) -> float:
    """The loss of the rows that are looked at, as the network is now."""
    rows = session.prepared.train
    rows = rows.take(evenly(len(rows), LOOKED_AT))
    return session.loss(answer(session.module, rows.x, session.to_input), rows.y, rows.weights).item()


def band_of(tried: Sequence[Tried], first: float) -> tuple[float, float] | None:
    """The rates around the steepest fall of the loss, in logarithms of the rate, and well below that of the least loss
    before it first rises; None where the loss hardly fell below the `first` one."""
    known = [one for one in tried if math.isfinite(one.loss)]
    if len(known) < 2 * NEAR:
        return None
    losses = smooth([min(one.loss, EXPLODED * first) for one in known])
    least = _turn(losses, first)
    if losses[least] > first * (1 - FALL) or least < 2:
        return None
    falls = [losses[place] - losses[place + 1] for place in range(least)]
    steepest = max(range(least), key=falls.__getitem__)
    low = next(place for place in count(steepest, -1) if not place or falls[place - 1] < STEEP * falls[steepest])
    high = next((place for place in range(steepest, least) if falls[place] < STEEP * falls[steepest]), least)
    top = max(min(known[high].rate, known[least].rate / BEFORE_LEAST), known[low].rate)
    return min(known[low].rate, top / NARROWEST), top


def _turn(losses: Sequence[float], first: float) -> int:
    """The place of the least loss before it rises for the first time, after it has fallen: what comes after is a loss
    that jumps about, however low it comes."""
    least = 0
    for place, loss in enumerate(losses):
        if loss < losses[least]:
            least = place
        elif losses[least] < first * (1 - FALL) and loss - losses[least] > RISE * (first - losses[least]):
            break
    return least


def smooth(values: Sequence[float]) -> list[float]:
    """The mean over some neighbours of each value."""
    return [
        sum(near) / len(near)
        for near in (values[max(0, place - NEAR) : place + NEAR + 1] for place in range(len(values)))
    ]
