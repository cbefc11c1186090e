"""Checkpoints that nobody honest would write, for the tests: real ones changed, archives and pickles made by hand."""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch

from nnlab.engine.config import validate
from nnlab.engine.runs.claim import claim
from nnlab.engine.training.session import begin
from nnlab.engine.training.train import run

Body = dict[str, Any]
Entries = list[tuple[str, bytes]]


def real(folder: Path) -> Path:
    """Train a small network and return its last.pt."""
    config = validate(
        {
            "data": {"name": "xor", "samples": 60},
            "model": {"family": "noisy-mlp", "hidden": [6, 4], "dropout": 0.1},
            "training": {"epochs": 2, "batch_size": 16, "scheduler": "plateau", "momentum": 0.5},
        },
        source="test",
    )
    run_folder = claim(out=folder / "real")
    for _ in run(begin(config), run_folder):
        pass
    return run_folder.last


def changed(original: Path, path: Path, change: Callable[[Body], object]) -> Path:
    """Write the checkpoint with its body changed in place."""
    body = torch.load(original, weights_only=True)
    change(body)
    torch.save(body, path)
    return path


def archive(path: Path, pickled: bytes, compression: int = zipfile.ZIP_STORED, **entries: bytes) -> Path:
    """Write an archive as torch lays it out, with this pickle and these storages."""
    with zipfile.ZipFile(path, "w", compression) as file:
        file.writestr("archive/data.pkl", pickled)
        file.writestr("archive/version", "3\n")
        file.writestr("archive/byteorder", "little")
        for name, data in entries.items():
            file.writestr(f"archive/data/{name.removeprefix('_')}", data)
    return path


def text(word: str) -> bytes:
    """A pickle's operation that puts a text on the stack."""
    return b"X" + struct.pack("<I", len(word.encode())) + word.encode()


def mutated(data: bytes, rng: random.Random) -> bytes:
    """The file with a few random faults: bits turned, pieces cut out, doubled or overwritten, the end lost."""
    copy = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(max(1, len(copy)))
        length = rng.choice((1, 2, 8, 64, 1000))
        match rng.randrange(6):
            case 0 | 1:
                copy[place : place + 1] = bytes([(copy[place] if copy else 0) ^ (1 << rng.randrange(8))])
            case 2:
                del copy[place : place + length]
            case 3:
                copy[place:place] = copy[place : place + length]
            case 4:
                copy[place : place + length] = rng.randbytes(min(length, len(copy) - place))
            case _:
                del copy[place:]
    return bytes(copy)


def mutated_inside(data: bytes, rng: random.Random) -> bytes:
    """The archive with faults in its contents and the checksums right, so that only validation stands in the way."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        entries = source.infolist()
        chosen = "data.pkl" if rng.random() < 0.8 else rng.choice(entries).filename
        for entry in entries:
            content = source.read(entry)
            target.writestr(entry.filename, mutated(content, rng) if entry.filename.endswith(chosen) else content)
    return out.getvalue()


def zipped(entries: Entries, *, wide: bool = False, comments: bytes = b"", gap: bytes = b"", end: bytes = b"") -> bytes:
    """An archive byte by byte: with all numbers in 64 bits as large ones are written, a comment for its last entry,
    bytes between the entries and their table, and a comment of its own."""
    out, table = b"", b""
    full = 2**32 - 1
    for number, (name, data) in enumerate(entries):
        comment = comments if number == len(entries) - 1 else b""
        extra = struct.pack("<2H3Q", 1, 24, len(data), len(data), len(out)) if wide else b""
        sizes = (zlib.crc32(data), *((full, full) if wide else (len(data), len(data))), len(name))
        place = full if wide else len(out)
        lengths = (len(extra), len(comment), 0, 0, 0, place)
        table += struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 0, *sizes, *lengths)
        table += name.encode() + extra + comment
        out += struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 0, *sizes, 0) + name.encode() + data
    out += gap
    start, count = len(out), len(entries)
    out += table
    if wide:
        out += struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(table), start)
        out += struct.pack("<4sIQI", b"PK\6\7", 0, start + len(table), 1)
    return out + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(table), start, len(end)) + end


def entries_of(data: bytes) -> Entries:
    """The names and contents in an archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return [(entry.filename, file.read(entry)) for entry in file.infolist()]


def two_readings(seen: Entries, hidden: Entries) -> bytes:
    """An archive with two tables: one where its end says, the other where a locator in the last entry's comment says,
    which some readers follow."""
    first = zipped(hidden, wide=True)[: -struct.calcsize("<4s4H2IH")]
    shifted, table = b"", b""
    for number, (name, data) in enumerate(seen):
        comment = first[-20:] if number == len(seen) - 1 else b""
        sizes = (zlib.crc32(data), len(data), len(data), len(name))
        place = len(first) - 20 + len(shifted)
        table += struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 0, *sizes, 0, len(comment), 0, 0, 0, place)
        table += name.encode() + comment
        shifted += struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 0, *sizes, 0) + name.encode() + data
    out = first[:-20] + shifted + table
    count = len(seen)
    return out + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(table), len(out) - len(table), 0)


