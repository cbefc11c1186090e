"""What a screen knows of a run: events in, plain values out. No textual, no torch, no clock."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from ...engine.errors import number_of
from ...engine.events import (
    CheckpointSaved,
    EpochEnded,
    EpochProgress,
    Event,
    Noted,
    PictureTaken,
    RunFinished,
    RunStarted,
    StateChanged,
)
from ...engine.history import History
from ...engine.runs.progress import Progress
from ...engine.runs.states import ENDS, State
from ..render.states import glyph

LOG_LINES = 500
MOST_RECORDS = 32_768  # some 1 MB; a chart has room for a few hundred
RECENT = 4_096


@dataclass
class RunState(Progress):
    """A run so far. `state` is one of the table of states; `revision` rises with every event taken. `history` keeps
    seven digits, and of a run with more than `MOST_RECORDS` epochs all of the `RECENT` ones and evenly spaced ones of
    those before. `trained` are the seconds of all epochs, those among them that were trained again. `saves` counts the
    checkpoints to resume from; `base_lr` is the learning rate before any schedule, set anew `rates_set` times. `told`
    is what was said last of how far an epoch is; `computing` how far the loss around the weights is, or what is wrong
    with that; `first_losses` are (batch, mean loss so far) within the first one."""

    history: History = field(default_factory=partial(History, short=True))
    pictures: dict[str, PictureTaken] = field(default_factory=dict[str, PictureTaken])
    log: list[str] = field(default_factory=list[str])
    state: State = "waiting"
    over: bool = False  # nothing more will come
    trained: float = 0.0
    saved: int | None = None
    saves: int = 0
    base_lr: float | None = None
    rates_set: int = 0
    revision: int = 0
    drawn: int = 0
    told: EpochProgress | None = None
    computing: str = ""
    first_losses: list[tuple[int, float]] = field(default_factory=list[tuple[int, float]])

    def take(self, events: Iterable[Event]) -> bool:
        """Take events in order; True if there were any."""
        before = self.revision
        for event in events:
            self.revision += 1
            self.follow(event)
            self._take(event)
        return self.revision != before

    def _take(self, event: Event) -> None:
        match event:
            case RunStarted():
                self.state, self.over = "running", False
                self.base_lr = event.section("training").get("lr")
                self.note(f"{event.data}: {sum(event.rows.values()):,} rows, {event.parameters:,} parameters")
            case EpochProgress():
                self.told = event
                self._note_loss(event)
            case EpochEnded():
                self.trained += event.record.get("seconds", 0.0)
                self.first_losses.clear()
                self._thin()
            case CheckpointSaved():
                self.saved, self.saves = event.epoch, self.saves + (event.kind == "last")
            case Noted():
                self.note(f"{_after(event.epoch)}: {event.text}")
                if "lr" in event.changed:
                    self.base_lr, self.rates_set = event.changed["lr"], self.rates_set + 1
            case StateChanged():
                self.state = event.state
                self.note(f"{_after(event.epoch)}: {event.state}")
            case PictureTaken():
                self.pictures[event.kind] = event
                self.drawn += 1
            case RunFinished():
                self.state, self.over = ENDS[event.stopped_by], True
                self.note(event.message or f"{self.state} after {number_of(event.epochs, 'epoch')}")

    def _note_loss(self, told: EpochProgress) -> None:
        """Keep what is known of the loss while there is no epoch to tell of; of very much every other."""
        last = self.first_losses[-1][0] if self.first_losses else 0
        if not self.history and told.doing == "training" and math.isfinite(told.loss) and told.batch > last:
            self.first_losses.append((told.batch, told.loss))
            if len(self.first_losses) > RECENT:
                del self.first_losses[1::2]

    def _thin(self) -> None:
        """Keep a long history in bounds."""
        if len(self.history) > MOST_RECORDS:
            doublings = math.log2(self.epoch / (MOST_RECORDS // 2 - RECENT))
            self.history.thin(2 ** math.ceil(doublings), RECENT, but=self.best_epoch)

    def note(self, text: str) -> None:
        """Add a line to the log, which keeps the newest."""
        self.log = [*self.log, text][-LOG_LINES:]
        self.revision += 1

    def died(self, why: str) -> None:
        """The trainer is gone without a last word."""
        if not self.over:
            self.state, self.over = "crashed", True
            self.note(why)

    @property
    def epochs(self) -> int:
        """Epochs the run is to have, 0 while unknown."""
        return self.started.section("training").get("epochs", 0) if self.started else 0

    @property
    def family(self) -> str:
        """The family of its network, empty while unknown."""
        return self.started.section("model").get("family", "") if self.started else ""

    @property
    def lr(self) -> float | None:
        """The learning rate of the newest epoch."""
        if "lr" in self.newest:
            return self.newest["lr"]
        return self.started.section("training").get("lr") if self.started else None

    @property
    def pace(self) -> float | None:
        """Seconds an epoch, the median of the last few."""
        recent = sorted(record["seconds"] for record in self.history[-9:] if "seconds" in record)
        return recent[len(recent) // 2] if recent else None

    @property
    def within(self) -> EpochProgress | None:
        """How far the present epoch is, while it is not over and long enough to tell."""
        told = self.told
        if told is None or self.over or told.epoch != self.epoch + (told.doing != "testing"):
            return None
        return told if told.batch or told.doing == "testing" else None

    @property
    def machine(self) -> EpochProgress | None:
        """What last told of the machine, while the trainer is there."""
        return None if self.over else self.told

    @property
    def remaining(self) -> float | None:
        """Seconds until the last epoch, at the present pace; in the first epoch at that of its batches."""
        if self.over:
            return None
        within = self.within
        done = within.batch / within.batches if within is not None and within.batches else 0.0
        pace = self.pace
        if pace is None and within is not None and within.rate > 0:
            pace = within.batches / within.rate
        return None if pace is None else pace * max(0.0, self.epochs - self.epoch - done)

    def glyph(self, *, ascii: bool) -> str:
        """The state as one character."""
        return glyph(self.state, ascii=ascii)


def _after(epoch: int) -> str:
    """When something happened that the log tells."""
    return f"after epoch {epoch:,}" if epoch else "before the first epoch"
