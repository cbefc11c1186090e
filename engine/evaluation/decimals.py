"""Decimal commas in rows to predict, for networks that learnt from decimal points."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection
from typing import Any, BinaryIO

SAMPLE = 4 * 2**20  # bytes that are looked at

_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+([eE][-+]?[0-9]+)?")
_POINT = re.compile(r"[-+]?[0-9]*\.[0-9]+([eE][-+]?[0-9]+)?")
_THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2}(,[0-9]{3})+")


class Rejoined(io.RawIOBase):
    """A stream whose beginning was read already."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self.head, self.rest = memoryview(head), rest

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer, from the beginning first."""
        part = self.head[: len(buffer)] if self.head else memoryview(self.rest.read(len(buffer)))
        self.head = self.head[len(part) :]
        buffer[: len(part)] = part
        return len(part)


def decimal_point(sample: bytes, delimiter: str, places: Collection[int]) -> str:
    """The sign between whole and fraction in the columns of numbers at these places: `,` where no other reading is
    possible, since none of them has a point and some have a comma that cannot part thousands; else `.`."""
    if delimiter == "," or b"," not in sample:
        return "."
    text = io.StringIO(sample.decode("utf-8", errors="replace"))
    try:
        rows = list(csv.reader(text, delimiter=delimiter))[: -1 if len(sample) >= SAMPLE else None]
    except csv.Error:
        return "."
    values = [row[place].strip() for row in rows for place in places if place < len(row)]
    sure = any(_COMMA.fullmatch(value) and not _THOUSANDS.fullmatch(value) for value in values)
    return "," if sure and not any(_POINT.fullmatch(value) for value in values) else "."
