"""Removing a sweep with all of its trials: the files that nnlab wrote, and nothing else that lies there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from ..errors import NnlabError, UsageError
from ..runs.claim import is_live
from ..runs.folder import SWEEP, RunFolder, holds_run, own_names, runs_root
from ..runs.removal import remove as remove_run
from .database import KEPT
from .folder import JOURNAL, SweepFolder, at_work


def trials_of(folder: SweepFolder) -> list[RunFolder]:
    """The runs of a sweep, those with other seeds and its ensemble among them, in the order of their names."""
    called = re.compile(re.escape(folder.name) + r"-([0-9]{2,}(-seed[0-9]+)?|ensemble)")
    return [RunFolder(path) for path in sorted(runs_root().iterdir()) if called.fullmatch(path.name) and path.is_dir()]


def remove(folder: RunFolder) -> list[Path]:
    """Delete a run, or a sweep whose folder this is, unless it is gone with its sweep; returns what else was found
    there and kept. Raises UsageError and NnlabError as both do."""
    if (folder.path / SWEEP).is_file():
        return remove_sweep(SweepFolder(folder.path))
    return remove_run(folder) if folder.path.exists() else []


def remove_sweep(folder: SweepFolder) -> list[Path]:
    """Delete a sweep's files, its runs and its folders; returns what else was found in these and kept.

    The plan goes last: cut off in between, it can be removed once more. Raises UsageError while somebody works on it or
    on one of its runs, NnlabError if the disk refuses.
    """
    runs, kept = trials_of(folder), list[Path]()
    live = next((run for run in [RunFolder(folder.path), *runs] if is_live(run)), None)
    if live is not None:
        what = "sweep" if live.path == folder.path else "run"
        raise UsageError(f"The {what} {live.name!r} is being trained: stop it first.")
    try:
        with at_work(folder):
            for run in runs:
                kept += remove_run(run) if holds_run(run.path) else _clear(run.path, own_names(run.path))
            kept += _clear(folder.configs, [path.name for path in folder.configs.glob("*.toml")])
            journal = [path.name for path in folder.path.glob(f"{JOURNAL}*")]
            for member in folder.joined.iterdir() if folder.joined.is_dir() else ():  # of a host that was killed
                _clear(member, [path.name for path in member.iterdir()])
            _clear(folder.joined, [])
            _clear(folder.path, [*journal, "host", KEPT, folder.log.name, "control.jsonl", f"{SWEEP}.part"])
        left = _clear(folder.path, ["lock", SWEEP])
    except OSError as error:
        raise NnlabError(f"The sweep {folder.name!r} cannot be removed: {error.filename}: {error.strerror}.") from None
    return [*kept, *(path for path in left if path != folder.configs)]


def _clear(folder: Path, names: Iterable[str]) -> list[Path]:
    """Delete the files of a folder that have these names, and the folder if that leaves it empty; returns what else is
    there."""
    for name in names:
        if (folder / name).is_file() and not (folder / name).is_symlink():
            (folder / name).unlink()
    left = sorted(folder.iterdir()) if folder.is_dir() else []
    if not left and folder.is_dir():
        folder.rmdir()
    return left
