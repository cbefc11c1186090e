"""What views ask of a sweep at work, and what it does about that: pause, more trials, stop a trial, promote one.

A request is one JSON object a line in `control.jsonl` of the sweep's folder, as those to a run are in the run's:
{"request": "pause" | "resume"}, {"request": "more", "trials": how many more} or {"request": "stop" | "promote",
"trial": number}.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any

from ..errors import number_of
from ..events import RunStarted
from ..fields import brief
from ..runs.control import Inbox, Request, send
from ..runs.folder import RunFolder
from .events import SweepSteered
from .folder import SweepFolder
from .jobs import Job
from .plan import Plan
from .study import UNTRAINED, Study

MOST_MORE = 100_000  # trials that may be asked for at once


@dataclass
class Steering:
    """The requests to a sweep, each answered by an event. `paused` since a time of the monotonic clock; `held` are all
    pauses that are over, in seconds. `asked` has of each run the start since which it was told to pause, or to go on.
    """

    folder: SweepFolder
    study: Study
    paused: float | None = None
    held: float = 0.0
    asked: dict[str, tuple[RunStarted | None, bool]] = field(
        default_factory=dict[str, "tuple[RunStarted | None, bool]"]
    )

    def __post_init__(self) -> None:
        self._inbox = Inbox.from_now_on(RunFolder(self.folder.path))

    @property
    def waited(self) -> float:
        """Seconds in which nothing was to be trained."""
        return self.held + (monotonic() - self.paused if self.paused is not None else 0.0)

    def look(self, jobs: Iterable[tuple[int, Job]], *, trying: bool) -> list[SweepSteered]:
        """Do what was asked for since the last time, and have the runs of these trials pause or go on. No trial is
        added or promoted any more unless the sweep is still `trying`."""
        at_work = dict(jobs)
        requests, odd = self._inbox.take()
        told = [SweepSteered("ignored", message=said) for said in odd]
        for request in requests:
            try:
                told += self._do(request, at_work, trying=trying)
            except ValueError as error:
                told.append(SweepSteered("ignored", message=f"a request is ignored: {error}"))
        for job in at_work.values():
            self._pace(job)
        return told

    def _do(self, request: Request, at_work: dict[int, Job], *, trying: bool) -> list[SweepSteered]:
        """Do what one request asks for; ValueError where it makes no sense, or cannot be done now."""
        match request["request"]:
            case "pause":
                if self.paused is not None:
                    return []
                self.paused = monotonic()
                return [SweepSteered("paused", message="paused: no epoch is trained until it goes on")]
            case "resume":
                if self.paused is None:
                    return []
                self.held, self.paused = self.waited, None
                return [SweepSteered("resumed", message="it goes on")]
            case "more":
                _refuse(trying, "all trials are over: resume the sweep for more")
                return [self._more(_count(request, "trials", 1, MOST_MORE))]
            case "stop":
                number = _count(request, "trial", 0, len(self.study.trials) - 1)
                _refuse(number in at_work, f"trial {number} is not being trained")
                self.study.demote(number)
                with suppress(OSError):
                    send(at_work[number].folder, "stop")
                return [SweepSteered("stopping", number, message=f"trial {number} is saved and stops")]
            case "promote":
                _refuse(trying, "all trials are over: there is none to train on")
                number = _count(request, "trial", 0, len(self.study.trials) - 1)
                return [self._promote(number, at_work)]
            case other:
                raise ValueError(f"{brief(other)} is nothing that a sweep does")

    def _more(self, count: int) -> SweepSteered:
        plan, most = self.study.plan, self.study.most
        _refuse(not plan.gridded, "every combination is tried already")
        if most is None:
            raise ValueError("it has no number of trials: it goes on until its time is over")
        self.study.change(more_of(plan, most + count), self.folder.path)
        said = f"{number_of(count, 'trial')} more: {most + count:,} in all"
        return SweepSteered("more", trials=most + count, message=said)

    def _promote(self, number: int, at_work: dict[int, Job]) -> SweepSteered:
        told = self.study.trials[number]
        _refuse(told.outcome is None or told.outcome in UNTRAINED, f"trial {number} has ended as {told.outcome}")
        self.study.promote(number)
        kept = number in at_work and at_work[number].outcome is None
        said = f"trial {number} is {'kept whatever it reaches' if kept else 'trained on'}"
        return SweepSteered("promoted", number, message=said)

    def _pace(self, job: Job) -> None:
        """Have a run pause, or go on, once since each of its starts."""
        started, paused = job.progress.started, self.paused is not None
        before = self.asked.get(job.run, (started, False))
        if started is not None and before != (started, paused):
            with suppress(OSError):
                send(job.folder, "pause" if paused else "resume")
            self.asked[job.run] = started, paused


def more_of(plan: Plan, trials: int) -> Plan:
    """The plan with so many trials in all. ValueError where it would try other ones then: all combinations in turn
    where it has chosen some."""
    wanted = replace(plan, trials=trials)
    if wanted.gridded != plan.gridded:
        raise ValueError(f"there are only {plan.space.size:,} combinations, and some are chosen of them: ask for fewer")
    return wanted


def _count(request: Request, name: str, low: int, high: int) -> int:
    """A whole number of a request. ValueError where it is none, or none of those."""
    value: Any = request.get(name)
    if type(value) is not int or not low <= value <= high:
        raise ValueError(f"{name} cannot be {brief(value)}")
    return value


def _refuse(unless: bool, why: str) -> None:
    if not unless:
        raise ValueError(why)
