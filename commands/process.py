"""How a process of nnlab's begins, before anything heavy is imported: its streams, signals, memory and threads."""

from __future__ import annotations

import gc
import os
import sys

from ..engine.signals import end, handle

COLLECT = (50_000, 20, 50)  # not every 700 new objects: that takes a tenth of the time of a start


def begin() -> None:
    """Set this process up. Until a command says otherwise, a signal ends it at once."""
    _open_streams()
    handle(end)
    gc.set_threshold(*COLLECT)
    # OpenMP's threads spin while they wait for each other, which beside any other busy process (a live screen, a second
    # training) costs several times the work itself. A short spin keeps nearly all of the speed of a quiet machine.
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # NumPy's work here is small; torch has threads of its own


def _open_streams() -> None:
    """Give closed standard streams (`nnlab ... >&-`) a place to go, before a file takes their number."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)
            if descriptor != number:
                os.dup2(descriptor, number)
                os.close(descriptor)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
