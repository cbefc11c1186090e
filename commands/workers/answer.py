"""How a process answers a screen that has started it for one answer: on its standard output, at leisure, and for no
longer than somebody waits."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from threading import Thread
from typing import BinaryIO

POLITE = 10  # steps by which its priority is lower than the screen's


def answer(write: Callable[[str, BinaryIO], None]) -> int:
    """Have the answer to the only argument written to what standard output is at the beginning; returns the exit code,
    with a sentence on stderr where that failed.

    What libraries print goes to standard error. The process is of a low priority from then on, and ends when its
    standard input does.
    """
    from ...engine.signals import end, handle

    handle(end)
    from ...engine.errors import NnlabError
    from ..app import say_bug

    sys.excepthook = say_bug
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        Thread(target=_end_with_input, args=(sys.stdin,), daemon=True).start()
        sys.stdin = io.TextIOWrapper(io.BytesIO())  # a data set called "-" has nothing to wait for
        if hasattr(os, "nice"):
            os.nice(POLITE)
        try:
            write(sys.argv[1], out)
        except NnlabError as error:
            sys.stderr.write(f"Error: {error}\n")
            return error.exit_code
        except OSError as error:
            sys.stderr.write(f"Error: {sys.argv[1]} cannot be read: {error.strerror or error}.\n")
            return 1
    return 0


def _end_with_input(stream: io.TextIOBase) -> None:
    stream.read()
    os._exit(1)
