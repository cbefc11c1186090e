"""Bytes as they come, from files and pipes: decompressed and changed, without more in memory than a block."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, cast

import pyarrow as pa

from ...errors import UsageError

MAGIC = {b"\x1f\x8b": ".gz", b"BZh": ".bz2", b"\xfd7zXZ\x00": ".xz", b"\x28\xb5\x2f\xfd": ".zst"}
DAMAGED = (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile)
LONGEST = max(map(len, MAGIC))
BLOCK = 2**18  # bytes that are unpacked or recoded at a time
UNPACKED = 2**28  # bytes that a compressed file may hold in any case
RATIO = 100  # and how many for each byte of its own: tables are seldom a twentieth of their length


class Rejoined(io.RawIOBase):
    """A stream whose beginning was read already."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self.head, self.rest, self.taken = memoryview(head), rest, 0

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer, from the beginning first."""
        part = self.head[: len(buffer)] if self.head else memoryview(self.rest.read(len(buffer)))
        self.head = self.head[len(part) :]
        buffer[: len(part)] = part
        self.taken += len(part)
        return len(part)


class Bounded(io.RawIOBase):
    """The bytes that a packed stream unpacks to, as long as they are in some proportion to it: a few kilobytes can be
    written so that they unpack to more than any memory holds."""

    def __init__(self, stream: BinaryIO, packed: Rejoined, name: str) -> None:
        self.stream, self.packed, self.name, self.given = stream, packed, name, 0

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer. UsageError once there is too much."""
        part = self.stream.read(len(buffer))
        buffer[: len(part)] = part
        self.given += len(part)
        if self.given > max(UNPACKED, RATIO * self.packed.taken):
            raise too_much(self.name, "unpack it yourself first")
        return len(part)


Change = Callable[[bytes, bool], bytes]
"""From the next bytes, and whether they are the last, to what is to stand in their place."""


class Changed(io.RawIOBase):
    """A stream of which each block is changed as it is read."""

    def __init__(self, stream: BinaryIO, change: Change) -> None:
        self.stream, self.change = stream, change
        self.ready = memoryview(b"")

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer with what is ready, or with what the next bytes become."""
        block = b"more"
        while not self.ready and block:
            block = self.stream.read(max(len(buffer), BLOCK))
            self.ready = memoryview(self.change(block, not block))
        part, self.ready = self.ready[: len(buffer)], self.ready[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def rejoined(head: bytes, rest: BinaryIO) -> BinaryIO:
    """The stream whose beginning `head` was read already, from that beginning."""
    return io.BufferedReader(Rejoined(head, rest))


def unpacked(stream: BinaryIO, name: str) -> BinaryIO:
    """The stream's bytes, decompressed as they are read if its first bytes say that it is packed; reading raises one
    of `DAMAGED`, or OSError, where it is broken, and UsageError, calling it by the name, where it unpacks to far more
    than any table does."""
    head = stream.read(LONGEST)
    whole = Rejoined(head, stream)
    packed, buffered = packed_kind(head), io.BufferedReader(whole)
    if not packed:
        return buffered
    openers: dict[str, Callable[[BinaryIO], Any]] = {
        ".gz": lambda file: gzip.GzipFile(fileobj=file),
        ".bz2": bz2.BZ2File,
        ".xz": lzma.LZMAFile,
        ".zst": _zstd,
    }
    return io.BufferedReader(Bounded(cast(BinaryIO, openers[packed](buffered)), whole, name), BLOCK)


def _zstd(file: BinaryIO) -> Any:
    return pa.CompressedInputStream(pa.PythonFile(file, "r"), "zstd")


def packed_kind(head: bytes) -> str:
    """How a file that begins so is compressed: `.gz`, `.bz2`, `.xz`, `.zst`, or an empty text."""
    return next((kind for magic, kind in MAGIC.items() if head.startswith(magic)), "")


def too_much(name: str, instead: str) -> UsageError:
    """The error for what unpacks to far more than its length."""
    return UsageError(
        f"{name} unpacks to more than {UNPACKED >> 20} MiB and {RATIO} times its length, as no table should: "
        f"{instead} if it is meant to be so large."
    )


def changed(stream: BinaryIO, change: Change) -> BinaryIO:
    """The stream, changed block by block as it is read."""
    return io.BufferedReader(Changed(stream, change), BLOCK)
