"""Signals as flags: the first Ctrl-C or SIGTERM asks the training to save and stop, the second stops it at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from ..events import StoppedBy


@dataclass
class StopRequest:
    """Why a training should stop at the next step, if it should."""

    reason: StoppedBy | None = None


@contextmanager
def stop_on_signals() -> Generator[StopRequest]:
    """Within the block, SIGINT and SIGTERM set the request; a second one raises KeyboardInterrupt.

    Handlers are put back on leaving. Outside the main thread, where signals cannot be caught, nothing is installed.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return

    def handle(number: int, _frame: FrameType | None) -> None:
        if request.reason is not None:
            raise KeyboardInterrupt
        request.reason = "interrupt" if number == signal.SIGINT else "terminated"

    previous = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield request
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
