"""Signals as flags: the first Ctrl-C, SIGTERM or hang-up asks the training to save and stop, the second ends it."""

from __future__ import annotations

import signal
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from ..events import StoppedBy
from ..signals import end, handling


@dataclass
class StopRequest:
    """Why a training should stop at the next step, if it should.

    `patient` is true from when a run's folder is made or opened: what is there is finished, saved and told first.
    Before that a signal ends the process at once. `signal` is the first signal's number, 0 if none came.
    """

    reason: StoppedBy | None = None
    patient: bool = False
    signal: int = 0


@contextmanager
def stop_on_signals() -> Generator[StopRequest]:
    """Within the block, SIGINT, SIGTERM and SIGHUP set the request, once it is `patient`.

    Any before that and any second one ends the process at once, with 128 + the signal's number and no exception.
    """
    request = StopRequest()

    def take(number: int) -> None:
        if request.signal or not request.patient:
            end(number)
        request.signal = number
        request.reason = request.reason or ("interrupt" if number == signal.SIGINT else "terminated")

    with handling(take):
        yield request
