"""Checkpoints that nobody honest would write, for the tests: real ones changed, archives and pickles made by hand."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from nnlab.engine.config import validate
from nnlab.engine.runs import claim
from nnlab.engine.training.session import begin
from nnlab.engine.training.train import run

Body = dict[str, Any]


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
