"""`nnlab sweep --join`: this process trains trials of a sweep that another one decides on, until that is over."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from platform import node
from time import monotonic
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ..engine.errors import ExitCode, NnlabError, UsageError, number_of
from ..engine.runs.claim import is_live, stem_for
from ..engine.runs.folder import RunFolder
from ..engine.sweep.folder import SweepFolder, find_sweep
from ..engine.sweep.joined import BEAT_EVERY, Pulse, heard, host_of, say
from ..engine.sweep.plan import read_plan
from .console import Console
from .sweep_trainer import TrainerProcess

if TYPE_CHECKING:
    from ..engine.training.interrupt import StopRequest

LOOK_EVERY = 0.05  # seconds between two looks at what is asked for


@dataclass
class Member:
    """A process that has joined a sweep, with its trainers and its folder. Each run that it begins is told of."""

    folder: SweepFolder
    path: Path
    trainers: Sequence[TrainerProcess]
    host: dict[str, Any]
    console: Console
    quiet: bool
    count: int = 0
    beaten: float = float("-inf")
    asked: dict[int, dict[str, Any]] = field(default_factory=dict[int, dict[str, Any]])
    at_work: dict[int, int] = field(default_factory=dict[int, int])  # the number of what each slot trains

    def work(self, stop: StopRequest) -> bool:
        """Train what is asked for until a stop is, or the sweep is over; whether it is. NnlabError where the host is
        gone, or takes this process for gone."""
        pulse = Pulse(host_of(self.folder))
        while stop.reason is None:
            if not host_of(self.folder).exists():
                return True
            alive = pulse.look()
            if not alive or pulse.said.get("id", self.host["id"]) != self.host["id"]:
                raise NnlabError(
                    f"The process that decides on the sweep {self.folder.name!r} is gone: "
                    f"`nnlab sweep --resume {self.folder.name}` goes on, then join it once more."
                )
            try:
                self._beat()
                for slot, trainer in enumerate(self.trainers):
                    self._serve(slot, trainer)
            except FileNotFoundError:
                raise NnlabError(
                    f"The sweep {self.folder.name!r} has gone on without this process, which gave no sign of life: "
                    f"`nnlab sweep --join {self.folder.name}` joins it once more."
                ) from None
            threading.Event().wait(LOOK_EVERY)
        return False

    def leave(self) -> None:
        """Have all runs saved, and be gone."""
        with suppress(OSError):
            self._beat(leaving=True)
        for trainer in self.trainers:
            trainer.close()
        shutil.rmtree(self.path, ignore_errors=True)

    def _beat(self, *, leaving: bool = False) -> None:
        """A sign of life, now and then."""
        if leaving or monotonic() - self.beaten >= BEAT_EVERY:
            self.beaten, self.count = monotonic(), self.count + 1
            about = {"host": self.host["id"], "jobs": len(self.trainers), "count": self.count}
            say(self.path / "beat", {**about, "leaving": leaving})

    def _serve(self, slot: int, trainer: TrainerProcess) -> None:
        """Do what is asked of one trainer, and tell how it ended."""
        asked = heard(self.path / f"asked-{slot}")
        if asked and asked != self.asked.get(slot):
            self.asked[slot] = asked
            if "train" in asked:
                self.at_work[slot] = asked["number"]
                trainer.train(self._here(asked["train"]))
            elif slot in self.at_work:
                trainer.interrupt()
        ended = trainer.ended() if slot in self.at_work else None
        if ended is not None:
            code, said = ended
            say(self.path / f"told-{slot}", {"number": self.at_work.pop(slot), "code": code, "said": said})

    def _here(self, words: list[str]) -> list[str]:
        """The words of a run as this machine has its files."""
        if not self.quiet:
            self.console.print_text(f"{'trains on' if words[0] == '--resume' else 'trains'} {_run_of(words)}\n")
            self.console.stdout.flush()
        if words[0] == "--resume":
            return words
        return ["--config", str(self.folder.configs / f"{_run_of(words)}.toml"), "--name", _run_of(words)]


def _run_of(words: list[str]) -> str:
    return words[-1]


def join(name: str, jobs: int, console: Console, *, quiet: bool) -> ExitCode:
    """Lend so many trainers to the sweep of this name. Raises UsageError where nobody works on it, or its data and
    network are not to be had here as they are there; NnlabError where the host is gone."""
    from ..engine.training.interrupt import stop_on_signals

    folder = find_sweep(name)
    host = heard(host_of(folder))
    if not host or not is_live(RunFolder(folder.path)):
        raise UsageError(
            f"Nobody is at work on the sweep {folder.name!r}, which others could join: "
            f"`nnlab sweep --resume {folder.name}` goes on with it."
        )
    _check_data(folder)
    path = folder.joined / f"{stem_for(node())}-{os.getpid()}-{uuid4().hex[:8]}"
    path.mkdir(parents=True)
    member = Member(folder, path, [TrainerProcess() for _ in range(jobs)], host, console, quiet)
    if not quiet:
        console.print_text(f"joined {folder.name} with {number_of(jobs, 'trainer')}\n")
        console.stdout.flush()
    try:
        with stop_on_signals() as stop:
            stop.patient = True
            over = member.work(stop)
    finally:
        member.leave()
    if not quiet:
        console.message(
            f"The sweep {folder.name} is over or has stopped." if over else f"Left {folder.name}; its runs are saved."
        )
    return ExitCode.DONE if over else ExitCode(128 + stop.signal) if stop.signal else ExitCode.FAILED


def _check_data(folder: SweepFolder) -> None:
    """Raise UsageError where a trial cannot be trained on this machine, or its rows are others than the host's."""
    from ..engine.checkpoint import load
    from ..engine.training.session import begin

    session = begin(read_plan(folder.path).trial({}))
    first = RunFolder(folder.path.with_name(folder.run(0)))
    if first.last.exists() and load(first.last).state["data"] != session.fingerprint:
        raise UsageError(
            f"The data {session.config.data.name!r} have other rows here than where {folder.name!r} is decided on: "
            "copy the same files to this machine."
        )
