"""A sweep from its first trial to its last word: `run` yields an event for everything worth knowing.

What is on disk says how far it is: the journal has the trials that are over, the runs' folders how far the others are.
So it goes on wherever it was stopped, by whatever.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from time import monotonic, time
from typing import Any, Protocol

from ..config import Config, write_toml
from ..errors import NnlabError, UsageError
from ..events import StoppedBy
from ..runs.progress import Progress
from .database import Database
from .ending import BEST, SEEDS, Ending, Judge, Mixer
from .events import (
    MemberChanged,
    SeedsStarted,
    SettingsWeighed,
    SweepEnded,
    SweepEvent,
    SweepProgress,
    SweepStarted,
    TrialEnded,
    TrialStarted,
    to_line,
)
from .folder import SweepFolder, at_work, last_event
from .jobs import Drive, Job, Trainer, planned
from .joined import hosting
from .plan import Plan
from .removal import remove_sweep
from .shared import SharedStudy, open_study
from .sharing import Sharing
from .steering import Steering
from .study import Proposal, Told
from .worth import CannotChooseError, check_winner, worth

TELL_EVERY = 0.2  # seconds between two words on how far it is
WEIGHED_FROM = 6  # trials that were trained to their end
WEIGH_EVERY, WEIGH_SHARE = 5.0, 0.01  # seconds between two times that settings are weighed, and its share of all time


class Stop(Protocol):
    """Why a sweep should stop, if it should: a `StopRequest`."""

    reason: StoppedBy | None


@dataclass
class Sweep:
    """A sweep at work: its plan, its folder, those who train, who judges the winner, and whether to stop. Its study may
    be in a `database`, where other machines work on it too; the one that `leads` has the last word. The `mixer` makes
    the ensemble where the plan wants one."""

    plan: Plan
    folder: SweepFolder
    trainers: list[Trainer]
    judge: Judge
    stop: Stop
    database: Database | None = None
    leads: bool = True
    mixer: Mixer | None = None
    told_at: float = 0.0
    weigh_at: float = 0.0
    begun: bool = False  # the default trial has, so that its data and settings are sound
    jobs: dict[str, tuple[int, Proposal]] = field(default_factory=dict[str, tuple[int, Proposal]])
    news: list[SweepEvent] = field(default_factory=list[SweepEvent])

    def run(self) -> Iterator[SweepEvent]:
        """Go on until all trials are over, the time is, or a stop is asked for. Raises NnlabError where another process
        is at work on it, the disk is full, or Optuna is not there; UsageError where the default trial is refused, and
        CannotChooseError, behind which nothing is left of it, where the data lack what is to be chosen by."""
        try:
            with at_work(self.folder), hosting(self.folder, self.trainers) as self.joined:
                for event in self._run():
                    if not isinstance(event, SweepProgress):
                        self.folder.tell(to_line(event))
                    yield event
        except CannotChooseError:
            for trainer in self.trainers:
                trainer.close()
            if last_event(self.folder, TrialEnded.event) is None:  # else there is something to keep
                remove_sweep(self.folder)
            raise

    def _run(self) -> Iterator[SweepEvent]:
        self.began, self.study = monotonic(), open_study(self.plan, self.folder, self.database)
        self.spent, self.steering = self.study.seconds, Steering(self.folder, self.study)
        trials = self.study.trials
        data, done = self.plan.config({}).data.name, sum(1 for told in trials if told.outcome)
        told = self.plan.space.texts()
        left = None if self.plan.seconds is None else max(0.0, self.plan.seconds - self.spent)
        about = self.folder.name, str(self.folder.path), data, self.plan.measure, told
        yield SweepStarted(*about, self.study.most, done, left, time())
        ends = [body for body in self.folder.events() if body["event"] == TrialEnded.event]
        known = {(body.get("trial"), body.get("outcome")) for body in ends}
        yield from (self._ended(one) for one in trials if one.outcome and (one.number, one.outcome) not in known)
        over = {(one.number, one.outcome) for one in trials if one.outcome}
        shared = self.study if isinstance(self.study, SharedStudy) else None
        self.sharing = Sharing(shared, self.trainers, self.jobs, self._ended, {*over}) if shared else None
        try:
            yield from self._trials(self.study.unfinished)
        finally:
            if self.sharing:
                self.sharing.give_back()
        if not self.leads:
            self.joined.end()
            yield replace(self._so_far(), stopped=self.stop.reason is not None)
            return
        self.ending = Ending(self.plan, self.folder, self.study, self.judge, self._write, self._best(), self.mixer)
        if self.stop.reason is None and self.ending.best:
            yield from self._seeds()
            if self.stop.reason is None and self.sharing:
                yield from self._fetched()
        self.joined.end()
        ended = self._so_far()
        yield replace(ended, stopped=True) if self.stop.reason is not None else self.ending.last(ended)

    def _seconds(self) -> float:
        """How long the sweep has been at work, all of its sittings together, without its pauses."""
        return self.spent + monotonic() - self.began - self.steering.waited

    def _trials(self, unfinished: list[Told]) -> Iterator[SweepEvent]:
        """Make trial after trial, those that were begun first."""
        drive = Drive(self.trainers, lambda: self._next(unfinished), self._is_over, self._is_held, self._is_awaited)
        self.begun = any(told.outcome for told in self.study.trials)
        for job in drive.run():
            yield from self._flush()
            yield from self._steered(drive, trying=True)
            over = job is not None and job.outcome != "refused"  # a short one is so before it was seen at work
            if not self.begun and (over or any(one.progress.started for one in drive.at_work.values())):
                self.begun = True
                self.study.tell_begun()
            if job is not None:
                self._check_room(job)
                yield self._end(job)
                yield from self._weighed()
            elif self._is_due():
                yield self._progress(drive)
        self.study.spend(self._seconds())

    def _check_room(self, job: Job) -> None:
        """NnlabError where a run failed by a full disk, as the next ones would: it is tried again another time."""
        if job.lacked_room:
            self.study.spend(self._seconds())
            raise NnlabError(
                f"{job.run} failed: {job.message.rstrip('.')}. With more room, `nnlab sweep --resume "
                f"{self.folder.name}` tries it again."
            )

    def _weighed(self) -> Iterator[SweepEvent]:
        """What each setting matters so far, now and then: it takes a while to reckon."""
        complete = sum(1 for told in self.study.trials if told.outcome == "complete")
        began = monotonic()
        if complete >= WEIGHED_FROM and began >= self.weigh_at:
            found = self.study.importance()
            self.weigh_at = monotonic() + max(WEIGH_EVERY, (monotonic() - began) / WEIGH_SHARE)
            if found:
                yield SettingsWeighed(found)

    def _is_held(self) -> bool:
        """Whether nothing is to begin until somebody lets it go on."""
        return self.steering.paused is not None

    def _steered(self, drive: Drive, *, trying: bool) -> Iterator[SweepEvent]:
        """See who has joined or is gone, and do what was asked for."""
        for name, count in self.joined.look():
            yield MemberChanged(name, count)
        at_work = ((self.jobs[job.run][0] if trying else -1 - place, job) for place, job in drive.at_work.items())
        yield from self.steering.look(at_work, trying=trying)
        if self.sharing and trying:
            yield from self.sharing.look(drive)
        self.plan = self.study.plan

    def _is_awaited(self) -> bool:
        """Whether others train trials, which may come to be free."""
        return self.sharing is not None and self.sharing.study.waits

    def _is_over(self) -> bool:
        """Whether no trial is to go on: somebody asks for a stop, or what is left of the time is needed for the end."""
        if self.stop.reason is not None:
            return True
        if self.plan.seconds is None:
            return False
        longest = max((told.seconds for told in self._best()), default=0.0)
        rounds = -(-BEST * (SEEDS - 1) // max(1, sum(not trainer.gone for trainer in self.trainers)))
        return self._seconds() + rounds * longest >= self.plan.seconds

    def _next(self, unfinished: list[Told]) -> Job | None:
        """The next trial to be trained."""
        again = [] if unfinished else [one for one in self.study.to_train_on if self.folder.run(one) not in self.jobs]
        number = unfinished[0].number if unfinished else again[0] if again else self.study.free()
        self.begun = self.begun or self.study.begun
        if number is None or (number and not self.begun):
            return None
        if not self.study.claim(number):
            del unfinished[:1]  # which others have by now
            return None
        if again:
            return self._train_on(number)
        proposal = self.study.propose(number)
        if proposal is None:
            return None
        run = self.folder.run(number)
        source = self._write(run, self.plan.trial({} if not number else proposal.point or {}))
        resumed = number < len(self.study.trials)
        if not resumed:
            self.study.start(number, proposal.point, run)
        del unfinished[:1]
        self.jobs[run] = number, proposal
        self.news.append(TrialStarted(number, run, self.plan.effective(proposal.point or {}), resumed))
        return Job(run, source, lambda progress: self._goes_on(proposal, progress))

    def _train_on(self, number: int) -> Job:
        """The trial that was over, to its end."""
        proposal, run = self.study.propose(number), self.folder.run(number)
        assert proposal is not None
        source = self._write(run, self.plan.trial({} if not number else proposal.point or {}))
        job = Job(run, source, lambda progress: self._goes_on(proposal, progress))
        self.jobs[run] = number, proposal
        job.train_on()
        self.news.append(TrialStarted(number, run, self.plan.effective(proposal.point or {}), resumed=True))
        return job

    def _write(self, run: str, config: Config) -> Any:
        """Keep the config of a run in the sweep's folder, unless it is there; returns its file."""
        self.folder.configs.mkdir(exist_ok=True)
        source = self.folder.configs / f"{run}.toml"
        if not source.exists():
            part = source.with_suffix(".part")
            part.write_text(write_toml(config), encoding="utf-8")
            part.replace(source)
        return source

    def _goes_on(self, proposal: Proposal, progress: Progress) -> bool:
        """Whether a trial is worth another epoch; at its last one nobody asks any more."""
        last = proposal.last[0] if proposal.last else 0
        if proposal.trial.number == 0:  # the data of the others are the same
            check_winner(self.plan.config({}), progress)
        value = worth(progress, self.plan.measure)
        if progress.epoch <= last or not math.isfinite(value):
            return True
        worthy = proposal.goes_on(progress.epoch, value)
        return worthy or progress.epoch == planned(progress) or proposal.trial.number in self.study.promoted

    def _end(self, job: Job) -> TrialEnded:
        """Keep how a trial ended."""
        number, proposal = self.jobs.pop(job.run)
        if job.outcome == "refused" and number == 0:
            raise UsageError(job.message)
        started, last = job.progress.started, proposal.last
        config: dict[str, Any] = started.config if started else {}
        outcome = "failed" if job.outcome == "complete" and last is None else job.outcome
        assert outcome is not None
        point = self.plan.space.point_of(config) if number == 0 and config else proposal.point
        epochs, value = (last[0], last[1]) if last else (job.progress.epoch, None)
        so_far = epochs, planned(job.progress), job.seconds
        told = Told(number, job.run, point, outcome, value, *so_far, job.message)
        self.study.end(told, proposal)
        if self.sharing:
            self.sharing.known.add((number, outcome))
        self.study.spend(self._seconds())
        return self._ended(told)

    def _ended(self, told: Told) -> TrialEnded:
        sign = -1.0 if self.plan.better_high else 1.0
        trials = self.study.trials
        others = [one.value for one in trials if one.value is not None and one.number != told.number]
        done = sum(1 for one in trials if one.outcome)
        best = told.outcome == "complete" and all(sign * (told.value or 0.0) < sign * other for other in others)
        assert told.outcome is not None
        return TrialEnded(
            *(
                told.number,
                done,
                self.study.most,
                told.run,
                self.plan.effective(told.point or {}),
                told.outcome,
                told.value,
            ),
            *(told.epochs, told.planned, told.seconds, best, told.message),
        )

    def _flush(self) -> Iterator[SweepEvent]:
        while self.news:
            yield self.news.pop(0)

    def _is_due(self) -> bool:
        """Whether it is time to tell how far it is."""
        due = monotonic() - self.told_at >= TELL_EVERY
        self.told_at = monotonic() if due else self.told_at
        return due

    def _progress(self, drive: Drive) -> SweepProgress:
        best = self._best()
        running = [(job.run, job.progress.epoch, planned(job.progress)) for job in drive.at_work.values()]
        done = sum(1 for told in self.study.trials if told.outcome)
        return SweepProgress(done, self.study.most, best[0].value if best else None, self._seconds(), running)

    def _best(self) -> list[Told]:
        """The best trials of those that were trained to their end."""
        sign = -1.0 if self.plan.better_high else 1.0
        ended = [(sign * told.value, told.number, told) for told in self.study.trials if told.value is not None]
        return [told for _, _, told in sorted(ended, key=lambda one: one[:2]) if told.outcome == "complete"][:BEST]

    def _seeds(self) -> Iterator[SweepEvent]:
        """Train the best trials with other seeds."""
        jobs = self.ending.seeds()
        yield SeedsStarted([job.run for job in jobs])
        for job in self._train(jobs):
            if isinstance(job, Job):
                self._check_room(job)
            else:
                yield job

    def _fetched(self) -> Iterator[SweepEvent]:
        """Train the winner here, where another machine has: its network is to be here."""
        job = self.ending.winner()
        job.train_on()
        if job.outcome != "complete":
            yield from (event for event in self._train([job]) if not isinstance(event, Job))

    def _train(self, waiting: list[Job]) -> Iterator[SweepEvent | Job]:
        """Train these runs, and yield each when it is over, and what there is to tell meanwhile."""
        drive = Drive(
            self.trainers,
            lambda: waiting.pop(0) if waiting else None,
            lambda: self.stop.reason is not None,
            self._is_held,
        )
        for job in drive.run():
            yield from self._steered(drive, trying=False)
            if job is not None:
                yield job
            elif self._is_due():
                yield self._progress(drive)
        self.study.spend(self._seconds())

    def _so_far(self) -> SweepEnded:
        """What came of the trials."""
        outcomes = Counter(told.outcome or "unfinished" for told in self.study.trials)
        facts = (self.folder.name, str(self.folder.path), self.plan.measure)
        return SweepEnded(*facts, sum(outcomes.values()), dict(outcomes), self._seconds())
