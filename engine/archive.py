"""Opening a `.pt` file that may come from a stranger: what could run code or fill the memory is refused unread.

Everything is read here, once: the zip archive by `zip_entries`, the pickle in it by `plain_pickle`, each in the one way
in which `torch.save` writes it. torch does not see the file, so that there is no second reader who may take it for
another one.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from .errors import UsageError
from .plain_pickle import PickleError, Storage, loads
from .zip_entries import ArchiveError, Entry, entries

LARGEST = 8 * 2**30  # bytes of a file; nothing nnlab trains comes near, and a stranger's file may claim anything
LARGEST_PICKLE = 32 * 2**20  # bytes of its plain data: room for a million categories
LARGEST_NOTE = 1_000  # bytes of what says how the others are written
MOST_VALUES = 2_500_000
MOST_TEXT = 2 * LARGEST_PICKLE  # characters of all texts, a text that is held in two places counting twice
MOST_KEYS = 20_000  # of a dict
LARGEST_NUMBER = 2**64
DEEPEST = 16  # levels of lists and dicts in each other

NOTES = ("version", "byteorder", ".format_version", ".storage_alignment", ".data/serialization_id")
ORDERS = {b"little": "little", b"big": "big"}


def read(path: Path) -> dict[str, Any]:
    """The dict that a `.pt` file holds: plain data, and arrays in place of tensors. Raises UsageError saying what is
    wrong.

    Nothing in the file is run, and no more memory is taken than the file is long and its plain data are worth.
    """
    with _opened(path) as file:
        try:
            body = _read(file)
            _check_values(body, os.fstat(file.fileno()).st_size)
        except (ArchiveError, PickleError) as error:
            raise refused(path, str(error)) from None
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None
    if not isinstance(body, dict):
        raise refused(path, "it holds something else")
    return body  # pyright: ignore[reportUnknownVariableType]


def refused(path: Path, why: str) -> UsageError:
    """The error for a file that cannot be what it should be."""
    return UsageError(f"{path} is not an nnlab checkpoint: {why}.")


def _opened(path: Path) -> BinaryIO:
    """The file, open; never waits for a pipe's other end."""
    try:
        file = os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb")
    except FileNotFoundError:
        raise UsageError(f"There is no file {path}: name a checkpoint (.pt), a run, or 'latest'.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{path} cannot be read: {reason}.") from None
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode) or not 0 < status.st_size <= LARGEST:
        file.close()
        kind = f"it has {status.st_size:,} bytes" if stat.S_ISREG(status.st_mode) else "it is not a regular file"
        raise refused(path, kind)
    return file


def _read(file: BinaryIO) -> object:
    """The value in an archive whose names are those that torch writes."""
    found = _by_name(entries(file))
    pickled = found.pop("data.pkl", None)
    if pickled is None or pickled.size > LARGEST_PICKLE:
        raise ArchiveError(f"it has no table of contents, or one of more than {LARGEST_PICKLE:,} bytes")
    notes = {name: found.pop(name) for name in NOTES if name in found}
    if any(note.size > LARGEST_NOTE for note in notes.values()):
        raise ArchiveError("its archive has other bytes beside its entries, and torch writes none")
    told = {name: note.read(file) for name, note in notes.items()}
    order = told.get("byteorder", sys.byteorder.encode())
    if order not in ORDERS:
        raise ArchiveError("its numbers are in no known order of bytes")
    storages = _Storages(file, found, swapped=ORDERS[order] != sys.byteorder)
    body = loads(pickled.read(file), storages.load)
    if len(storages.loaded) != len(found):
        raise ArchiveError("it holds more than its table of contents names")
    return body


def _by_name(listed: list[Entry]) -> dict[str, Entry]:
    """The entries by their names within the archive's one folder. ArchiveError for one that torch does not write."""
    folder = listed[0].name.partition("/")[0] + "/"
    for entry in listed:
        name = entry.name.removeprefix(folder)
        if name == entry.name or not (name in ("data.pkl", *NOTES) or re.fullmatch(r"data/[0-9]{1,9}", name)):
            raise ArchiveError(f"its archive has the entry {entry.name[:100]!r}, which torch does not write")
    return {entry.name.removeprefix(folder): entry for entry in listed}


@dataclass
class _Storages:
    """The archive's storages, each read when a tensor is first made of it."""

    file: BinaryIO
    entries: dict[str, Entry]
    swapped: bool
    loaded: dict[str, Storage] = field(default_factory=dict[str, Storage])

    def load(self, name: str, dtype: np.dtype, count: int) -> Storage:
        """The storage of that name, which must hold so many numbers. ArchiveError where it does not."""
        entry = self.entries.get(f"data/{name}")
        if entry is None or entry.size != count * dtype.itemsize:
            raise ArchiveError("one of its tensors has more numbers than the file, or fewer")
        if name not in self.loaded:
            block = np.empty(entry.size, np.uint8)
            entry.read_into(self.file, block.data)
            if self.swapped:
                block.view(dtype).byteswap(inplace=True)
            self.loaded[name] = Storage(block, dtype)
        if self.loaded[name].dtype != dtype:
            raise ArchiveError("one of its tensors has two types")
        return self.loaded[name]


def _check_values(body: object, size: int) -> None:
    """Refuse what is nested too deep or, by being held in many places, is larger than the file; and odd values."""
    waiting: list[tuple[Any, int]] = [((body,), 0)]
    count = text = numbers = 0
    while waiting:
        holder, depth = waiting.pop()
        count += len(holder)
        if count > MOST_VALUES or depth > DEEPEST:
            raise ArchiveError(f"its data are nested deeper than {DEEPEST} levels, or endless")
        if isinstance(holder, dict) and len(holder) > MOST_KEYS:  # pyright: ignore[reportUnknownArgumentType]
            raise ArchiveError(f"it names more than {MOST_KEYS:,} things at one place")
        for value in chain(holder, holder.values()) if isinstance(holder, dict) else holder:  # pyright: ignore[reportUnknownVariableType]
            if isinstance(value, str):
                text += len(value)
            elif isinstance(value, dict | list | tuple):
                waiting.append((value, depth + 1))
            elif isinstance(value, np.ndarray):
                numbers += value.nbytes
            elif isinstance(value, int) and not -LARGEST_NUMBER < value < LARGEST_NUMBER:
                raise ArchiveError("it holds a whole number of more than 64 bits")
            elif not isinstance(value, int | float | None):
                raise ArchiveError("it holds something other than plain values and tensors")
        if text > MOST_TEXT or numbers > size:
            raise ArchiveError("its tensors or texts, each counted where it is held, are more than the file")
