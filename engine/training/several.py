"""Several networks for one data set: their steps are taken together where each is small, else one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ..config import Config
from ..data.dataset import Dataset
from ..data.sources import load
from ..events import Event, Noted, RunFinished
from ..runs.folder import RunFolder
from .interrupt import StopRequest
from .pack import hindrance
from .session import Session, begin
from .together import train_together
from .train import run

MOST_TOGETHER = 64  # trainings
MOST_HELD = 2**29  # bytes of rows that they may hold

Claim = Callable[[int], RunFolder | None]
"""Makes the folder of the training at this place, from 0."""


@dataclass(frozen=True)
class Trained:
    """A network that is trained: its place among the others, what it told last, and the notes it told, but for what was
    chosen for its data. `alone` is why it was not trained together with them, empty where it was."""

    place: int
    session: Session
    finished: RunFinished
    notes: tuple[str, ...]
    alone: str = ""


def train_several(
    configs: Sequence[Config], claim: Claim, stop: StopRequest, *, dataset: Dataset | None = None
) -> Iterator[Trained]:
    """Train a network for each config, all of the same data, and yield each in turn once it and those before it are
    done; a stop ends those under way, unyielded, and all others.

    Each is trained as `run` trains it alone. Where they differ in little and are so small that a step is all overhead,
    their steps are taken together (`pack`). `claim` makes the run folder of each, once data and network are known to
    fit; from then on `stop` is patient. Raises what `begin` and `run` raise.
    """
    dataset = dataset or load(configs[0].data, configs[0].prepare)
    first = begin(configs[0], dataset=dataset)
    why = "there is no other" if len(configs) < 2 else hindrance([first])
    size = 1 if why else max(1, min(MOST_TOGETHER, MOST_HELD // max(1, _bytes(first))))
    ready = [first]
    for place in range(0, len(configs), size):
        sessions = ready + [begin(each, dataset=dataset) for each in configs[place + len(ready) : place + size]]
        ready = []
        if stop.reason is not None:
            return
        stop.patient = True
        apart = why or (hindrance(sessions) if len(sessions) > 1 else "there is no other")
        yield from _in_turn(sessions, place, claim, stop, apart) if apart else _together(sessions, place, claim, stop)
        if stop.reason is not None:
            return


def _in_turn(sessions: Sequence[Session], first: int, claim: Claim, stop: StopRequest, alone: str) -> Iterator[Trained]:
    for place, session in enumerate(sessions, start=first):
        told = [event for event in run(session, claim(place), stop) if isinstance(event, RunFinished | Noted)]
        if stop.reason is not None:
            return
        yield _trained(place, session, told, alone)


def _together(sessions: Sequence[Session], first: int, claim: Claim, stop: StopRequest) -> Iterator[Trained]:
    trainings = [run(session, claim(place), stop) for place, session in enumerate(sessions, start=first)]
    told: list[list[RunFinished | Noted]] = [[] for _ in sessions]
    over: set[int] = set()
    done = 0
    for place, event in train_together(sessions, trainings):
        if isinstance(event, RunFinished | Noted):
            told[place].append(event)
        if isinstance(event, RunFinished):
            over.add(place)
        while stop.reason is None and done in over:
            yield _trained(first + done, sessions[done], told[done])
            done += 1


def _trained(place: int, session: Session, told: Sequence[Event], alone: str = "") -> Trained:
    """What became of a network that told this."""
    finished = [event for event in told if isinstance(event, RunFinished)][-1]
    notes = tuple(event.text for event in told if isinstance(event, Noted) and event.level != "choice")
    return Trained(place, session, finished, notes, alone)


def _bytes(session: Session) -> int:
    return sum(rows.x[:1].nbytes * len(rows) for rows in session.prepared.splits.values())
