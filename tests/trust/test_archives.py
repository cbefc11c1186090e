"""A checkpoint's file has one reading: archives that could have two are refused, and torch sees none of them."""

from __future__ import annotations

import io
import random
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import forging
import numpy as np
import pytest
import torch
from forging import Entries, zipped

from nnlab.engine import archive
from nnlab.engine.errors import UsageError
from nnlab.engine.plain_pickle import DTYPES
from nnlab.engine.tensors import tensors

KINDS = {
    **{"Float": torch.float32, "Double": torch.float64, "Half": torch.float16, "BFloat16": torch.bfloat16},
    **{"Long": torch.int64, "Int": torch.int32, "Short": torch.int16, "Char": torch.int8, "Byte": torch.uint8},
    "Bool": torch.bool,
}
EVIL = b"\x80\x02c__builtin__\nbytearray\n\x8a\x04\x00\x00\x00\x40\x85R."


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return forging.real(tmp_path_factory.mktemp("real")).read_bytes()


def refusal(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(UsageError) as caught:
        archive.read(path)
    assert len(str(caught.value)) < 1_000
    return str(caught.value)


def same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, torch.Tensor | np.ndarray):
        ours, theirs = tensors(ours), tensors(theirs)
        return ours.dtype == theirs.dtype and ours.shape == theirs.shape and torch.equal(ours, theirs)
    if isinstance(ours, dict):
        return ours.keys() == theirs.keys() and all(same(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list | tuple):
        return type(ours) is type(theirs) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    return type(ours) is type(theirs) and ours == theirs


def test_what_torch_saves_is_read_as_torch_reads_it(tmp_path: Path):
    numbers = torch.arange(12.0)
    body = {
        "kinds": {name: torch.arange(6).to(dtype).reshape(2, 3) for name, dtype in KINDS.items()},
        "views": [numbers[2:5], numbers, numbers.reshape(3, 4)[1:], numbers[:1].expand(1, 1), torch.tensor(3)],
        "empty": [torch.empty(0), torch.empty(0, 3), torch.zeros(2, 0, 5)],
        "plain": {"a": [1, -1, 255, 256, 65_536, -(2**31), 2**63, 0.5, True, False, None, "é\0", ""], "b": ((), (1,))},
        "long": ["x" * 300, list(range(3_000)), {str(number): number for number in range(3_000)}],
    }
    torch.save(body, tmp_path / "x.pt")
    assert KINDS.keys() == DTYPES.keys()
    assert same(archive.read(tmp_path / "x.pt"), torch.load(tmp_path / "x.pt", weights_only=True))


def test_views_that_share_their_numbers_still_share_them(tmp_path: Path):
    numbers = torch.arange(6.0)
    torch.save({"a": numbers, "b": numbers[2:4]}, tmp_path / "x.pt")
    read = archive.read(tmp_path / "x.pt")
    read["a"][2] = 9
    assert read["b"].tolist() == [9, 3]


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16, torch.int64, torch.uint8])
def test_a_file_of_the_other_order_of_bytes_is_read(kind: torch.dtype, tmp_path: Path):
    numbers = torch.arange(6.0).to(kind)
    torch.save({"a": numbers}, file := io.BytesIO())
    other = "big" if sys.byteorder == "little" else "little"
    swapped = b"".join(bytes(reversed(bytes(number.untyped_storage()))) for number in map(torch.clone, numbers))
    entries = [
        (name, other.encode() if name.endswith("byteorder") else swapped if name.endswith("data/0") else data)
        for name, data in forging.entries_of(file.getvalue())
    ]
    (tmp_path / "x.pt").write_bytes(zipped(entries))
    assert same(archive.read(tmp_path / "x.pt")["a"], numbers)


def test_an_archive_written_plainly_is_read(original: bytes, tmp_path: Path):
    for wide in (False, True):
        (tmp_path / "x.pt").write_bytes(zipped(forging.entries_of(original), wide=wide))
        assert archive.read(tmp_path / "x.pt")["epoch"] == 2


def renamed(old: str, new: str) -> Callable[[Entries], Entries]:
    return lambda entries: [(new if name == old else name, data) for name, data in entries]


OTHERWISE: dict[str, Callable[[Entries], bytes]] = {
    "two tables": lambda entries: forging.two_readings(entries, [("archive/data.pkl", EVIL)]),
    "a comment of an entry": lambda entries: zipped(entries, comments=b"PK\6\7"),
    "a comment of the archive": lambda entries: zipped(entries, end=b"PK\5\6"),
    "bytes before the table": lambda entries: zipped(entries, gap=b"\0"),
    "bytes before the entries": lambda entries: b"#!/bin/sh\n" + zipped(entries),
    "bytes behind the end": lambda entries: zipped(entries) + b"\0",
    "one twice": lambda entries: zipped([*entries, ("archive/data.pkl", EVIL)]),
    "another case behind": lambda entries: zipped([*entries, ("archive/DATA.PKL", EVIL)]),
    "another case before": lambda entries: zipped([("archive/DATA.PKL", EVIL), *entries]),
    "another folder": lambda entries: zipped([("other/data.pkl", EVIL), *entries]),
    "a folder above": lambda entries: zipped(renamed("archive/version", "archive/../version")(entries)),
    "a name that torch does not write": lambda entries: zipped([*entries, ("archive/code/x.py", b"")]),
    "a storage that no tensor is of": lambda entries: zipped([*entries, ("archive/data/999", b"1234")]),
    "no folder": lambda entries: zipped([(name.removeprefix("archive/"), data) for name, data in entries]),
    "a long note": lambda entries: zipped(
        [(name, b"3" * 10_000 if "version" in name else data) for name, data in entries]
    ),
    "no order of bytes": lambda entries: zipped([(name, b"x" if "order" in name else data) for name, data in entries]),
    "a storage of another length": lambda entries: zipped(
        [(n, d + b"1234" if "data/0" in n else d) for n, d in entries]
    ),
}


@pytest.mark.parametrize("name", OTHERWISE)
def test_an_archive_laid_out_otherwise_is_refused(name: str, original: bytes, tmp_path: Path):
    refusal(tmp_path / "x.pt", OTHERWISE[name](forging.entries_of(original)))


def test_a_compressed_archive_is_refused_unread(original: bytes, tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "y.pt", "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in forging.entries_of(original):
            file.writestr(name, data)
    assert "compressed" in refusal(tmp_path / "x.pt", (tmp_path / "y.pt").read_bytes())


def test_torch_never_sees_the_file(original: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def load(*_: object, **__: object) -> None:
        raise AssertionError("torch.load was called")

    monkeypatch.setattr(torch, "load", load)
    (tmp_path / "x.pt").write_bytes(original)
    assert archive.read(tmp_path / "x.pt")["epoch"] == 2


def test_an_archive_rearranged_at_random_is_refused_or_reads_the_same(original: bytes, tmp_path: Path):
    (tmp_path / "x.pt").write_bytes(original)
    honest, rng, refused = archive.read(tmp_path / "x.pt"), random.Random(1), 0
    for _ in range(400):
        (tmp_path / "x.pt").write_bytes(forging.rearranged(original, rng))
        try:
            assert same(archive.read(tmp_path / "x.pt"), honest)
        except UsageError:
            refused += 1
    assert refused > 300
