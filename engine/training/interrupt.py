"""Signals as flags: the first Ctrl-C, SIGTERM or hang-up asks the training to save and stop, the second stops it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from ..events import StoppedBy

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@dataclass
class StopRequest:
    """Why a training should stop at the next step, if it should.

    `patient` is true while there is something to save; before that a signal ends the process at once. `signal` is the
    first signal's number, 0 if none came.
    """

    reason: StoppedBy | None = None
    patient: bool = False
    signal: int = 0


@contextmanager
def stop_on_signals() -> Generator[StopRequest]:
    """Within the block, SIGINT, SIGTERM and SIGHUP set the request, once it is `patient`.

    Any before that and any second one raises SystemExit with 128 + the signal's number.

    What is ignored stays ignored: a run under `nohup` outlives its terminal. Handlers are put back on leaving. Outside
    the main thread, where signals cannot be caught, nothing is installed.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return

    def handle(number: int, _frame: FrameType | None) -> None:
        if request.signal or not request.patient:
            raise SystemExit(128 + number)
        request.signal = number
        request.reason = request.reason or ("interrupt" if number == signal.SIGINT else "terminated")

    caught = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    previous = {number: signal.signal(number, handle) for number in caught}
    try:
        yield request
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
