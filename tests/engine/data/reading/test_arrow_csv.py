"""Arrow's threads have let go of a stream when what was read of it is there: Python may end at once."""

from __future__ import annotations

import io
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.csv
import pytest

from nnlab.engine.data.reading.arrow_csv import read_batches, read_whole

BLOCK = 1000
ROWS = b"a,b\n" + b"1,2\n" * 20_000


class Slow(io.RawIOBase):
    """A stream whose bytes take their time."""

    def __init__(self, text: bytes) -> None:
        self.rest = io.BytesIO(text)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        time.sleep(0.02)
        return self.rest.readinto(buffer)


def batches(stream: BinaryIO, **options: Any) -> pa.Table:
    return pa.Table.from_batches(read_batches(stream, **options))


def first_of(stream: BinaryIO, **options: Any) -> None:
    rows = read_batches(stream, **options)
    next(iter(rows))
    raise pa.ArrowInvalid("no more is wanted")


@pytest.mark.parametrize("read", [read_whole, batches, first_of])
@pytest.mark.parametrize("text", [ROWS, ROWS[:4] + b"1,2,3\n" + ROWS[4:]], ids=["sound", "ragged"])
def test_nothing_reads_or_holds_a_stream_that_is_done_with(read: Callable[..., Any], text: bytes):
    stream = Slow(text)
    kept = weakref.ref(stream)
    began = time.monotonic()
    with suppress(pa.ArrowInvalid):
        read(stream, read_options=pyarrow.csv.ReadOptions(block_size=BLOCK))
    took = time.monotonic() - began
    del stream
    assert kept() is None
    assert took < 5
