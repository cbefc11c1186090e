"""Telling others of trainings while they go on: processes beside them, never in a step."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Any

from ..engine.errors import NnlabError
from ..engine.events import Event, RunStarted
from ..engine.trackers.messages import Message
from ..engine.trackers.wishes import Wishes
from .console import Console

LAST = 10.0  # seconds that those who tell have when the training is over

Asking = Callable[[dict[str, Any]], None]
"""Starts a process that tells what it is asked to."""


def followed(events: Iterator[Event], wishes: Wishes, console: Console) -> Iterator[Event]:
    """The same events; whoever is to be told of the run hears of it from the moment when its log says it began."""
    with _tellers(console) as ask:
        begun = False
        for event in events:
            if isinstance(event, RunStarted) and not begun:
                begun = True
                _follow(ask, wishes, folder=event.dir)
            yield event


@contextmanager
def sweep_followed(folder: str, begun: int, wishes: Wishes | None, console: Console) -> Generator[None]:
    """Whoever is to be told of the sweep in this folder, whose log has so many bytes, hears of it in the block."""
    with _tellers(console) as ask:
        if wishes is not None:
            _follow(ask, wishes, sweep=folder, begun=begun)
        yield


@dataclass(frozen=True)
class Series:
    """Several runs of which others are told: of each when it is over, and of all in one message."""

    name: str
    wishes: Wishes | None
    ask: Asking

    def over(self, folder: str) -> None:
        """The run in this folder is over: log it."""
        for log in self.wishes.logs if self.wishes else ():
            self.ask({"folder": folder, "log": log})

    def say(self, what: str, title: str, text: str) -> None:
        """Send a message about all of them."""
        if self.wishes and self.wishes.notify:
            message = Message(self.name, what, f"nnlab: {self.name} {title}", text)
            self.ask({"message": asdict(message), "notify": self.wishes.notify, "terminal": self.wishes.terminal})


@contextmanager
def series_told(name: str, wishes: Wishes | None, console: Console) -> Generator[Series]:
    """Several runs by a name for all of them; what goes wrong in the block is told as well."""
    with _tellers(console) as ask:
        series = Series(name, wishes, ask)
        try:
            yield series
        except NnlabError as error:
            series.say("failed", "failed", str(error))
            raise


@contextmanager
def _tellers(console: Console) -> Generator[Asking]:
    """Processes that tell what they are asked to; after the block they have a while to end."""
    tellers: list[subprocess.Popen[bytes]] = []
    try:
        yield lambda body: tellers.append(_started(body))
    finally:
        end = time.monotonic() + LAST
        late = [teller for teller in tellers if not _ended(teller, end)]
        if late:
            console.warn("not all logs and messages are sent yet: they go on without this process")


def _follow(ask: Asking, wishes: Wishes, **place: Any) -> None:
    """Have what is there followed: by a process for each log, and by one for all messages."""
    for log in wishes.logs:
        ask({**place, "log": log})
    if wishes.notify:
        ask({**place, "notify": wishes.notify, "terminal": wishes.terminal})


def _started(body: dict[str, Any]) -> subprocess.Popen[bytes]:
    """A process that does this. It has a session of its own: what ends the training, or its terminal, is to be told."""
    command = [sys.executable, "-P", "-m", "nnlab.commands.workers.teller"]
    teller = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)
    assert teller.stdin is not None
    with suppress(BrokenPipeError), teller.stdin as pipe:
        pipe.write(json.dumps(body).encode() + b"\n")
    return teller


def _ended(teller: subprocess.Popen[bytes], end: float) -> bool:
    try:
        teller.wait(max(0.0, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        return False
    return True
