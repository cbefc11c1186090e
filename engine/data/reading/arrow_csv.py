"""Arrow's readers of CSV for streams of Python's, of which its threads let go before anything else goes on: a thread
that still reads one, or frees it, while Python ends takes the process down with it."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.csv

from .streams import rejoined

PATIENCE = 1.0  # seconds until Arrow's threads are left alone: a pipe from which they read may stay silent for ever


def read_whole(stream: BinaryIO, **options: Any) -> pa.Table:
    """All rows at once, with the options of `pyarrow.csv.read_csv`, which raises what it does."""
    file, free = _lent(stream)
    try:
        return pyarrow.csv.read_csv(file, **options)
    finally:
        del file
        free.wait(PATIENCE)


def read_batches(stream: BinaryIO, **options: Any) -> Iterator[pa.RecordBatch]:
    """Rows as they come, with the options of `pyarrow.csv.open_csv`, which raises what it does."""
    file, free = _lent(stream)
    try:
        yield from pyarrow.csv.open_csv(file, **options)
    finally:
        del file
        free.wait(PATIENCE)


def _lent(stream: BinaryIO) -> tuple[pa.PythonFile, threading.Event]:
    """The stream as a file of Arrow's, and what is set once nobody has that any more."""
    lent, free = rejoined(b"", stream), threading.Event()
    weakref.finalize(lent, free.set).atexit = False
    return pa.PythonFile(lent, "r"), free
