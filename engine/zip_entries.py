"""The entries of a zip archive as `torch.save` lays them out, and no other archive: there is one way to read it.

The format leaves much to its readers: bytes before, between and behind the entries, comments, two tables of contents,
names that differ by case alone. Two readers may then see two archives in one file. Here the entries must follow each
other from the first byte on, their table must follow them, its end must follow the table, and there the file must end.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct
from struct import error as StructError
from typing import BinaryIO

MOST_ENTRIES = 20_000
FARTHEST = 2**40  # bytes into a file
LONGEST_NAME = 1_000  # bytes
PART = 2**20  # bytes whose checksum is taken at a time, while the processor's cache holds them

END = Struct("<4s4H2IH")  # the end of the table: disks, entries, size and place of the table, comment
END_64 = Struct("<4sQ2H2I4Q")  # the same in 64 bits, as torch always writes it, ...
LOCATOR_64 = Struct("<4sIQI")  # ... and where it is
CENTRAL = Struct("<4s6H3I5H2I")  # an entry in the table
LOCAL = Struct("<4s5H3I2H")  # what stands before an entry's bytes
DESCRIPTORS = (16, 24)  # bytes behind an entry whose sizes are told there, in 32 or 64 bits
DESCRIBED = 1 << 3  # the flag that says so
UTF8 = 1 << 11
FULL_16, FULL_32 = 0xFFFF, 0xFFFFFFFF  # "see the field of 64 bits"


class ArchiveError(ValueError):
    """The file is no archive as torch writes it; the message says why, to stand behind 'is no checkpoint: '."""


@dataclass(frozen=True)
class Entry:
    """A named piece of the file: where it begins, how many bytes it has and what their CRC-32 is."""

    name: str
    start: int
    size: int
    checksum: int

    def read_into(self, file: BinaryIO, block: memoryview) -> None:
        """Fill the block, which has as many bytes, with the entry's. ArchiveError where they are damaged."""
        file.seek(self.start)
        checksum = 0
        for place in range(0, self.size, PART):
            part = block[place : place + PART]
            if file.readinto(part) != len(part):  # pyright: ignore[reportAttributeAccessIssue]
                raise ArchiveError("it ended while it was read")
            checksum = zlib.crc32(part, checksum)
        if checksum != self.checksum:
            raise ArchiveError(f"it is damaged (the checksum of {self.name!r} is wrong)")

    def read(self, file: BinaryIO) -> bytes:
        """The entry's bytes. ArchiveError where they are damaged."""
        block = bytearray(self.size)
        self.read_into(file, memoryview(block))
        return bytes(block)


def entries(file: BinaryIO) -> list[Entry]:
    """All entries in the order of their bytes, which are not read. ArchiveError for any other kind of file."""
    try:
        return list(_entries(file))
    except (StructError, UnicodeDecodeError):
        raise ArchiveError("it is damaged (its archive's table cannot be read)") from None


def _entries(file: BinaryIO) -> Iterator[Entry]:
    """The table's entries, each checked to begin where the one before ended."""
    count, size, start = _table(file)
    file.seek(start)
    table = file.read(size)
    place = expected = 0
    names: set[str] = set()
    for _ in range(count):
        entry, header, length, described = _entry(table, place)
        place += length
        if entry.name.casefold() in names:
            raise ArchiveError("its archive has one of its entries twice")
        names.add(entry.name.casefold())
        if header != expected:
            raise ArchiveError("its archive has other bytes beside its entries, and torch writes none")
        begins = _begin(file, entry, header)
        expected = begins + entry.size + _described(file, begins + entry.size, described)
        if expected > start:
            raise ArchiveError("its archive claims more than the file holds")
        yield Entry(entry.name, begins, entry.size, entry.checksum)
    if place != size or expected != start:
        raise ArchiveError("its archive has other bytes beside its entries, and torch writes none")


