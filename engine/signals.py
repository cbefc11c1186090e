"""What Ctrl-C, SIGTERM and a hang-up do: as long as nobody says otherwise, they end the process at once.

No handler here raises an exception. Python calls handlers between any two of its instructions, so an exception would
come out of nowhere: in the middle of an import it is swallowed, or leaves a module half loaded. Imports nothing that
takes time, so that it can be used before anything else is.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))

Handler = Callable[[int], object]


def end(number: int) -> NoReturn:
    """End the process now, with 128 + the signal's number, as a shell tells it. What was printed is still passed on."""
    with suppress(OSError, RuntimeError, ValueError):  # nobody takes it, or it was being passed on when the signal came
        sys.stdout.flush()
    os._exit(128 + number)


def handle(handler: Handler) -> dict[int, Any]:
    """From now on, SIGINT, SIGTERM and SIGHUP call this with their number; returns the handlers that were there.

    What is ignored stays ignored: a run under `nohup` outlives its terminal. Outside the main thread, where signals
    cannot be caught, nothing happens.
    """
    if threading.current_thread() is not threading.main_thread():
        return {}

    def call(number: int, _frame: FrameType | None) -> None:
        handler(number)

    caught = [number for number in SIGNALS if signal.getsignal(number) not in (signal.SIG_IGN, None)]
    return {number: signal.signal(number, call) for number in caught}


@contextmanager
def handling(handler: Handler) -> Generator[None]:
    """The same within the block; the handlers from before are put back on leaving."""
    previous = handle(handler)
    try:
        yield
    finally:
        for number, before in previous.items():
            signal.signal(number, before)
