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
    Event,
    Noted,
    PictureTaken,
    RunFinished,
    RunStarted,
    StateChanged,
)
from ...engine.history import History
from ...engine.runs.progress import Progress

LOG_LINES = 500
MOST_RECORDS = 32_768  # some 1 MB; a chart has room for a few hundred
RECENT = 4_096
GLYPHS = {"waiting": "…", "running": "▶", "paused": "⏸", "stopping": "■", "finished": "✓", "dead": "✗"}
LETTERS = {"waiting": ".", "running": ">", "paused": "=", "stopping": "#", "finished": "*", "dead": "x"}


@dataclass
class RunState(Progress):
    """A run so far. `state` is one of the keys of `GLYPHS`; `revision` rises with every event taken. `history` keeps
    seven digits, and of a run with more than `MOST_RECORDS` epochs all of the `RECENT` ones and evenly spaced ones of
    those before. `trained` are the seconds of all epochs, those among them that were trained again. `saves` counts the
    checkpoints to resume from; `base_lr` is the learning rate before any schedule, set anew `rates_set` times."""

    history: History = field(default_factory=partial(History, short=True))
    pictures: dict[str, PictureTaken] = field(default_factory=dict[str, PictureTaken])
    log: list[str] = field(default_factory=list[str])
    state: str = "waiting"
    trained: float = 0.0
    saved: int | None = None
    saves: int = 0
    base_lr: float | None = None
    rates_set: int = 0
    revision: int = 0
    drawn: int = 0

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
                self.state = "running"
                self.base_lr = event.section("training").get("lr")
                self.note(f"{event.data}: {sum(event.rows.values()):,} rows, {event.parameters:,} parameters")
            case EpochEnded():
                self.trained += event.record.get("seconds", 0.0)
                self._thin()
            case CheckpointSaved():
                self.saved, self.saves = event.epoch, self.saves + (event.kind == "last")
            case Noted():
                self.note(f"epoch {event.epoch}: {event.text}")
                if "lr" in event.changed:
                    self.base_lr, self.rates_set = event.changed["lr"], self.rates_set + 1
            case StateChanged():
                self.state = event.state
                self.note(f"epoch {event.epoch}: {event.state}")
            case PictureTaken():
                self.pictures[event.kind] = event
                self.drawn += 1
            case RunFinished():
                self.state = "finished"
                self.note(event.message or f"done after {number_of(event.epochs, 'epoch')}: {event.stopped_by}")

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
        if self.state != "dead":
            self.state = "dead"
            self.note(why)

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ("finished", "dead")

    @property
    def epochs(self) -> int:
        """Epochs the run is to have, 0 while unknown."""
        return self.started.section("training").get("epochs", 0) if self.started else 0

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
    def remaining(self) -> float | None:
        """Seconds until the last epoch, at the present pace."""
        return None if self.pace is None or self.over else self.pace * max(0, self.epochs - self.epoch)

    def glyph(self, *, ascii: bool) -> str:
        """The state as one character."""
        return (LETTERS if ascii else GLYPHS)[self.state]
