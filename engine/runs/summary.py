"""What a run's files tell of it: its state, how far it came, and every run there is."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..events import Record, RunFinished, RunStarted
from .claim import is_live
from .folder import RunFolder, holds_run, runs_root
from .log import EventLog, OddLine
from .progress import Progress
from .states import ENDS, State

LONGEST = 2**23  # bytes of a config


@dataclass(frozen=True)
class RunSummary:
    """One line of `runs list`, from the run's files alone. `best_epoch` is 0 where there is none, `metrics` are what
    its final checkpoint reached. `error` says why it is unreadable, `line` which line of its log is odd; the rest is
    what stands before that."""

    folder: RunFolder
    status: State
    started: RunStarted | None = None
    finished: RunFinished | None = None
    epochs: int = 0
    best_epoch: int = 0
    metrics: Record = field(default_factory=dict[str, float])
    modified: float = 0.0
    error: str = ""
    line: int | None = None


def summarize(folder: RunFolder) -> RunSummary:
    """Tell a run's state from its files, however long its log. One that cannot be read says so by its status."""
    log, progress = EventLog(folder.events), Progress()
    odd: OddLine | None = None
    trouble, modified = "", 0.0
    try:
        modified = folder.events.stat().st_mtime
        for event in log.poll():
            if isinstance(event, OddLine):
                odd = event
                break
            progress.follow(event)
    except FileNotFoundError:
        pass  # claimed, and nothing was written yet
    except OSError as error:
        trouble = f"{folder.events}: {error.strerror}"
    trouble = str(odd) if odd else trouble or log.emptiness
    started, finished = progress.started, progress.finished
    status = "unreadable" if trouble else status_of(folder, started, finished, paused=progress.paused)
    reached = progress.epoch, progress.best_epoch, progress.metrics
    line = odd.line if odd else None
    return RunSummary(folder, status, started, finished, *reached, modified, trouble, line)


def status_of(
    folder: RunFolder, started: RunStarted | None, ended: RunFinished | None, *, paused: bool = False
) -> State:
    """The state of a run with this newest start and, if that is its last word, this end; `paused` where that was said
    last."""
    if is_live(folder):
        return "paused" if paused else "running"
    if ended is None:
        return "crashed" if started else "empty"
    return ENDS[ended.stopped_by]


def list_runs() -> list[RunSummary]:
    """Every run under the runs folder, the newest last. None of them hides another: one that cannot be read is among
    them, and says so."""
    root = runs_root()
    if not root.is_dir():
        return []
    runs = [run for entry in root.iterdir() if (run := _listed(entry)) is not None]
    return sorted(runs, key=lambda run: (run.modified, run.folder.name))


def _listed(entry: Path) -> RunSummary | None:
    """The run in this folder; None where there is none."""
    try:
        return summarize(RunFolder(Path(os.path.realpath(entry)))) if holds_run(entry) else None
    except OSError as error:
        return RunSummary(RunFolder(entry), "unreadable", error=f"{entry}: {error.strerror}")


def config_in(path: Path) -> dict[str, Any]:
    """A run's config as it stands in its file; nothing where that cannot be read."""
    import tomllib

    try:
        if not path.is_file() or path.stat().st_size > LONGEST:
            return {}
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
