"""The runs as their folders tell of them, read on as their logs grow: what did not change costs nothing. No textual."""

from __future__ import annotations

import os
from array import array
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from stat import S_ISREG
from typing import Any

from ..events import IMPORTED, Record, RunFinished, RunStarted
from ..history import History
from ..models.naming import describe_model
from .compare import PARTS, setting_name
from .folder import RunFolder, runs_root
from .log import EventLog, OddLine
from .progress import Progress, main_metric
from .states import State
from .summary import status_of

CURVES = ("loss", "accuracy", "mae")

Curves = Mapping[str, "array[float]"]
"""Columns of a history: `epoch`, and `<metric>_valid` and `_train` as far as there are any."""


@dataclass(frozen=True)
class Run:
    """A run as the list shows it. `best_epoch` is 0 where there is none yet, `metrics` are what its final checkpoint
    reached, or would if it ended now, `ended` is its last word if it is over; `resumable` says that there is a
    checkpoint to go on from, `error` why it cannot be read."""

    folder: RunFolder
    state: State
    started: RunStarted | None = None
    ended: RunFinished | None = None
    epochs: int = 0
    best_epoch: int = 0
    metrics: Record = field(default_factory=dict[str, float])
    modified: float = 0.0
    checkpoint: Path | None = None
    resumable: bool = False
    error: str = ""

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def live(self) -> bool:
        """Whether somebody trains it now."""
        return self.state in ("running", "paused")

    @property
    def data(self) -> str:
        """What it learns."""
        return self.started.data if self.started else ""

    @cached_property
    def model(self) -> str:
        """Its network in a few characters."""
        return describe_model(self.section("model")) if self.config else ""

    @property
    def imported(self) -> bool:
        """Whether it is of another program's log, and has neither a config nor a network."""
        return self.started is not None and self.started.task == IMPORTED

    @property
    def config(self) -> dict[str, Any]:
        """Its config as a tree, empty where the log does not tell."""
        return self.started.config if self.started else {}

    def section(self, name: str) -> dict[str, Any]:
        """A part of its config."""
        return self.started.section(name) if self.started else {}

    @property
    def planned(self) -> int | None:
        """The epochs it is to have; None of an ensemble, whose networks were trained by themselves."""
        return None if self.section("model").get("family") == "ensemble" else self.section("training").get("epochs")

    @property
    def lr(self) -> float | None:
        """The learning rate it was set up with."""
        return self.section("training").get("lr")

    @property
    def told(self) -> tuple[str, float] | None:
        """The metric that tells most of it, and its value."""
        return main_metric(self.metrics)

    @cached_property
    def fields(self) -> Mapping[str, str | float]:
        """What a filter can ask of it: its own words and numbers, its metrics, the one that tells most of it as
        `reached` and as `best`, when it was `modified`, and its settings by their names."""
        named: dict[str, str | float] = {}
        for part in PARTS:
            values = {setting_name(f"{part}.{name}"): _plain(value) for name, value in self.section(part).items()}
            named |= {name: value for name, value in values.items() if value != ""}
        named |= {"name": self.name, "run": self.name, "state": self.state, "data": self.data, "model": self.model}
        named |= {"task": self.started.task if self.started else "", "epochs": float(self.epochs)}
        named |= {"planned": float(self.planned)} if self.planned is not None else {}
        named |= dict.fromkeys(("reached", "best"), self.told[1]) if self.told else {}
        return named | self.metrics | {"modified": self.modified}


