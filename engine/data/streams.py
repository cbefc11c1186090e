"""Bytes as they come, from files and pipes: decompressed and in UTF-8, without more in memory than a block."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, cast

import pyarrow as pa

from ..errors import UsageError

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


class Recoded(io.RawIOBase):
    """A text stream in UTF-8, whatever its encoding was, block by block as `recode` has it."""

    def __init__(self, stream: BinaryIO, recode: Callable[[bytes, bool], bytes]) -> None:
        self.stream, self.recode = stream, recode
        self.ready = memoryview(b"")

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer with what is ready, or with the next bytes that make a character."""
        block = b"more"
        while not self.ready and block:
            block = self.stream.read(max(len(buffer), BLOCK))
            self.ready = memoryview(self.recode(block, not block))
        part, self.ready = self.ready[: len(buffer)], self.ready[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def _from_encoding(encoding: str) -> Callable[[bytes, bool], bytes]:
    """Bytes of this encoding in UTF-8; those that have no character in it become `\ufffd`."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    return lambda block, final: decoder.decode(block, final).encode()


def _from_utf8() -> Callable[[bytes, bool], bytes]:
    """Bytes of UTF-8 as they are. Where they are none, and there was no letter but English ones before, all is taken
    for Windows-1252, as training takes the whole of such a file; else nobody can say what it is."""
    strict, plain = codecs.getincrementaldecoder("utf-8")(), True
    other: Callable[[bytes, bool], bytes] | None = None

    def recode(block: bytes, final: bool) -> bytes:
        nonlocal plain, other
        if other is not None:
            return other(block, final)
        if plain and block.isascii():
            return block
        try:
            text = strict.decode(block, final)
        except UnicodeDecodeError as error:
            if not plain or not error.object[: error.start].isascii():
                raise UsageError(
                    "The rows are written in UTF-8 at first and not later on: save the file in one encoding."
                ) from None
            other = _from_encoding("cp1252")
            return other(block, final)
        plain = False
        return text.encode()

    return recode


def _with_line_feeds(recode: Callable[[bytes, bool], bytes]) -> Callable[[bytes, bool], bytes]:
    return lambda block, final: recode(block, final).replace(b"\r", b"\n")


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


def in_utf8(stream: BinaryIO) -> BinaryIO:
    """A text stream in UTF-8, with line feeds where it has nothing but carriage returns. Its encoding is found as for
    training: UTF-8, UTF-16, else Windows-1252."""
    from .text_files import SAMPLE, guess_encoding

    head = stream.read(SAMPLE)
    encoding = guess_encoding(head)
    recode = _from_utf8() if encoding == "utf-8" else _from_encoding(encoding)
    if b"\r" in head and b"\n" not in head:
        recode = _with_line_feeds(recode)
    return io.BufferedReader(Recoded(rejoined(head, stream), recode))
