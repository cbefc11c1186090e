"""A sweep whose study others work on too, seen from one of its machines: what it hears of them and does for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .events import MemberChanged, SweepEvent, TrialEnded, TrialStarted
from .jobs import Drive, Trainer
from .shared import SharedStudy
from .study import Proposal, Told


@dataclass
class Sharing:
    """This machine's part in a study: `jobs` are the trials that it trains by their runs' names, `ended` makes what is
    told of a trial that is over, and `known` has how far each trial is told already."""

    study: SharedStudy
    trainers: list[Trainer]
    jobs: dict[str, tuple[int, Proposal]]
    ended: Callable[[Told], TrialEnded]
    known: set[tuple[int, str | None]] = field(default_factory=set[tuple[int, str | None]])

    def look(self, drive: Drive) -> Iterator[SweepEvent]:
        """Give signs of life, leave trials that others have by now, and tell what those do."""
        lost, members = self.study.beat(
            [number for number, _ in self.jobs.values()], sum(not trainer.gone for trainer in self.trainers)
        )
        for name, count in members:
            yield MemberChanged(name, count)
        for run in [run for run, (number, _) in self.jobs.items() if number in lost]:
            drive.leave(run)
            number, _ = self.jobs.pop(run)
            self.known.discard((number, None))
        own = {number for number, _ in self.jobs.values()}
        for told in self.study.trials:
            if told.number in own:
                self.known.add((told.number, None))
            elif (told.number, told.outcome) not in self.known:
                self.known.add((told.number, told.outcome))
                point = self.study.plan.effective(told.point or {})
                yield self.ended(told) if told.outcome else TrialStarted(told.number, told.run, point)

    def give_back(self) -> None:
        """Let others go on with what this machine has not brought to an end, and be gone."""
        self.study.give_back(number for number, _ in self.jobs.values())
        self.study.leave()
