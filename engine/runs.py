"""Run folders: where trainings live and where processes meet. No torch here: screens and lists read these files.

A run's folder holds `config.toml`, `events.jsonl` (appended by the trainer, read by every view), `control.jsonl`
(requests, appended by views), `film.jsonl` (pictures for those who watch), `history.csv`, `best.pt` and `last.pt`. A
lock tells a live run from a dead one.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .errors import NnlabError, UsageError, expand_home
from .events import EpochEnded, Event, Record, RunFinished, RunStarted, from_json

RUNS_VARIABLE = "NNLAB_RUNS"
Status = Literal["running", "finished", "interrupted", "crashed", "diverged", "empty"]
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


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
    def best(self) -> Path:
        """The checkpoint of the best epoch so far."""
        return self.path / "best.pt"

    @property
    def last(self) -> Path:
        """The newest checkpoint, from which a run resumes."""
        return self.path / "last.pt"

    @property
    def lock(self) -> Path:
        """Locked by the trainer while it lives."""
        return self.path / "lock"


@dataclass(frozen=True)
class RunSummary:
    """One line of `runs list`, from the run's files alone."""

    folder: RunFolder
    status: Status
    started: RunStarted | None
    finished: RunFinished | None
    epochs: int
    last: Record
    modified: float


def runs_root() -> Path:
    """The folder that holds runs: `$NNLAB_RUNS`, or the user's data folder."""
    named = os.environ.get(RUNS_VARIABLE)
    if named:
        return expand_home(named)
    from platformdirs import user_data_path

    return user_data_path("nnlab", appauthor=False) / "runs"


def check_name(name: str) -> str:
    """Return the name if it can name a run; UsageError if it could escape its folder or upset a shell."""
    if not NAME.fullmatch(name) or name == "latest":
        raise UsageError(
            f"{name!r} cannot name a run: use letters, digits, '.', '_' and '-' (at most 100, no leading dot), "
            "and not 'latest'."
        )
    return name