@dataclass
class RunLog:
    """One run's log, as far as it was read. The history is kept only for runs whose curves are looked at."""

    folder: RunFolder
    run: Run
    log: EventLog
    stamp: tuple[float, int, int] = (0.0, 0, 0)
    keeps: bool = False
    progress: Progress = field(default_factory=Progress)
    curves: Curves = field(default_factory=dict[str, "array[float]"])

    @classmethod
    def of(cls, path: Path) -> RunLog:
        """The log of the run in this folder, not read yet."""
        folder = RunFolder(path)
        return cls(folder, Run(folder, "empty"), EventLog(folder.events))

    def read(self, status: os.stat_result, *, keep: bool) -> None:
        """Read what is new in a log of this status; with `keep` the history too, from the start if it was not kept
        before. A run that cannot be read says so by its state."""
        stamp = status.st_mtime, status.st_size, status.st_ino
        if stamp[1] < self.log.lines.offset or stamp[2] != self.stamp[2] or (keep and not self.keeps):
            self._forget()
        self.keeps = keep
        try:
            if stamp != self.stamp and not self.run.error:
                self._follow(status.st_mtime)
            if self.run.error:  # what comes after an odd line is not looked at
                self.run = replace(self.run, state="unreadable", modified=status.st_mtime)
            elif stamp != self.stamp or self.run.live or self.run.ended is None:
                self._judge()  # a run that is over changes no more without a word
            self.stamp = stamp
        except OSError as error:
            self._forget()
            self.run = Run(self.folder, "unreadable", error=f"{self.folder.events}: {error.strerror}")
        if not keep:
            self.progress.history, self.curves = History(), {}

    def _forget(self) -> None:
        self.run, self.log = Run(self.folder, "empty"), EventLog(self.folder.events)
        self.stamp = (0.0, 0, 0)
        self.progress, self.curves = Progress(), {}

    def _follow(self, modified: float) -> None:
        """Take the events since the last time, up to the first line that is none; all of them, where they lead back to
        epochs that are not kept."""
        whole, trouble = self.keeps or not self.log.lines.number, ""
        for event in self.log.poll():
            if isinstance(event, OddLine):
                trouble = str(event)
                break
            if not whole and self.progress.looks_back(event):
                self._forget()
                self._follow(modified)
                return
            self.progress.follow(event)
        if self.keeps:  # a copy, since it is drawn while this reads on
            columns = self.progress.history.columns
            self.curves = {name: columns[name][:] for name in columns if name.startswith(("epoch", *CURVES))}
        now, trouble = self.progress, trouble or self.log.emptiness
        reached = {"epochs": now.epoch, "best_epoch": now.best_epoch, "metrics": now.metrics}
        told = {"started": now.started, "ended": now.finished, "modified": modified, "error": trouble}
        self.run = replace(self.run, **told, **reached)

    def _judge(self) -> None:
        """State and checkpoints, which may change while the log does not."""
        run = self.run
        state = status_of(self.folder, run.started, run.ended, paused=self.progress.paused)
        final = self.folder.final(run.section("training").get("final"))
        checkpoint = final if final.exists() else None
        resumable = self.folder.last.exists()
        if (state, checkpoint, resumable) != (run.state, run.checkpoint, run.resumable):
            self.run = replace(run, state=state, checkpoint=checkpoint, resumable=resumable)


Reading = tuple[list[Run], dict[Path, Curves]]


@dataclass
class RunReader:
    """Every run under the runs folder. One thread at a time may read; what it returns is never changed after."""

    logs: dict[Path, RunLog] = field(default_factory=dict[Path, RunLog])

    def read(self, shown: Collection[Path]) -> Reading:
        """The runs, and the curves of those `shown`."""
        found: dict[Path, RunLog] = {}
        for path, status in _logs(runs_root()):
            log = found[path] = self.logs.get(path) or RunLog.of(path)
            if isinstance(status, OSError):
                log.run = Run(log.folder, "unreadable", error=f"{path}: {status.strerror}")
            else:
                log.read(status, keep=path in shown)
        self.logs = found
        return self._reading(shown)

    def look(self, shown: Collection[Path]) -> Reading:
        """The same, but only those `shown` are read on: whoever looks at another run does not wait for all others."""
        for path in shown:
            log = self.logs.get(path)
            if log is not None and log.run.state != "unreadable":
                with suppress(OSError):  # it is gone, or cannot be read any more: the next reading tells
                    log.read(log.folder.events.stat(), keep=True)
        return self._reading(shown)

    def _reading(self, shown: Collection[Path]) -> Reading:
        runs = [log.run for log in self.logs.values()]
        return runs, {path: self.logs[path].curves for path in shown if path in self.logs}


def _logs(root: Path) -> Iterator[tuple[Path, os.stat_result | OSError]]:
    """The folders of runs, links among them followed, and the status of each one's log, or why there is none: a look at
    each, no more."""
    try:
        entries = list(os.scandir(os.path.realpath(root)))
    except OSError:  # there is no such folder yet, or none that can be read
        return
    for entry in entries:
        path = os.path.realpath(entry.path) if entry.is_symlink() else entry.path
        try:
            status = os.stat(f"{path}/events.jsonl")  # noqa: PTH116  (a Path for each of many folders takes longer)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            yield Path(path), error
            continue
        if S_ISREG(status.st_mode):
            yield Path(path), status


def _plain(value: Any) -> str | float:
    """A config's value as a filter compares it; empty for none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, str | bool) else ""
