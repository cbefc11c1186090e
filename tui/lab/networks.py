"""The networks of the user's own that the lab offers: those that runs were made with. Read from files alone."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ...engine.errors import UsageError
from ...engine.models.code import digest
from ...engine.models.naming import split_name
from ...engine.models.trust import is_trusted
from ...engine.runs.folder import runs_root
from ...engine.runs.summary import config_in

LONGEST = 2**23  # bytes of a network's file


def user_networks() -> list[str]:
    """The networks of the user's own that runs were made with, as `path/to/net.py:MyNet`, the newest first: those whose
    files are still what the user named on this machine, so that none is run that nobody looked at."""
    configs = sorted(runs_root().glob("*/config.toml"), key=_modified, reverse=True)
    names = dict.fromkeys(name for path in configs if (name := _user_network(path)))
    return [name for name in names if _is_as_named(name)]


def _modified(path: Path) -> float:
    with suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def _user_network(path: Path) -> str:
    model = config_in(path).get("model")
    if not isinstance(model, dict):
        return ""
    return f"{model.get('file')}:{model.get('class_name')}" if model.get("family") == "custom" else ""


def _is_as_named(name: str) -> bool:
    with suppress(UsageError, OSError, ValueError):
        file = Path(split_name(name)[0])
        return file.is_file() and file.stat().st_size <= LONGEST and is_trusted(digest(str(file)))
    return False