def claim(name: str | None = None, *, stem: str = "run", out: Path | None = None) -> RunFolder:
    """Create a new run's folder, atomically: `out` itself, else `name` or `<stem>-<n>` under the runs folder.

    Raises UsageError if the name is taken, NnlabError if the folder cannot be made.
    """
    root = runs_root()
    try:
        if out is not None:
            return _claim_out(out, root, name)
        root.mkdir(parents=True, exist_ok=True)
        if name is not None:
            (root / check_name(name)).mkdir()
            return RunFolder(root / name)
        return _claim_numbered(root, re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-.") or "run")
    except FileExistsError:
        raise _taken(name) from None
    except OSError as error:
        raise NnlabError(f"The run's folder cannot be made at {error.filename}: {error.strerror}.") from None


def check_free(name: str | None, out: Path | None) -> None:
    """Raise UsageError early, before anything is loaded, if `claim` would refuse this name or folder."""
    if out is not None and (out / "events.jsonl").exists():
        raise _holds_a_run(out)
    if out is None and name is not None and (runs_root() / check_name(name)).exists():
        raise _taken(name)


def _taken(name: str | None) -> UsageError:
    return UsageError(f"The run {name!r} exists already: choose another --name, or `nnlab runs rm {name}` first.")


def _holds_a_run(out: Path) -> UsageError:
    return UsageError(f"{out} holds a run already: choose another --out, or continue that one with --resume {out}.")


def _claim_out(out: Path, root: Path, name: str | None) -> RunFolder:
    """Take the folder `out`, which must hold no run yet, and leave a link among the runs so that its name finds it."""
    out.mkdir(parents=True, exist_ok=True)
    folder = RunFolder(out.resolve())
    try:
        folder.events.touch(exist_ok=False)
    except FileExistsError:
        raise _holds_a_run(out) from None
    link = root / (name or re.sub(r"[^A-Za-z0-9._-]+", "-", folder.name))
    with suppress(OSError):  # the name is taken, or no link can be made there: its path still finds the run
        root.mkdir(parents=True, exist_ok=True)
        link.symlink_to(folder.path, target_is_directory=True)
    return folder


def _claim_numbered(root: Path, stem: str) -> RunFolder:
    taken = (re.fullmatch(re.escape(stem) + r"-(\d+)", entry.name) for entry in root.iterdir())
    number = max((int(match[1]) for match in taken if match), default=0) + 1
    while True:
        try:
            (root / f"{stem}-{number}").mkdir()
        except FileExistsError:
            number += 1
        else:
            return RunFolder(root / f"{stem}-{number}")


@contextmanager
def locked(folder: RunFolder) -> Generator[None]:
    """Hold the run's lock; NnlabError if another process trains there. The system drops it when the process dies."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder.lock, timeout=1)
    try:
        lock.acquire()
    except Timeout:
        raise NnlabError(f"The run {folder.name!r} is being trained by another process.") from None
    except OSError as error:
        raise NnlabError(f"The run cannot be written to {folder.path}: {error.strerror}.") from None
    try:
        yield
    finally:
        lock.release()


def is_live(folder: RunFolder) -> bool:
    """Whether a process trains in this folder now."""
    from filelock import FileLock, Timeout

    if not folder.lock.exists():
        return False
    lock = FileLock(folder.lock, timeout=0)
    try:
        lock.acquire()
    except (Timeout, OSError):
        return True
    lock.release()
    return False


def read_lines(path: Path, offset: int = 0) -> tuple[list[str], int]:
    """Read the complete lines of a growing file from a byte offset on; returns them and the next offset.

    A torn last line is left for the next call; a missing file has no lines.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read()
    except FileNotFoundError:
        return [], offset
    end = data.rfind(b"\n") + 1
    return data[:end].decode("utf-8", errors="replace").splitlines(), offset + end


def parse_events(lines: Iterable[str]) -> Iterator[Event]:
    """The events in these lines; a line that is none (torn by a crash, or of a newer version) is passed over."""
    for line in lines:
        try:
            body = json.loads(line)
            event = from_json(body) if isinstance(body, dict) else None
        except ValueError:
            continue
        if event is not None:
            yield event


def read_events(folder: RunFolder) -> list[Event]:
    """All events of a run so far."""
    return list(parse_events(read_lines(folder.events)[0]))


def history_of(events: Iterable[Event]) -> list[Record]:
    """One record an epoch, without gap or double row: where a run was resumed, the repeated epochs replace the old."""
    records: list[Record] = []
    for event in events:
        if isinstance(event, RunStarted):
            records = [record for record in records if record["epoch"] < event.first_epoch]
        elif isinstance(event, EpochEnded):
            records.append(event.record)
    return records


def summarize(folder: RunFolder) -> RunSummary:
    """Tell a run's state from its files."""
    events = read_events(folder)
    started = next((event for event in reversed(events) if isinstance(event, RunStarted)), None)
    ended = events[-1] if events and isinstance(events[-1], RunFinished) else None
    history = history_of(events)
    try:
        modified = folder.events.stat().st_mtime
    except OSError:
        modified = 0.0
    last = history[-1] if history else {}
    return RunSummary(folder, status_of(folder, started, ended), started, ended, len(history), last, modified)


def status_of(folder: RunFolder, started: RunStarted | None, ended: RunFinished | None) -> Status:
    """The state of a run with this newest start and, if that is its last word, this end."""
    if is_live(folder):
        return "running"
    if ended is None:
        return "crashed" if started else "empty"
    if ended.stopped_by in ("interrupt", "terminated"):
        return "interrupted"
    if ended.stopped_by == "failed":
        return "crashed"
    return "diverged" if ended.stopped_by == "diverged" else "finished"


def list_runs() -> list[RunSummary]:
    """Every run under the runs folder, the newest last."""
    root = runs_root()
    if not root.is_dir():
        return []
    folders = [RunFolder(entry.resolve()) for entry in root.iterdir() if (entry / "events.jsonl").is_file()]
    return sorted((summarize(folder) for folder in folders), key=lambda run: (run.modified, run.folder.name))
