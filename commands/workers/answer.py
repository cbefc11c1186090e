"""How a process answers a screen that has started it for one answer: in a file, at leisure, and for no longer than
somebody waits."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from threading import Thread
from typing import BinaryIO

POLITE = 10  # steps by which its priority is lower than the screen's


@contextmanager
def answer_file() -> Generator[BinaryIO]:
    """The file of the answer, which is what standard output is at the beginning: what libraries print goes to standard
    error. The process is of a low priority from then on, and ends when its standard input does."""
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        Thread(target=_end_with_input, args=(sys.stdin,), daemon=True).start()
        sys.stdin = io.TextIOWrapper(io.BytesIO())  # a data set called "-" has nothing to wait for
        if hasattr(os, "nice"):
            os.nice(POLITE)
        yield out


def _end_with_input(stream: io.TextIOBase) -> None:
    stream.read()
    os._exit(1)
