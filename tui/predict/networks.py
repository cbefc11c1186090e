"""The trained networks that runs have left, and what their folders tell: read from files alone."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...engine.errors import UsageError
from ...engine.models.code import digest
from ...engine.models.naming import describe_model, split_name
from ...engine.models.trust import is_trusted
from ...engine.runs.folder import RunFolder, runs_root

LONGEST = 2**23  # bytes of a config, or of a network's file


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


def own_networks() -> list[str]:
    """The networks of the user's own that runs were made with, as `path/to/net.py:MyNet`, the newest first: those whose
    files are still what the user named on this machine, so that none is run that nobody looked at."""
    configs = sorted(runs_root().glob("*/config.toml"), key=_modified, reverse=True)
    names = dict.fromkeys(name for path in configs if (name := _own_network(path)))
    return [name for name in names if _is_as_named(name)]


def _modified(path: Path) -> float:
    with suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def _own_network(path: Path) -> str:
    model = _read(path).get("model")
    if not isinstance(model, dict):
        return ""
    return f"{model.get('file')}:{model.get('class_name')}" if model.get("family") == "custom" else ""


def _is_as_named(name: str) -> bool:
    with suppress(UsageError, OSError, ValueError):
        file = Path(split_name(name)[0])
        return file.is_file() and file.stat().st_size <= LONGEST and is_trusted(digest(str(file)))
    return False


def _config(path: Path) -> tuple[str, str]:
    """The data's name and the network in a few characters; empty where the file does not tell."""
    try:
        config = _read(path)
        return str(config["data"]["name"]), describe_model(config["model"])
    except (AttributeError, KeyError, TypeError):
        return "", ""


def _read(path: Path) -> dict[str, Any]:
    """A run's config as it stands in its file; nothing where that cannot be read."""
    try:
        if not path.is_file() or path.stat().st_size > LONGEST:
            return {}
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