def rearranged(data: bytes, rng: random.Random) -> bytes:
    """The archive's entries laid out as no honest writer does, or a number in its tables changed."""
    entries = entries_of(data)
    name, content = rng.choice(entries)
    other = rng.choice((name.upper(), name, f"{name}/", f"../{name}", f"other/{name}", name + "\0", "archive/data/999"))
    match rng.randrange(7):
        case 0:
            entries.insert(rng.randrange(len(entries) + 1), (other, content if rng.random() < 0.5 else b"x" * 100))
        case 1:
            entries.remove((name, content))
        case 2:
            return two_readings(entries, [(name, b"x")])
        case 3:
            return zipped(entries, comments=rng.randbytes(20), wide=rng.random() < 0.5)
        case 4:
            return zipped(entries, gap=rng.randbytes(rng.randint(1, 60)), wide=rng.random() < 0.5)
        case 5:
            return zipped(entries, end=rng.randbytes(rng.randint(1, 60)), wide=rng.random() < 0.5)
        case _:
            copy = bytearray(data if rng.random() < 0.5 else zipped(entries, wide=rng.random() < 0.5))
            marks = [
                place for mark in (b"PK\1\2", b"PK\3\4", b"PK\5\6", b"PK\6\6", b"PK\6\7") for place in _all(copy, mark)
            ]
            width = rng.choice((1, 2, 4, 8))
            place = rng.choice(marks) + rng.randint(4, 56 - width)
            value = rng.choice((0, 1, 2 ** (8 * width) - 1, 2 ** (8 * width - 1), rng.randrange(2 ** (8 * width))))
            copy[place : place + width] = value.to_bytes(width, "little")
            return bytes(copy)
    return zipped(entries, wide=rng.random() < 0.5)


def _all(data: bytearray, mark: bytes) -> list[int]:
    return [match.start() for match in re.finditer(re.escape(mark), bytes(data))]


def with_absurd_value(data: bytes, rng: random.Random) -> bytes:
    """The checkpoint with one value anywhere in it replaced by one that makes no sense, or doubled, or gone."""
    body: Body = torch.load(io.BytesIO(data), weights_only=True)
    holder, key = rng.choice(list(_places(body)))
    if rng.random() < 0.1:
        del holder[key]
    elif rng.random() < 0.1 and isinstance(holder, list):
        holder.extend([holder[key]] * rng.choice((1, 1_000, 100_000)))
    else:
        holder[key] = rng.choice(ABSURD)()
    out = io.BytesIO()
    torch.save(body, out)
    return out.getvalue()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in dicts and lists within each other."""
    for key in value if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])


def nested(depth: int) -> Any:
    """A dict in a dict, so many levels deep."""
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    return value


def _same(value: Any) -> Any:
    return value


EMBEDDING: Body = {"kind": "embedding", "name": "x", "categories": [], "width": 1}
ABSURD: tuple[Callable[[], Any], ...] = (
    *(partial(_same, value) for value in (None, True, 0, -1, 1, 2**31, 2**53, 2**62, -(2**63), 2**63, 10**300, 0.5)),
    *(partial(_same, value) for value in (1e39, 1e308, -0.0, float("nan"), float("inf"), float("-inf"))),
    *(partial(_same, value) for value in ("", "x", "9" * 400, "\0", "\x1b[2J", "../x", "~nosuch/x", "auto", "cpu")),
    *(partial(str.__mul__, "x", size) for size in (1_000, 20_000, 2_000_000)),
    *(
        list,
        dict,
        tuple,
        lambda: [None],
        lambda: [[]],
        lambda: {"": None},
        lambda: [0] * 200_000,
        lambda: ["x"] * 200_000,
    ),
    *(lambda: {str(n): n for n in range(20_000)}, lambda: [10**12] * 1_000, lambda: [1] * 1_001, lambda: (3, (), None)),
    *(lambda: [{"kind": "hashed", "name": "x", "width": 65_536}] * 5_000, lambda: [[2, 1]] * 10_000),
    *(
        lambda: [dict[str, Any](EMBEDDING)] * 10_000,
        lambda: nested(15),
        lambda: nested(40),
    ),
    *(
        lambda: torch.zeros(0),
        lambda: torch.zeros(()),
        lambda: torch.zeros(1_000).double(),
        lambda: torch.zeros(5056).byte(),
    ),
    *(lambda: torch.full((624,), 2**40), lambda: torch.zeros(3, 0, 5), lambda: torch.full((7,), float("nan"))),
)
