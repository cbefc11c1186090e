"""Several trainings in one process that take their steps together, each with events and a run folder of its own."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

from ..events import EpochEnded, Event
from .pack import Member, Pack, members
from .session import Session
from .steps import WAITING


def train_together(sessions: Sequence[Session], trainings: Sequence[Iterator[Event]]) -> Iterator[tuple[int, Event]]:
    """The events of trainings, as `run` yields them for each of the sessions, each with its place among them.

    Epoch by epoch they take their steps together. Whoever ends leaves, and whoever's settings are changed goes on
    alone. `pack.hindrance` must have nothing against it. Raises what `run` raises; who closes this ends all trainings.
    """
    live = members(sessions, trainings)
    pack = Pack(live)
    try:
        while live:
            for member in live:
                yield from _advance(member)
                member.packed = member.packed and member.session.steps.together
            live = [member for member in live if not member.over]
            pack = _taken(pack, [member for member in live if member.packed])
    finally:
        for training in trainings:
            if isinstance(training, Generator):
                training.close()


def _advance(member: Member) -> Iterator[tuple[int, Event]]:
    """What a training tells until it waits for the others; of one that goes on alone, an epoch."""
    while True:
        with member.turn():
            event = next(member.events, None)
        if event is None:
            member.over = True
            return
        if event is WAITING:
            return
        yield member.place, event
        if isinstance(event, EpochEnded) and not member.packed:
            return


def _taken(pack: Pack, waiting: list[Member]) -> Pack:
    """Have the steps of an epoch taken by those who wait for it, in a pack of their own where they are few by now."""
    if 1 < len(waiting) <= len(pack.members) // 2:
        pack = Pack(waiting)
    if len(waiting) > 1:
        with waiting[0].session.working():
            pack.take(waiting)
    for member in waiting[:1] if len(waiting) == 1 else ():
        member.session.steps.together = member.packed = False
    return pack