def _table(file: BinaryIO) -> tuple[int, int, int]:
    """How many entries the table of contents has, its size and where it starts, as the file's last bytes say."""
    length = file.seek(0, os.SEEK_END)
    end = length - END.size
    if end < 0:
        raise ArchiveError("it is not a zip file")
    mark, disk, first_disk, here, count, size, start, comment = END.unpack(_at(file, end, END.size))
    if mark != b"PK\5\6" or comment:
        raise ArchiveError("it is not a zip file as torch writes it, or its end is missing")
    claims = (here, count, size, start)
    locator = _at(file, max(0, end - LOCATOR_64.size), LOCATOR_64.size)
    if locator.startswith(b"PK\6\7"):
        _, _, place, disks = LOCATOR_64.unpack(locator)
        end -= LOCATOR_64.size + END_64.size
        if place != end or disks != 1:
            raise ArchiveError("its archive has two tables of contents, and torch writes one")
        mark, rest, *_, disk_64, first_64, here, count, size, start = END_64.unpack(_at(file, end, END_64.size))
        wide = zip(claims, (here, count, size, start), (FULL_16, FULL_16, FULL_32, FULL_32), strict=True)
        if mark != b"PK\6\6" or rest != END_64.size - 12 or any(n not in (full, w) for n, w, full in wide):
            raise ArchiveError("its archive has two tables of contents, and torch writes one")
        disk, first_disk = disk or disk_64, first_disk or first_64
    if disk or first_disk or here != count or start + size != end:
        raise ArchiveError("its archive's table of contents is not where torch writes it")
    if not 0 < count <= MOST_ENTRIES or size > count * (CENTRAL.size + 2 * LONGEST_NAME):
        raise ArchiveError(f"its archive has {count:,} entries, or endless ones")
    return count, size, start


def _entry(table: bytes, place: int) -> tuple[Entry, int, int, bool]:
    """The entry at a place of the table; where its header is, how long it is in the table, and whether its sizes are
    told once more behind its bytes."""
    mark, *_, flags, method, _time, _date, checksum, packed, size, name, extra, comment, disk, _, _, header = (
        CENTRAL.unpack_from(table, place)
    )
    first = place + CENTRAL.size
    last = first + name + extra
    if mark != b"PK\1\2" or comment or disk or last > len(table) or not 0 < name <= LONGEST_NAME:
        raise ArchiveError("it is damaged (its archive's table cannot be read)")
    if method or flags & ~(DESCRIBED | UTF8):
        raise ArchiveError("its archive is compressed, and torch writes it as it is")
    wide = iter(_wide(table[first + name : last]))
    size, packed, header = (next(wide, -1) if n == FULL_32 else n for n in (size, packed, header))
    if size != packed or min(size, header) < 0:
        raise ArchiveError("its archive is compressed, and torch writes it as it is")
    text = table[first : first + name].decode("utf-8" if flags & UTF8 else "ascii")
    return Entry(text, header, size, checksum), header, last - place, bool(flags & DESCRIBED)


def _wide(extra: bytes) -> list[int]:
    """The numbers of 64 bits among the fields that an entry may have in the table."""
    while extra:
        kind, size = Struct("<2H").unpack_from(extra)
        if kind == 1:
            return [number for (number,) in Struct("<Q").iter_unpack(extra[4 : 4 + size])]
        extra = extra[4 + size :]
    return []


def _begin(file: BinaryIO, entry: Entry, header: int) -> int:
    """Where the entry's bytes begin: behind its header, which must have its name."""
    mark, _, _, method, *_, name, extra = LOCAL.unpack(_at(file, header, LOCAL.size))
    written = file.read(name)
    if mark != b"PK\3\4" or method or written != entry.name.encode():
        raise ArchiveError("it is damaged (an entry is not what its archive's table says)")
    return header + LOCAL.size + name + extra


def _described(file: BinaryIO, place: int, described: bool) -> int:
    """How many bytes tell the sizes once more at a place: none where an entry has no such thing."""
    if not described:
        return 0
    longest = _at(file, place, max(DESCRIPTORS) + 4)
    # What follows a description is the next entry, or the table.
    found = next((size for size in DESCRIPTORS if longest[size : size + 4] in (b"PK\3\4", b"PK\1\2")), None)
    if found is None or not longest.startswith(b"PK\7\x08"):
        raise ArchiveError("it is damaged (an entry is not what its archive's table says)")
    return found


def _at(file: BinaryIO, place: int, size: int) -> bytes:
    """So many bytes of the file, or fewer at its end. ArchiveError for a place that no file has."""
    if not 0 <= place <= FARTHEST:
        raise ArchiveError("its archive claims more than the file holds")
    file.seek(place)
    return file.read(size)
