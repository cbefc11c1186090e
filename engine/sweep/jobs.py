"""The runs of a sweep: each a training in a process of its own, of which several go on at once."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ..errors import ExitCode, UsageError
from ..events import EpochEnded, RunFinished, RunStarted, StoppedBy
from ..runs.claim import is_live
from ..runs.control import send
from ..runs.folder import RunFolder, own_names, runs_root
from ..runs.log import EventLog, OddLine
from ..runs.progress import Progress
from .study import Outcome

LOOK_EVERY = 0.05  # seconds between two looks at the runs
DEATHS = 3  # of a run without having got further, before it is given up
NO_ROOM = tuple(os.strerror(number) for number in (errno.ENOSPC, errno.EDQUOT))  # as a process says it of its disk

ENDS: dict[StoppedBy, Outcome | None] = {
    "epochs": "complete",
    "early_stop": "complete",
    "interrupt": "stopped",
    "terminated": None,
    "diverged": "diverged",
    "failed": "failed",
}
"""What comes of a trial whose run ended so; it goes on where the sweep itself, or the machine, was stopped."""


class Trainer(Protocol):
    """A process that trains one run after another."""

    @property
    def gone(self) -> bool:
        """Whether it trains no more, so that another one has to go on with its run."""
        ...

    def train(self, words: Sequence[str]) -> None:
        """Begin a run with these words of `nnlab train`."""
        ...

    def ended(self) -> tuple[int, str] | None:
        """The exit code of the run and the error that it told; None as long as it goes on."""
        ...

    def interrupt(self) -> None:
        """Let the run be saved and end, as a machine does that is shut down."""
        ...

    def close(self) -> None:
        """No more runs."""
        ...


def planned(progress: Progress) -> int:
    """How many epochs a run is to have; 0 where that is not known yet."""
    return int(progress.started.section("training").get("epochs", 0)) if progress.started else 0


@dataclass
class Job:
    """A run to be trained to its end by the config in the file `source`. `judge` is asked when it starts and
    after every epoch whether it is worth another one. `outcome` says how it ended, None before that, `message` what
    went wrong."""

    run: str
    source: Path
    judge: Callable[[Progress], bool] = lambda _: True
    progress: Progress = field(default_factory=Progress)
    outcome: Outcome | None = None
    message: str = ""
    deaths: int = 0
    furthest: int = 0
    passed: RunFinished | None = None  # the end behind which it is to be trained on

    def __post_init__(self) -> None:
        self.folder = RunFolder(runs_root() / self.run)
        self.log = EventLog(self.folder.events)

    @property
    def seconds(self) -> float:
        """How long its epochs took, each as often as it counts."""
        return sum(record.get("seconds", 0.0) for record in self.progress.history)

    @property
    def trained(self) -> bool:
        """Whether all of its epochs are."""
        return 0 < planned(self.progress) <= self.progress.epoch

    @property
    def lacked_room(self) -> bool:
        """Whether it failed by a full disk, which says nothing of its settings."""
        return self.outcome == "failed" and any(words in self.message for words in NO_ROOM)

    def follow(self) -> None:
        """Take what the run has told since the last call. UsageError where its log cannot be read."""
        if self.outcome == "pruned":
            return
        with suppress(OSError):  # nothing is there yet
            for event in self.log.poll():
                if isinstance(event, OddLine):
                    raise UsageError(f"The run {self.run!r} is unreadable: {event}.")
                self.progress.follow(event)
                if isinstance(event, RunStarted | EpochEnded) and not self.judge(self.progress):
                    self.outcome = "pruned"
                    return
        finished = self.progress.finished
        if finished is not None and finished is not self.passed:
            self.outcome, self.message = ENDS[finished.stopped_by], finished.message
            if self.outcome is None and self.trained:
                self.outcome = "complete"

    def train_on(self) -> None:
        """Take it for no end that somebody has stopped it. UsageError where its log cannot be read."""
        self.follow()
        if self.outcome == "stopped":
            self._pass_end()

    def try_again(self) -> None:
        """Take it for no end that the disk was full. UsageError where its log cannot be read."""
        self.follow()
        if self.lacked_room:
            self._pass_end()

    def _pass_end(self) -> None:
        self.passed, self.outcome, self.message = self.progress.finished, None, ""

    def words(self) -> list[str]:
        """The words of `nnlab train` that begin it, or go on with it. What a killed process only began is removed."""
        if self.folder.last.exists():
            return ["--resume", self.run]
        for name in own_names(self.folder.path):
            (self.folder.path / name).unlink()
        with suppress(FileNotFoundError):
            self.folder.path.rmdir()
        return ["--config", str(self.source), "--name", self.run]

    def give_up(self, code: int, said: str) -> bool:
        """Whether nothing more comes of it, now that its process has ended with this code and this last error."""
        if self.outcome is None and code == ExitCode.USAGE and self.trained:
            self.outcome = "complete"  # killed behind its last checkpoint: no epoch is left to be resumed for
        elif self.outcome is None and code == ExitCode.USAGE and not self.folder.path.exists():
            self.outcome, self.message = "refused", said
        elif self.outcome is None:
            self.deaths = 1 if self.progress.epoch > self.furthest else self.deaths + 1
            self.furthest = max(self.furthest, self.progress.epoch)
            if self.deaths > DEATHS or any(words in said for words in NO_ROOM):
                self.outcome = "failed"
                self.message = said or f"Its process ended with exit code {code}, as one does that runs out of memory."
        return self.outcome is not None


@dataclass
class Drive:
    """Trains jobs with some trainers, each one job at a time. `more` gives the next one, None where none can begin now;
    `halt` says whether all are to be saved and left for another time, `hold` whether none is to begin for now, `wait`
    whether there may be more jobs later."""

    trainers: Sequence[Trainer]
    more: Callable[[], Job | None]
    halt: Callable[[], bool]
    hold: Callable[[], bool] = lambda: False
    wait: Callable[[], bool] = lambda: False
    at_work: dict[int, Job] = field(default_factory=dict[int, Job])
    back: list[Job] = field(default_factory=list[Job])  # whose trainer is gone, or whose process before is not yet
    left: set[str] = field(default_factory=set[str])  # runs of which nothing more is wanted once they are saved

    def run(self) -> Iterator[Job | None]:
        """Each job when it is over, and None now and then in between."""
        halted: set[int] = set()
        while True:
            halting, holding, found = self.halt(), self.hold(), False
            for place in range(len(self.trainers)) if not (halting or holding) else ():
                if place in self.at_work or self.trainers[place].gone:
                    continue
                if (job := self._take()) is not None:
                    found = True  # which may be over already, as one that was killed behind its end
                    yield from self._begin(place, job)
            if not self.at_work and (halting or not (holding or found or self.back or self.wait())):
                return
            threading.Event().wait(LOOK_EVERY)
            for place, job in list(self.at_work.items()):
                if halting and place not in halted:
                    self.trainers[place].interrupt()
                    halted.add(place)
                yield from self._look(place, job, halting)
            yield None

    def leave(self, run: str) -> None:
        """Have a run saved and end, and tell no more of it: others train it."""
        self.back = [job for job in self.back if job.run != run]
        for place, job in self.at_work.items():
            if job.run == run:
                self.trainers[place].interrupt()
                self.left.add(run)

    def _take(self) -> Job | None:
        """The next job; one that was given back comes first, as soon as no process is left that trains it."""
        for job in self.back:
            if not is_live(job.folder):
                self.back.remove(job)
                return job
        return self.more()

    def _begin(self, place: int, job: Job) -> Iterator[Job]:
        """Begin a job, or go on with it, unless it is over already."""
        if is_live(job.folder):  # its process is left over from one that was killed, and about to end
            self.back.append(job)
            return
        job.try_again()
        if job.outcome is not None:
            yield job
            return
        self.trainers[place].train(job.words())
        self.at_work[place] = job

    def _look(self, place: int, job: Job, halting: bool) -> Iterator[Job]:
        """See how far a job is."""
        before, ended = job.outcome, self.trainers[place].ended()
        job.follow()
        if ended is None:
            if job.outcome == "pruned" and before is None:
                with suppress(OSError):
                    send(job.folder, "stop")
            return
        if job.run in self.left:
            self.left.discard(job.run)
            del self.at_work[place]
        elif job.outcome is None and halting:
            del self.at_work[place]
        elif job.outcome is None and self.trainers[place].gone and not job.trained:
            self.back.append(self.at_work.pop(place))
        elif job.give_up(*ended):
            del self.at_work[place]
            yield job
        else:
            self.trainers[place].train(job.words())
