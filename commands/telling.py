"""Telling others of a training while it goes on: processes that follow its folder, beside it and never in a step."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from ..engine.events import Event, RunStarted
from ..engine.trackers.wishes import Wishes
from .console import Console

LAST = 10.0  # seconds that those who tell have when the training is over


def followed(events: Iterator[Event], wishes: Wishes, console: Console) -> Iterator[Event]:
    """The same events; whoever is to be told of the run hears of it from the moment when its log says it began."""
    tellers: list[subprocess.Popen[bytes]] = []
    try:
        for event in events:
            if isinstance(event, RunStarted) and not tellers:
                tellers = [_started(body) for body in _bodies(event.dir, wishes)]
            yield event
    finally:
        end = time.monotonic() + LAST
        late = [teller for teller in tellers if not _ended(teller, end)]
        if late:
            console.warn("not all logs and messages are sent yet: they go on without this process")


def _bodies(folder: str, wishes: Wishes) -> Iterator[dict[str, Any]]:
    """What each of the processes is asked to do."""
    plain = {"folder": folder, "log": None, "notify": [], "terminal": wishes.terminal}
    for log in wishes.logs:
        yield {**plain, "log": log}
    if wishes.notify:
        yield {**plain, "notify": wishes.notify}


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
