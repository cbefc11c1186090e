"""What is done with the lab's run: at first, and by keys."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..trainer.launch import Start
    from ..trainer.monitor import RunMonitor
    from .lesson import LabLesson
    from .session import LabSession

Network = tuple[str, Sequence[str]]
LabAction = Callable[["LabSession"], object]

LAB_ACTIONS: dict[str, LabAction] = {
    "epoch": lambda session: session.one_epoch(),
    "faster": lambda session: session.change_speed(1),
    "slower": lambda session: session.change_speed(-1),
    "reset": lambda session: session.reset(),
    "seed": lambda session: session.new_seed(random.randrange(1, 1000)),
    "keep": lambda session: session.keep(),
    "leave": lambda session: session.leave(),
}


def know(networks: Sequence[str]) -> LabAction:
    """Offer these networks of the user's own."""
    return lambda session: session.lab.know(networks)


def know_columns(data: str, names: Sequence[str]) -> LabAction:
    """Offer these columns of a table of the user's as its target."""
    return lambda session: session.lab.know_columns(data, names)


def first_session(
    data: str,
    network: Network,
    owned: list[RunMonitor],
    start: Start,
    clock: Callable[[], float],
    lesson: LabLesson | None = None,
) -> LabSession:
    """A lab with this data and network, or those of a lesson, that is ready to play; it says what is wrong with them,
    or how to go on."""
    from .choices import opened
    from .session import LabSession
    from .words import on_screen

    lab, said = (lesson.lab(), "") if lesson is not None else opened(data, *network)
    session = LabSession(lab, owned, start, clock)
    session.said = on_screen(said) or "space plays; ↑↓ choose a setting, ←→ change it; ? shows all keys"
    session.begin(going=False)
    return session
