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

MAGIC = {b"\x1f\x8b": ".gz", b"BZh": ".bz2", b"\xfd7zXZ\x00": ".xz", b"\x28\xb5\x2f\xfd": ".zst"}
DAMAGED = (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile)
LONGEST = max(map(len, MAGIC))


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


class Recoded(io.RawIOBase):
    """A text stream in UTF-8, whatever its encoding was; bytes that have no character in it become `\\ufffd`."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self.stream, self.decoder = stream, codecs.getincrementaldecoder(encoding)(errors="replace")
        self.ready = memoryview(b"")

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer with what is ready, or with the next bytes that make a character."""
        block = b"more"
        while not self.ready and block:
            block = self.stream.read(len(buffer))
            self.ready = memoryview(self.decoder.decode(block, final=not block).encode())
        part, self.ready = self.ready[: len(buffer)], self.ready[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def rejoined(head: bytes, rest: BinaryIO) -> BinaryIO:
    """The stream whose beginning `head` was read already, from that beginning."""
    return io.BufferedReader(Rejoined(head, rest))


def unpacked(stream: BinaryIO) -> BinaryIO:
    """The stream's bytes, decompressed as they are read if its first bytes say that it is packed; reading raises one
    of `DAMAGED`, or OSError, where it is broken."""
    head = stream.read(LONGEST)
    whole = rejoined(head, stream)
    packed = next((kind for magic, kind in MAGIC.items() if head.startswith(magic)), "")
    if not packed:
        return whole
    if packed == ".zst":
        return io.BufferedReader(cast(Any, pa.CompressedInputStream(pa.PythonFile(whole, "r"), "zstd")))
    openers: dict[str, Callable[[BinaryIO], Any]] = {
        ".gz": lambda file: gzip.GzipFile(fileobj=file),
        ".bz2": bz2.BZ2File,
        ".xz": lzma.LZMAFile,
    }
    return openers[packed](whole)


def in_utf8(stream: BinaryIO) -> BinaryIO:
    """A text stream in UTF-8, its encoding guessed from the beginning as for training: UTF-8, UTF-16, Windows-1252."""
    from .text_files import SAMPLE, guess_encoding

    head = stream.read(SAMPLE)
    encoding = guess_encoding(head)
    whole = rejoined(head, stream)
    if encoding == "utf-8":
        try:
            codecs.getincrementaldecoder(encoding)().decode(head)
        except UnicodeDecodeError:
            encoding = "cp1252"
        else:
            return whole
    return io.BufferedReader(Recoded(whole, encoding))
