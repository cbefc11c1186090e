"""A run's folder: which file is where, and which names there are nnlab's. No torch here.

It holds `config.toml`, `events.jsonl` (appended by the trainer, read by every view), `control.jsonl` (requests,
appended by views), `film.jsonl` (pictures for those who watch), `history.csv`, `best.pt` and `last.pt`, and while it
trains `progress.json` (how far the epoch is, replaced again and again). A lock tells a live run from a dead one. While
a checkpoint, the film or the progress is written anew, it has a name of its own beside the old one.
"""

from __future__ import annotations

import errno
import os
import re
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO, cast

from ..errors import expand_home

RUNS_VARIABLE = "NNLAB_RUNS"
WEIGHTS, REST = "model.safetensors", "nnlab.json"  # the files of a network that is shared, in a folder of its own
SWEEP = "sweep.toml"  # in the folder of a sweep
FILES = (
    *("config.toml", "control.jsonl", "film.jsonl", "progress.json", "history.csv", "best.pt", "last.pt", "lock"),
    "events.jsonl",
)
"""All that a run's folder has for long; the log comes last, since by it a folder is known for a run's."""
UNFINISHED = re.compile(r"\.(best|last)\.pt-[a-z0-9_]+\.tmp|film\.jsonl\.part|progress\.json\.part")
"""What a killed trainer may leave half written."""


@dataclass(frozen=True)
class RunFolder:
    """The paths of one run."""

    path: Path

    @property
    def name(self) -> str:
        """The run's name: its folder's."""
        return self.path.name

    @property
    def config(self) -> Path:
        """The resolved config, as TOML."""
        return self.path / "config.toml"

    @property
    def events(self) -> Path:
        """The event log, one JSON object a line."""
        return self.path / "events.jsonl"

    @property
    def control(self) -> Path:
        """Requests to the trainer, one JSON object a line."""
        return self.path / "control.jsonl"

    @property
    def history(self) -> Path:
        """The history as CSV, one row an epoch."""
        return self.path / "history.csv"

    @property
    def film(self) -> Path:
        """The pictures taken while somebody watched, one event a line, thinned as they grow."""
        return self.path / "film.jsonl"

    @property
    def progress(self) -> Path:
        """How far the present epoch is: one event in one line, while it trains."""
        return self.path / "progress.json"

    @property
    def best(self) -> Path:
        """The checkpoint of the best epoch so far."""
        return self.path / "best.pt"

    @property
    def last(self) -> Path:
        """The newest checkpoint, from which a run resumes."""
        return self.path / "last.pt"

    def final(self, called: str | None) -> Path:
        """The checkpoint that the config `called` final, "best" or "last": the last too where no best one was saved."""
        return self.last if called == "last" or not self.best.exists() else self.best

    @property
    def lock(self) -> Path:
        """Locked by the trainer while it lives."""
        return self.path / "lock"


def runs_root() -> Path:
    """The folder that holds runs: `$NNLAB_RUNS`, or the user's data folder."""
    named = os.environ.get(RUNS_VARIABLE)
    if named:
        return expand_home(named)
    from platformdirs import user_data_path

    return user_data_path("nnlab", appauthor=False) / "runs"


def own_names(folder: Path) -> list[str]:
    """The names in a folder that are nnlab's, in whatever way they are there; none where there is no such folder.
    OSError where it cannot be looked into."""
    try:
        present = {path.name for path in folder.iterdir()}
    except FileNotFoundError:
        return []
    return [*filter(UNFINISHED.fullmatch, sorted(present)), *(name for name in FILES if name in present)]


def holds_network(path: Path) -> bool:
    """Whether this is a folder that `nnlab export --to safetensors` wrote, or `nnlab push`."""
    try:
        return (path / WEIGHTS).is_file() and (path / REST).is_file()
    except OSError:
        return False


def holds_run(path: Path | str) -> bool:
    """Whether a folder has a run's log. OSError, as PermissionError, where that cannot be seen."""
    try:
        return S_ISREG(os.stat(os.path.join(path, "events.jsonl")).st_mode)  # noqa: PTH116, PTH118  (many are asked)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False


def holds_sweep(name: str) -> bool:
    """Whether this is the name of a sweep, whose folder lies among the runs."""
    try:
        return (runs_root() / name / SWEEP).is_file()
    except (OSError, ValueError):  # no folder is called so
        return False


def open_own(path: Path, mode: str) -> BinaryIO:
    """A file of a run's own, opened for writing, unbuffered: where a link or a pipe lies in its place, in a folder that
    came from elsewhere, it would lead to a file of the user's, or wait for ever. OSError for these."""
    kept = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    file = open(path, mode, buffering=0, opener=lambda name, flags: os.open(name, flags | kept, 0o666))  # noqa: SIM115
    if not S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    return cast(BinaryIO, file)
