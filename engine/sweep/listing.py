"""Sweeps as a list of runs shows them: one entry each, read on as their logs grow. Nothing of Optuna's here."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ..events import Record as Record  # of the fields that a sweep has of a run, for who reads its annotations
from ..events import RunFinished as RunFinished
from ..events import RunStarted as RunStarted
from ..fields import read
from ..runs.claim import is_live
from ..runs.folder import SWEEP, RunFolder, runs_root
from ..runs.log import Lines, parse
from ..runs.reader import Run
from ..runs.states import State
from .folder import SweepFolder

TRIAL = re.compile(r"(?P<sweep>.+)-([0-9]{2,}(-seed[0-9]+)?|ensemble)")
BETTER_HIGH = ("accuracy",)


@dataclass(frozen=True)
class SweepRun(Run):
    """A sweep in a list of runs: its trials stand where a run has its epochs, `best` is the value of the best of them
    that was trained to its end. It has neither config nor checkpoint of its own."""

    learns: str = ""
    measure: str = "loss"
    space: Mapping[str, str] = field(default_factory=dict[str, str])
    trials: int | None = None
    best: float | None = None

    @property
    def data(self) -> str:
        """What its trials learn."""
        return self.learns

    @cached_property
    def model(self) -> str:
        """What it tries."""
        return f"sweep of {', '.join(self.space)}" if self.space else "sweep"

    @property
    def planned(self) -> int | None:
        """How many trials there are to be, where that is known."""
        return self.trials

    @property
    def told(self) -> tuple[str, float] | None:
        """The measure, and the best value."""
        return None if self.best is None else (f"{self.measure}_valid", self.best)

    @cached_property
    def fields(self) -> Mapping[str, str | float]:
        """What a filter can ask of it."""
        named: dict[str, str | float] = {"name": self.name, "run": self.name, "sweep": self.name, "state": self.state}
        named |= {"data": self.data, "model": self.model, "task": "", "epochs": float(self.epochs)}
        named |= {"planned": float(self.trials)} if self.trials is not None else {}
        named |= dict.fromkeys(("reached", "best", f"{self.measure}_valid"), self.best) if self.best is not None else {}
        return named | {"modified": self.modified}


@dataclass
class SweepLog:
    """One sweep's log, as far as it was read."""

    folder: SweepFolder
    run: SweepRun
    ends: dict[int, float | None] = field(default_factory=dict[int, "float | None"])
    begun: bool = False
    paused: bool = False
    ended: bool = False

    def __post_init__(self) -> None:
        self._lines = Lines(self.folder.log)

    def read(self) -> SweepRun:
        """Take what is new."""
        with suppress(OSError):
            modified = self.folder.log.stat().st_mtime
            for line in self._lines.poll():
                with suppress(ValueError, KeyError):
                    body = parse(line)
                    if isinstance(body, dict):
                        self._take(body)  # pyright: ignore[reportUnknownArgumentType]
            if modified != self.run.modified:
                self.run = replace(self.run, modified=modified)
        live = is_live(RunFolder(self.folder.path))
        state: State = "paused" if live and self.paused else "running" if live else self._over
        if state != self.run.state:
            self.run = replace(self.run, state=state)
        return self.run

    @property
    def _over(self) -> State:
        """Its state while nobody is at work on it."""
        return "finished" if self.ended else "interrupted" if self.begun else "empty"

    def _take(self, body: Mapping[str, Any]) -> None:
        """Take an event of the log. ValueError or KeyError where it is none."""
        match body["event"]:
            case "sweep_started":
                self.begun, self.ended, self.paused = True, False, False
                said = {"learns": read(body["data"], str, "data"), "measure": read(body["measure"], str, "measure")}
                space = read(body["space"], dict[str, str], "space")
                self.run = replace(self.run, **said, space=space, trials=read(body["trials"], int | None, "trials"))
            case "trial_ended":
                value = read(body["value"], float | None, "value")
                number = read(body["trial"], int, "trial")
                self.ends[number] = value if body["outcome"] == "complete" else None
                pick = max if self.run.measure in BETTER_HIGH else min
                best = pick((one for one in self.ends.values() if one is not None), default=None)
                self.run = replace(self.run, epochs=len(self.ends), best=best)
            case "sweep_steered":
                self.paused = {"paused": True, "resumed": False}.get(body["did"], self.paused)
                if body["did"] == "more":
                    self.run = replace(self.run, trials=read(body["trials"], int, "trials"))
            case "sweep_ended":
                self.ended = not read(body["stopped"], bool, "stopped")
            case _:
                pass


@dataclass
class SweepReader:
    """Every sweep under the runs folder. One thread at a time may read; what it returns is never changed after."""

    logs: dict[str, SweepLog] = field(default_factory=dict[str, SweepLog])

    def read(self) -> list[SweepRun]:
        """The sweeps, each as far as it is now."""
        found: dict[str, SweepLog] = {}
        for path in _folders(runs_root()):
            folder = SweepFolder(Path(path))
            found[path] = self.logs.get(path) or SweepLog(folder, SweepRun(RunFolder(folder.path), "empty"))
        self.logs = found
        return [log.read() for log in found.values()]


def _folders(root: Path) -> list[str]:
    try:
        return [entry.path for entry in os.scandir(root) if os.path.exists(f"{entry.path}/{SWEEP}")]  # noqa: PTH110
    except OSError:  # there is no such folder yet, or none that can be read
        return []


def sweep_of(run: str, sweeps: Collection[str]) -> str:
    """The sweep among these that a run's name says it is a trial of; empty for any other run."""
    found = TRIAL.fullmatch(run)
    return found["sweep"] if found and found["sweep"] in sweeps else ""
