"""Removing a run: the files that nnlab wrote, and nothing else that lies in the folder."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from stat import S_ISREG

from ..errors import NnlabError, UsageError
from ..events import RunStarted
from .claim import is_live, locked
from .folder import RunFolder, own_names, runs_root
from .log import EventLog

BEGINNING = b'{"event":"run_started","run":"'


def remove(folder: RunFolder) -> list[Path]:
    """Delete a run's files, and its folder if that leaves it empty; returns what else was found there and kept.

    No run begins in a folder that holds a file by one of these names, so what has one was written by nnlab. Raises
    UsageError for a folder that no run of nnlab's began in and for a run that is being trained, NnlabError if the disk
    refuses.
    """
    try:
        if not is_run(folder):
            raise UsageError(
                f"{folder.path} holds no run of nnlab's: its events.jsonl does not begin as one. "
                "If it is to go, remove the folder yourself."
            )
        if is_live(folder):
            raise UsageError(f"The run {folder.name!r} is being trained: stop it first.")
        with locked(folder):
            for name in own_names(folder.path):
                _unlink(folder.path / name)
            kept = sorted(folder.path.iterdir())
            if not kept:
                folder.path.rmdir()
    except OSError as error:
        raise NnlabError(f"The run {folder.name!r} cannot be removed: {error.filename}: {error.strerror}.") from None
    _unlink_names(folder.path)
    return kept


def is_run(folder: RunFolder) -> bool:
    """Whether a run of nnlab's began here: the first event in its log says so, or as much of that as a full disk took.
    Where there is none yet, nothing but the config has anything in it. OSError where that cannot be seen."""
    log = EventLog(folder.events)
    first = next(log.poll(), None)
    if first is not None or log.lines.number:
        return isinstance(first, RunStarted)
    with folder.events.open("rb") as file:
        if file.read(len(BEGINNING)) == BEGINNING:
            return True
    others = (folder.path / name for name in own_names(folder.path) if name != folder.config.name)
    return not any(path.lstat().st_size for path in others)


def _unlink(path: Path) -> None:
    """Remove a file; a folder or a link by its name was put there by somebody else, and stays."""
    if S_ISREG(path.lstat().st_mode):
        path.unlink()


def _unlink_names(target: Path) -> None:
    """Drop the links among the runs that led to a folder elsewhere."""
    with suppress(OSError):
        for entry in runs_root().iterdir():
            if entry.is_symlink() and os.path.realpath(entry) == str(target):
                entry.unlink()
