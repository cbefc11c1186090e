"""Opening a `.pt` file that may come from a stranger: what could run code or fill the memory is refused unread.

torch's own weights-only loading is the second line of defence. It knows more than checkpoints need (sparse tensors,
byte arrays of any length), so the file is looked through first: a zip archive as `torch.save` lays it out, and in it a
pickle of plain data and dense tensors, nothing else.
"""

from __future__ import annotations

import os
import pickle
import pickletools
import stat
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from .errors import UsageError

LARGEST = 8 * 2**30  # bytes of a file; nothing nnlab trains comes near, and a stranger's file may claim anything
LARGEST_PICKLE = 32 * 2**20  # bytes of its plain data: room for a million categories
MOST_ENTRIES = 20_000
MOST_OPERATIONS = 3_000_000
MOST_VALUES = 3_000_000
DEEPEST = 16  # levels of lists and dicts in each other

_WRITTEN = (
    "PROTO STOP MARK NONE NEWTRUE NEWFALSE BININT BININT1 BININT2 LONG1 BINFLOAT BINUNICODE EMPTY_TUPLE TUPLE TUPLE1 "
    "TUPLE2 TUPLE3 EMPTY_LIST APPEND APPENDS EMPTY_DICT SETITEM SETITEMS BINPUT LONG_BINPUT BINGET LONG_BINGET "
    "BINPERSID REDUCE GLOBAL"
)
PLAIN = frozenset(_WRITTEN.split())  # the operations with which `torch.save` writes plain data and tensors
NAMES = {"torch._utils _rebuild_tensor_v2", "collections OrderedDict"} | {
    f"torch {kind}Storage"
    for kind in ("Float", "Double", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool")
}
TENSOR_ARGUMENTS = 6


def read(path: Path) -> dict[str, Any]:
    """The dict that a `.pt` file holds, of plain data and dense CPU tensors. Raises UsageError saying what is wrong.

    Nothing in the file is run, and no more memory is taken than the file is long and its plain data are worth.
    """
    with _opened(path) as file:
        try:
            _check(path, file)
            file.seek(0)
            body = torch.load(file, map_location="cpu", weights_only=True)
        except (pickle.UnpicklingError, zipfile.BadZipFile, RuntimeError, EOFError) as error:
            raise refused(path, _first_line(error)) from None
        except (
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
            AssertionError,
            OSError,
        ) as error:  # as torch has it
            raise refused(path, f"it is damaged ({_first_line(error)})") from None
    _check_values(path, body)
    if not isinstance(body, dict):
        raise refused(path, "it holds something else")
    return body  # pyright: ignore[reportUnknownVariableType]


def refused(path: Path, why: str) -> UsageError:
    """The error for a file that cannot be what it should be."""
    return UsageError(f"{path} is no nnlab checkpoint: {why}.")


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


def _check(path: Path, file: BinaryIO) -> None:
    """Refuse an archive that is not as torch writes it: compressed, overlapping, damaged, or with other pickles."""
    size = os.fstat(file.fileno()).st_size
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        names = {entry.filename for entry in entries}
        if len(entries) > MOST_ENTRIES or len(names) < len(entries):
            raise refused(path, f"its archive has {len(entries):,} entries, or one of them twice")
        if any(entry.compress_type or entry.file_size != entry.compress_size for entry in entries):
            raise refused(path, "its archive is compressed, and torch writes it as it is")
        if sum(entry.file_size for entry in entries) > size or min((e.header_offset for e in entries), default=1):
            raise refused(path, "its archive claims more than the file holds")
        pickles = [entry for entry in entries if entry.filename.endswith("/data.pkl")]
        if len(pickles) != 1 or pickles[0].file_size > LARGEST_PICKLE:
            raise refused(path, f"it has no table of contents, or one of more than {LARGEST_PICKLE:,} bytes")
        damaged = archive.testzip()
        if damaged is not None:
            raise refused(path, f"it is damaged (the checksum of {damaged[:100]!r} is wrong)")
        _check_pickle(path, archive.read(pickles[0]))


def _check_pickle(path: Path, data: bytes) -> None:
    """Refuse a pickle that does anything but name plain values and make tensors of storages.

    `counts` holds, for every open mark, how many values lie above it: calls must have a tensor's arguments or none, so
    that no container is copied again and again.
    """
    counts, arguments = [0], -1
    for number, (code, value, _) in enumerate(pickletools.genops(data)):
        if number > MOST_OPERATIONS:
            raise refused(path, f"it has more than {MOST_OPERATIONS:,} values")
        if code.name not in PLAIN or (code.name == "PROTO" and value != 2):
            raise refused(path, f"its pickle is more than plain data ({code.name})")
        if code.name == "GLOBAL" and value not in NAMES:
            raise refused(path, f"it would call {str(value).replace(' ', '.')[:100]}, and a checkpoint calls nothing")
        if code.name == "REDUCE" and arguments not in (0, TENSOR_ARGUMENTS):
            raise refused(path, "its pickle makes something other than tensors")
        arguments = _count(counts, code, arguments)


def _count(counts: list[int], code: pickletools.OpcodeInfo, arguments: int) -> int:
    """Follow one operation on the stack; returns the length of the tuple on top, -1 for anything else."""
    if code.name == "MARK":
        counts.append(0)
        return -1
    if code.name in ("TUPLE", "APPENDS", "SETITEMS"):
        length = counts.pop()
        counts[-1] += code.name == "TUPLE"
        return length if code.name == "TUPLE" else -1
    if code.name in ("BINPUT", "LONG_BINPUT"):
        return arguments
    counts[-1] += len(code.stack_after) - len(code.stack_before)
    return 0 if code.name == "EMPTY_TUPLE" else -1


def _check_values(path: Path, body: object) -> None:
    """Refuse what is nested too deep or, by being held in many places, is larger than it looks; and odd tensors."""
    waiting: list[tuple[object, int]] = [(body, 0)]
    count = 0
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, dict | list | tuple):
            count += len(value)  # pyright: ignore[reportUnknownArgumentType]
            if count > MOST_VALUES or depth > DEEPEST:
                raise refused(path, f"its data are nested deeper than {DEEPEST} levels, or endless")
            held: Any = [*value, *value.values()] if isinstance(value, dict) else value  # pyright: ignore[reportUnknownVariableType]
            waiting.extend((item, depth + 1) for item in held)
        elif isinstance(value, Tensor):
            _check_tensor(path, value)
        elif not isinstance(value, str | int | float | None):
            raise refused(path, f"it holds a {type(value).__name__}")


def _check_tensor(path: Path, value: Tensor) -> None:
    dense = type(value) is Tensor and value.layout == torch.strided and value.device.type == "cpu"
    if not dense or value.is_quantized or not value.is_contiguous():
        raise refused(path, "one of its tensors is not a dense block of numbers")


def _first_line(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return (text[0] if text else type(error).__name__).rstrip(".")[:200]
