"""Removing a run: the files that nnlab wrote, and nothing else that lies in the folder."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from .errors import NnlabError, UsageError
from .runs import RunFolder, is_live, runs_root


def remove(folder: RunFolder) -> list[Path]:
    """Delete a run's files, and its folder if that leaves it empty; returns what else was found there and kept.

    Raises UsageError for a run that is being trained, NnlabError if the disk refuses.
    """
    if is_live(folder):
        raise UsageError(f"The run {folder.name!r} is being trained: stop it first.")
    own = [
        folder.config,
        folder.events,
        folder.control,
        folder.history,
        folder.film,
        folder.best,
        folder.last,
        folder.lock,
    ]
    try:
        for path in [*own, *folder.path.glob(".*.pt-*.tmp"), *folder.path.glob("film.jsonl.part")]:
            path.unlink(missing_ok=True)
        kept = sorted(folder.path.iterdir())
        if not kept:
            folder.path.rmdir()
    except OSError as error:
        raise NnlabError(f"The run {folder.name!r} cannot be removed: {error.filename}: {error.strerror}.") from None
    _unlink_names(folder.path)
    return kept


def _unlink_names(target: Path) -> None:
    """Drop the links among the runs that led to a folder elsewhere."""
    with suppress(OSError):
        for entry in runs_root().iterdir():
            if entry.is_symlink() and entry.resolve() == target:
                entry.unlink()
