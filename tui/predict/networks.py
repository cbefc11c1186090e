"""The trained networks that runs have left, and what their folders tell: read from files alone."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ...engine.models.naming import describe_model
from ...engine.runs.folder import RunFolder, runs_root
from ...engine.runs.summary import config_in


@dataclass(frozen=True)
class Trained:
    """A run with a checkpoint: what it learnt, with which network, and when the checkpoint was written."""

    folder: RunFolder
    data: str
    model: str
    modified: float


def trained_networks() -> list[Trained]:
    """Every run under the runs folder that has a checkpoint, the newest first."""
    found = [one for entry in _entries() if (one := read_trained(RunFolder(entry))) is not None]
    return sorted(found, key=lambda one: (-one.modified, one.folder.name))


def _entries() -> list[Path]:
    """What lies under the runs folder; nothing where that cannot be read."""
    with suppress(OSError):
        return list(runs_root().iterdir())
    return []


def read_trained(folder: RunFolder) -> Trained | None:
    """What a run's folder tells of its network; None where it has no checkpoint that can be seen."""
    with suppress(OSError):
        checkpoint = folder.best if folder.best.exists() else folder.last
        modified = checkpoint.stat().st_mtime
        data, model = _config(folder.config)
        return Trained(folder, data, model, modified)
    return None


def written_at(folder: Path | None) -> int:
    """When the run's checkpoint was written, in nanoseconds; 0 where there is none."""
    if folder is None:
        return 0
    run = RunFolder(folder)
    for checkpoint in (run.best, run.last):
        with suppress(OSError):
            return checkpoint.stat().st_mtime_ns
    return 0


def _config(path: Path) -> tuple[str, str]:
    """The data's name and the network in a few characters; empty where the file does not tell."""
    try:
        config = config_in(path)
        return str(config["data"]["name"]), describe_model(config["model"])
    except (AttributeError, KeyError, TypeError):
        return "", ""
