"""The end of a sweep: the best trials with other seeds, the leaderboard, the winner on the test rows, the last word."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from ..config import Config
from ..errors import NnlabError
from .events import Ensemble, Place, SweepEnded, ended_of
from .folder import SweepFolder, last_event
from .jobs import Job
from .plan import Plan
from .study import Outcome, Study, Told
from .worth import worth

BEST = 3  # trials that are trained with other seeds
SEEDS = 3  # with each of them, its own among these
ENDS: dict[Outcome, str] = {"stopped": "was stopped", "refused": "was refused", "complete": "reached no finite value"}
"""How a run ended that has no place in a mean, where that is not its outcome's name."""


class Judge(Protocol):
    """What a trained network is worth on the test rows."""

    def __call__(self, run: str, /) -> dict[str, float]:
        """The metrics of this run's final checkpoint. UsageError where there are no such rows."""
        ...


class Mixer(Protocol):
    """What keeps the best mix of trained networks."""

    def __call__(self, folder: SweepFolder, runs: Sequence[str], /) -> tuple[Ensemble, list[str]]:
        """The mix of these runs, the winner's first, and what is to be said of it. UsageError where there is none."""
        ...


@dataclass
class Ending:
    """What there is to tell of the `best` trials of those that were trained to their end. `others` are the runs of each
    with other seeds; `write` keeps the config of a run."""

    plan: Plan
    folder: SweepFolder
    study: Study
    judge: Judge
    write: Callable[[str, Config], Path]
    best: list[Told]
    mixer: Mixer | None = None
    others: dict[int, list[Job]] = field(default_factory=dict[int, list[Job]])

    def seeds(self) -> list[Job]:
        """The runs of the best trials with other seeds."""
        self.others = {told.number: self._other_seeds(told) for told in self.best}
        return [job for jobs in self.others.values() for job in jobs]

    def winner(self) -> Job:
        """The run of the winner."""
        winner = self._places()[0]
        return Job(winner.run, self.write(winner.run, self.plan.trial(winner.point if winner.trial else {})))

    def _other_seeds(self, told: Told) -> list[Job]:
        point = told.point or {} if told.number else {}
        seed = self.plan.trial(point).training.seed
        jobs: list[Job] = []
        for other in range(seed + 1, seed + SEEDS):
            run = f"{told.run}-seed{other}"
            jobs.append(Job(run, self.write(run, self.plan.trial(point, other))))
        return jobs

    def _place(self, told: Told) -> Place:
        """A trial's place: what it reached with each seed that was trained to its end."""
        assert told.value is not None
        values = [told.value, *(self._reached(job) for job in self.others[told.number])]
        values = [value for value in values if math.isfinite(value)]
        deviation = statistics.stdev(values) if len(values) > 1 else 0.0
        point = self.plan.effective(told.point or {})
        return Place(told.number, told.run, point, values, statistics.fmean(values), deviation)

    def _reached(self, job: Job) -> float:
        """What a run with another seed is worth, NaN where that is not known."""
        return worth(job.progress, self.plan.measure) if job.outcome == "complete" else math.nan

    def _left_out(self, told: Told) -> Iterator[str]:
        """Which seeds a trial's place is without, and why."""
        for job in self.others[told.number]:
            if not math.isfinite(self._reached(job)):
                assert job.outcome is not None
                why = f" ({job.message.rstrip('.')})" if job.message else ""
                how = ENDS.get(job.outcome, job.outcome)
                yield f"the mean of {told.run} is without {job.run}, which {how}{why}"

    def _places(self) -> list[Place]:
        """The leaderboard."""
        sign = -1.0 if self.plan.better_high else 1.0
        return sorted(map(self._place, self.best), key=lambda place: sign * place.mean)

    def last(self, ended: SweepEnded) -> SweepEnded:
        """The last word of a sweep whose trials have `ended` so."""
        if not self.best:
            return replace(ended, notes=["no trial was trained to its end, so that there is none to choose"])
        places = self._places()
        winner, notes = places[0], [note for told in self.best for note in self._left_out(told)]
        test = self._tested(winner.run)
        if test is None:
            try:
                test = self.judge(winner.run)
            except NnlabError as error:
                test, notes = {}, [*notes, f"the winner was not tested: {str(error).rstrip('.')}"]
        ensemble, said = self._mixed(winner)
        return replace(
            ended,
            ensemble=ensemble,
            places=places,
            test=test,
            importance=self.study.importance(),
            command=self._command(winner),
            notes=[*notes, *said],
        )

    def _mixed(self, winner: Place) -> tuple[Ensemble | None, list[str]]:
        """The ensemble that the plan wants, if it is worth keeping, and what is to be said of it."""
        if not self.plan.ensemble or self.mixer is None:
            return None, []
        sign = -1.0 if self.plan.better_high else 1.0
        valued = sorted((sign * one.value, one.number, one.run) for one in self.study.trials if one.value is not None)
        seeds = [job.run for jobs in self.others.values() for job in jobs if math.isfinite(self._reached(job))]
        runs = dict.fromkeys([winner.run, *seeds, *(run for _, _, run in valued)])
        try:
            return self.mixer(self.folder, list(runs))
        except NnlabError as error:
            return None, [str(error).rstrip(".")]

    def _tested(self, run: str) -> dict[str, float] | None:
        """What this winner reached on the test rows when the sweep was at its end before."""
        body = last_event(self.folder, SweepEnded.event)
        before = ended_of(body) if body else None
        return before.test if before and before.test and before.places[0].run == run else None

    def _command(self, winner: Place) -> list[str]:
        """The command that makes the winner once more."""
        if self.plan.file:
            return ["nnlab", "train", "--config", str(self.folder.configs / f"{winner.run}.toml")]
        return ["nnlab", "train", *self.plan.tells(winner.point if winner.trial else {})]
