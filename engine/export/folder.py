"""A network as a folder that others may have: its weights as safetensors, and beside them plain JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np

from ..checkpoint import FORMAT, Checkpoint
from ..data.catalog import HUB
from ..errors import NnlabError, UsageError
from ..events import finite
from ..history import History
from ..runs.folder import REST, WEIGHTS
from ..safetensors import to_safetensors
from ..tensors import BFLOAT16, Held


def files_of(checkpoint: Checkpoint, name: str) -> dict[str, bytes]:
    """The content of the folder's files by their names. UsageError for weights of a type that safetensors has not."""
    try:
        weights = to_safetensors(_arrays(checkpoint.weights), {"nnlab": name})
    except ValueError as error:
        raise UsageError(f"The network cannot be written as safetensors: {error}.") from None
    text = json.dumps(finite(_rest(checkpoint)), ensure_ascii=False, allow_nan=False, indent=1)
    return {WEIGHTS: weights, REST: text.encode("utf-8", "replace") + b"\n"}


def public(checkpoint: Checkpoint) -> Checkpoint:
    """The checkpoint, in which the data have their name alone: where they are on this machine stays here."""
    config = checkpoint.config
    here, there = config.data.name, _named(config.data.name)
    told = {"data": config.data.model_copy(update={"name": there}), "description": config.description}
    if here:
        told["description"] = config.description.replace(here, there)
    return replace(checkpoint, config=config.model_copy(update=told))


def write_folder(place: Path, checkpoint: Checkpoint, name: str) -> list[Path]:
    """Write the folder, and return its files. Raises UsageError where something else is there, as `files_of` does, and
    NnlabError where it cannot be written."""
    files = files_of(public(checkpoint), name)
    foreign = next((path for path in (place.iterdir() if place.is_dir() else ()) if path.name not in files), None)
    if place.is_file() or foreign is not None:
        raise UsageError(f"{foreign or place} is there already: name a folder of its own with -o.")
    try:
        place.mkdir(parents=True, exist_ok=True)
        for own, data in files.items():
            part = place / f".{own}-{os.urandom(6).hex()}.tmp"
            try:
                part.write_bytes(data)
                part.replace(place / own)
            finally:
                part.unlink(missing_ok=True)
    except OSError as error:
        raise NnlabError(f"{place} cannot be written: {error.strerror}.") from None
    return [place / own for own in files]


def _arrays(weights: Mapping[str, Any]) -> dict[str, np.ndarray]:
    if isinstance(weights, Held):
        return dict(weights.arrays)
    import torch

    def array(weight: Any) -> np.ndarray:
        whole = weight.detach().cpu().contiguous()
        return whole.view(torch.uint16).numpy().view(BFLOAT16) if whole.dtype == torch.bfloat16 else whole.numpy()

    return {name: array(weight) for name, weight in weights.items()}


def _rest(checkpoint: Checkpoint) -> dict[str, Any]:
    """All but the weights, as `checkpoint.load` takes it."""
    history = checkpoint.history if isinstance(checkpoint.history, History) else History.of(checkpoint.history)
    columns = list(history.columns)
    return {
        "format": FORMAT,
        "config": checkpoint.config.to_dict(),
        "schema": checkpoint.schema.model_dump(mode="json"),
        "spec": checkpoint.spec.model_dump(mode="json"),
        "epoch": checkpoint.epoch,
        "history": {"columns": columns, "values": [[record[name] for name in columns] for record in history]},
        "versions": checkpoint.versions,
        **({"refit": True} if checkpoint.refit else {}),
        **({} if checkpoint.threshold is None else {"threshold": checkpoint.threshold}),
        **({"margins": list(checkpoint.margins)} if checkpoint.margins else {}),
    }


def _named(data: str) -> str:
    """What data are called, without the folders that lead to them."""
    return data if data.startswith(HUB) else PureWindowsPath(PurePosixPath(data).name).name or data
