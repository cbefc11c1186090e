"""The scalars in event files, as TensorBoard's own writers, PyTorch's and Keras's leave them, read without it.

They may come from anywhere: no record is read that is longer than a scalar needs, and a checksum that is wrong is said.
`tensorboard.py` writes such files and says what they are made of.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ..errors import UsageError
from .tensorboard import BYTES, FIXED32, FIXED64, VARINT, checksum

LONGEST = 1 << 16  # bytes of a record; one of a picture or a text is passed over
HEAD = struct.Struct("<Q4s")
LARGEST_STEP = 2**53
SINGLE, DOUBLE = 1, 2  # a tensor's types

Field = tuple[int, int | bytes]


class Scalar(NamedTuple):
    """A number by its tag, at a step."""

    tag: str
    step: int
    value: float


def is_event_file(path: Path) -> bool:
    """Whether a file is one by its name, as TensorBoard goes by it."""
    return ".tfevents." in path.name


def scalars_in(path: Path) -> Iterator[Scalar]:
    """Its scalars in the order in which they were written; a record that is not whole, as of a writer that still
    writes, is the end. UsageError where it is damaged or no event file, OSError where it cannot be read."""
    with path.open("rb") as file:
        for number, body in enumerate(_records(file), 1):
            try:
                yield from _scalars(body)
            except (ValueError, IndexError, struct.error):
                raise UsageError(f"{path}: record {number:,} is no event: this is not TensorBoard's.") from None


def _records(file: BinaryIO) -> Iterator[bytes]:
    number = 0
    while len(head := file.read(HEAD.size)) == HEAD.size:
        number += 1
        length, check = HEAD.unpack(head)
        damaged = UsageError(f"{file.name}: record {number:,} is damaged, or this is no event file of TensorBoard's.")
        if checksum(head[:8]) != check:
            raise damaged
        if length > LONGEST:
            file.seek(length + 4, 1)
            continue
        body, check = file.read(length), file.read(4)
        if len(check) < 4:
            return
        if checksum(body) != check:
            raise damaged
        yield body


def _scalars(body: bytes) -> Iterator[Scalar]:
    """The scalars of an `Event`: its step (2), a summary (5) of values (1)."""
    event = dict(_fields(body))
    summary, step = event.get(5, b""), event.get(2, 0)
    if not isinstance(summary, bytes) or not isinstance(step, int) or step > LARGEST_STEP:
        raise ValueError(step)
    for place, value in _fields(summary):
        if place == 1 and isinstance(value, bytes):
            found = dict(_fields(value))  # its tag (1), a number (2) or a tensor (8)
            tag, number = found.get(1), _number(found)
            if isinstance(tag, bytes) and number is not None:
                yield Scalar(tag.decode("utf-8", "replace"), step, number)


def _number(value: dict[int, int | bytes]) -> float | None:
    """The number that a summary's value holds; None where it is something else, as a picture or a text."""
    single, tensor = value.get(2), value.get(8)
    if isinstance(single, bytes) and len(single) == 4:
        return struct.unpack("<f", single)[0]
    if not isinstance(tensor, bytes):
        return None
    held = dict(_fields(tensor))  # its type (1), the numbers as they lie in memory (4), or in a list (5, 6)
    kind = held.get(1)
    if kind not in (SINGLE, DOUBLE):
        return None
    form, size, listed = ("<f", 4, 5) if kind == SINGLE else ("<d", 8, 6)
    content = held.get(4) or held.get(listed)
    return struct.unpack(form, content)[0] if isinstance(content, bytes) and len(content) == size else None


def _fields(body: bytes) -> Iterator[Field]:
    """The fields of a message by their numbers: whole numbers as such, all else as bytes. ValueError or IndexError
    where it is none."""
    place = 0
    while place < len(body):
        key, place = _varint(body, place)
        kind = key & 7
        if kind == VARINT:
            value, place = _varint(body, place)
            yield key >> 3, value
            continue
        if kind == BYTES:
            length, place = _varint(body, place)
        elif kind in (FIXED32, FIXED64):
            length = 4 if kind == FIXED32 else 8
        else:
            raise ValueError(f"wire type {kind}")
        if place + length > len(body):
            raise ValueError("cut off")
        yield key >> 3, body[place : place + length]
        place += length


def _varint(body: bytes, place: int) -> tuple[int, int]:
    """A whole number that begins at this place, and the place behind it."""
    value = shift = 0
    while True:
        byte = body[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
        if shift > 63:
            raise ValueError("too long a number")
