"""Event files, read by a reader of our own that is written from the format's description, with its own CRC-32C."""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Iterator
from typing import Any

import pytest

from nnlab.engine.trackers.tensorboard import EventFile, export

RECORDS = [
    {"epoch": 1, "loss_train": 0.7, "loss_valid": 0.6, "lr": 0.01, "seconds": 2.0},
    {"epoch": 2, "loss_train": 0.5, "loss_valid": math.nan, "lr": 0.01, "seconds": 3.0},
    {"epoch": 300, "loss_train": 1e300, "loss_valid": math.inf, "lr": 0.01, "seconds": 1.0},
]


def crc32c(data: bytes) -> int:
    """Bit by bit, as RFC 3720 has it."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def unmasked(data: bytes) -> int:
    """The checksum that stands in a file."""
    rotated = (int.from_bytes(data, "little") - 0xA282EAD8) % 2**32
    return (rotated >> 17 | rotated << 15) % 2**32


def records(data: bytes) -> Iterator[bytes]:
    """The records, each with both its checksums right."""
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        assert unmasked(data[8:12]) == crc32c(data[:8])
        body = data[12 : 12 + length]
        assert unmasked(data[12 + length : 16 + length]) == crc32c(body)
        yield body
        data = data[16 + length :]


def fields(body: bytes) -> list[tuple[int, Any]]:
    """The fields of a message, numbers read and the rest as bytes."""
    found: list[tuple[int, Any]] = []

    def varint() -> int:
        nonlocal body
        value = shift = 0
        while True:
            byte, body = body[0], body[1:]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while body:
        key = varint()
        kind = key & 7
        if kind == 0:
            found.append((key >> 3, varint()))
            continue
        size = {1: 8, 5: 4}.get(kind) or varint()
        part, body = body[:size], body[size:]
        form = {1: "<d", 5: "<f"}.get(kind)
        found.append((key >> 3, struct.unpack(form, part)[0] if form else part))
    return found


def test_the_checksum_is_the_standards():
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(b"\0" * 32) == 0x8A9136AA


def test_a_run_is_written_as_tensorboard_reads_it():
    out = io.BytesIO()
    export(RECORDS, "a = 1\nb = <2>", out, 1000.0)
    version, config, *epochs = [dict(fields(one)) for one in records(out.getvalue())]
    assert version == {1: 994.0, 3: b"brain.Event:2"}
    value = dict(fields(dict(fields(config[5]))[1]))
    assert value[1] == b"config/text_summary"
    assert dict(fields(value[8]))[8] == b"    a = 1\n    b = <2>"
    assert dict(fields(dict(fields(value[9]))[1]))[1] == b"text"
    assert [(epoch[1], epoch[2]) for epoch in epochs] == [(996.0, 1), (999.0, 2), (1000.0, 300)]
    told = [{dict(fields(one))[1].decode(): dict(fields(one))[2] for _, one in fields(epoch[5])} for epoch in epochs]
    assert list(told[0]) == ["loss/train", "loss/valid", "lr", "seconds"]
    assert told[0]["loss/train"] == pytest.approx(0.7)
    assert math.isnan(told[1]["loss/valid"])
    assert told[2]["loss/train"] == pytest.approx(3.4e38, rel=0.01)


def test_a_file_that_grows_is_whole_after_each_epoch():
    out = io.BytesIO()
    file = EventFile(out, 1.0)
    for step in range(5):
        file.scalars({"loss/train": step}, step, 2.0)
        assert len(list(records(out.getvalue()))) == step + 2
