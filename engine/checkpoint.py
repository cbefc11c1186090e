"""Checkpoints: one `.pt` file of tensors and plain data, written whole or not at all, loaded without running code."""

from __future__ import annotations

import os
import pickle
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from . import config as configs
from .config import Config
from .data.schema import Schema
from .errors import NnlabError, UsageError
from .events import Record
from .models.families import ModelSpec

FORMAT = 1
LARGEST = 8 * 2**30  # bytes; nothing nnlab trains comes near, and a stranger's file may claim anything


@dataclass(frozen=True)
class Checkpoint:
    """All that evaluating, predicting and resuming need.

    `weights` is the module's state dict; `state` (empty in `best.pt`) is what resuming needs besides: optimiser,
    schedule, stopping, position within the epoch and random generators.
    """

    config: Config
    schema: Schema
    spec: ModelSpec
    weights: dict[str, Tensor]
    epoch: int
    history: list[Record]
    state: dict[str, Any] = field(default_factory=dict[str, Any])
    versions: dict[str, str] = field(default_factory=dict[str, str])


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Write the checkpoint to a temporary file beside `path`, sync it, and put it in place of the old one.

    Whatever stops it, `path` holds a complete checkpoint, the old or the new. Raises NnlabError when the disk refuses.
    """
    columns = list(checkpoint.history[0]) if checkpoint.history else []
    table = [[record.get(column, float("nan")) for column in columns] for record in checkpoint.history]
    body: dict[str, Any] = {
        "format": FORMAT,
        "config": checkpoint.config.to_dict(),
        "schema": checkpoint.schema.model_dump(mode="json"),
        "spec": checkpoint.spec.model_dump(mode="json"),
        "weights": checkpoint.weights,
        "epoch": checkpoint.epoch,
        "history": {"columns": columns, "values": torch.tensor(table, dtype=torch.float64)},
        "state": checkpoint.state,
        "versions": checkpoint.versions,
    }
    temporary = None
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=".tmp")
        with os.fdopen(descriptor, "wb") as file:
            torch.save(body, file)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
        _sync_folder(path.parent)
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise NnlabError(f"The checkpoint {path} cannot be written: {reason}.") from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove the temporary files that killed processes left."""
    for stale in folder.glob(".*.pt-*.tmp"):
        stale.unlink(missing_ok=True)


def load(path: Path) -> Checkpoint:
    """Read and validate a checkpoint; nothing in it is run. Raises UsageError saying what is wrong with the file."""
    body = _read(path)
    try:
        if body["format"] > FORMAT:
            raise UsageError(f"{path} is of format {body['format']}, which a newer nnlab wrote: upgrade to read it.")
        history = body["history"]
        records = [dict(zip(history["columns"], row, strict=True)) for row in history["values"].tolist()]
        return Checkpoint(
            config=configs.validate(body["config"], source=f"{path} (config)"),
            schema=Schema.model_validate(body["schema"]),
            spec=ModelSpec.model_validate(body["spec"]),
            weights=body["weights"],
            epoch=int(body["epoch"]),
            history=records,
            state=body["state"],
            versions=body["versions"],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"{path} is no nnlab checkpoint: {_first_line(error)}.") from None


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise UsageError(f"There is no file {path}: name a checkpoint (.pt), a run, or 'latest'.")
    size = path.stat().st_size
    if not 0 < size <= LARGEST:
        raise UsageError(f"{path} is no nnlab checkpoint: it has {size:,} bytes.")
    try:
        body = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError, TypeError, OSError) as error:
        raise UsageError(f"{path} is no nnlab checkpoint: {_first_line(error)}.") from None
    if not isinstance(body, dict) or not isinstance(body.get("format"), int):
        raise UsageError(f"{path} is no nnlab checkpoint: it holds something else.")
    return body


def _first_line(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return (text[0] if text else type(error).__name__).rstrip(".")


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where folders can be synced."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
