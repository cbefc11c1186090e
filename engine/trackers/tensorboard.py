"""Event files as TensorBoard reads them, written without it: records with a checksum, each an `Event` of its protocol.

A record is its length (8 bytes), a checksum of that, the bytes and a checksum of these. The checksum is CRC-32C,
rotated and shifted as TensorFlow's. Of the protocol's messages only what is needed here is encoded.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

POLYNOMIAL, ROTATED, MASK = 0x82F63B78, 15, 0xA282EAD8
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5  # how a field of a message is encoded
LARGEST = 3.4028234663852886e38  # a float of four bytes
STRING = 7  # a tensor's type
ENDING = ".nnlab"


def file_in(folder: Path, seconds: int) -> Path:
    """Where a run's event file lies; TensorBoard knows it by its name."""
    return folder / f"events.out.tfevents.{seconds:010d}{ENDING}"


class EventFile:
    """An event file that is being written. OSError where that cannot be."""

    def __init__(self, file: BinaryIO, wall: float) -> None:
        self._file = file
        self._write(_double(1, wall) + _bytes(3, b"brain.Event:2"))

    def scalars(self, values: Mapping[str, float], step: int, wall: float) -> None:
        """Numbers by their tags."""
        summary = b"".join(_bytes(1, _bytes(1, tag.encode()) + _float(2, value)) for tag, value in values.items())
        self._write(_double(1, wall) + _whole(2, step) + _bytes(5, summary))
        self._file.flush()

    def text(self, tag: str, text: str, wall: float) -> None:
        """A text, which TensorBoard shows as Markdown."""
        tensor = _whole(1, STRING) + _bytes(2, _bytes(2, _whole(1, 1))) + _bytes(8, text.encode("utf-8", "replace"))
        metadata = _bytes(1, _bytes(1, b"text"))
        value = _bytes(1, f"{tag}/text_summary".encode()) + _bytes(9, metadata) + _bytes(8, tensor)
        self._write(_double(1, wall) + _bytes(5, _bytes(1, value)))
        self._file.flush()

    def _write(self, event: bytes) -> None:
        length = struct.pack("<Q", len(event))
        self._file.write(length + checksum(length) + event + checksum(event))


def tags_of(record: Mapping[str, float]) -> dict[str, float]:
    """An epoch's values by their tags: `loss/train` and `loss/valid` are drawn in one chart's group."""
    named = ((key.partition("_"), value) for key, value in record.items() if key != "epoch")
    return {f"{one}/{rest}" if rest else one: value for (one, _, rest), value in named}


def export(history: Iterable[Mapping[str, float]], config: str, file: BinaryIO, end: float) -> None:
    """A whole run, which ended at this time (seconds since 1970), into one event file. `config` is shown as a text."""
    records = list(history)
    wall = end - sum(record.get("seconds", 0.0) for record in records)
    events = EventFile(file, wall)
    events.text("config", as_markdown(config), wall)
    for record in records:
        wall += record.get("seconds", 0.0)
        events.scalars(tags_of(record), int(record["epoch"]), wall)


def as_markdown(text: str) -> str:
    """A text as Markdown that shows it as it stands."""
    return "\n".join(f"    {line}" for line in text.splitlines())


def _table() -> tuple[int, ...]:
    found: list[int] = []
    for number in range(256):
        value = number
        for _ in range(8):
            value = value >> 1 ^ (POLYNOMIAL if value & 1 else 0)
        found.append(value)
    return tuple(found)


_TABLE = _table()


def checksum(data: bytes) -> bytes:
    """The CRC-32C of these bytes, rotated and shifted, as it stands after them in a file."""
    value = 0xFFFFFFFF
    for byte in data:
        value = _TABLE[(value ^ byte) & 0xFF] ^ value >> 8
    value ^= 0xFFFFFFFF
    rotated = (value >> ROTATED | value << (32 - ROTATED)) & 0xFFFFFFFF
    return struct.pack("<I", (rotated + MASK) & 0xFFFFFFFF)


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def _whole(field: int, value: int) -> bytes:
    return _varint(field << 3 | VARINT) + _varint(value)


def _double(field: int, value: float) -> bytes:
    return _varint(field << 3 | FIXED64) + struct.pack("<d", value)


def _float(field: int, value: float) -> bytes:
    kept = value if math.isnan(value) else max(-LARGEST, min(value, LARGEST))
    return _varint(field << 3 | FIXED32) + struct.pack("<f", kept)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | BYTES) + _varint(len(value)) + value
