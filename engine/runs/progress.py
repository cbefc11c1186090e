"""How far a run has come, from its events alone: the epochs that count, the best of them, and what was reached."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..events import EpochEnded, Event, Noted, Record, RunFinished, RunStarted, StateChanged
from ..history import History

MAIN_METRICS = ("accuracy_valid", "accuracy_test", "mae_valid", "mae_test", "loss_valid", "loss_test", "loss_train")


@dataclass
class Progress:
    """A run's events, followed in order.

    `started` is its newest start, `finished` its last word once it is over. `history` has every epoch once: where the
    run was resumed or went back, the epochs that are trained again replace the old ones. `newest` and `best` are the
    records of the last and of the best epoch, empty where there is none. `paused` says that it was paused last, `rates`
    from which epoch on which learning rate was set by hand. Who has no use for the history may empty it between two
    events, as long as `looks_back` of the next one is False.
    """

    started: RunStarted | None = None
    finished: RunFinished | None = None
    history: History = field(default_factory=History)
    newest: Record = field(default_factory=dict[str, float])
    best: Record = field(default_factory=dict[str, float])
    paused: bool = False
    rates: list[tuple[int, float]] = field(default_factory=list[tuple[int, float]])

    def follow(self, event: Event) -> None:
        """Take the next event."""
        match event:
            case RunStarted():
                self.started, self.finished, self.paused = event, None, False
                self.rates = [(epoch, rate) for epoch, rate in self.rates if epoch < event.first_epoch]
                if self.looks_back(event):
                    self.history.cut(event.first_epoch)
                    self.newest = self.history[-1] if self.history else {}
                self._trust(event.best_epoch)
            case EpochEnded():
                self.history.append(event.record)
                self.newest = event.record
                validated = "loss_valid" in event.record or "loss_valid" not in self.best
                if validated and watched_loss(event.record) < watched_loss(self.best):
                    self.best = event.record
            case Noted() if "lr" in event.changed:
                self.rates.append((event.epoch + 1, event.changed["lr"]))
            case StateChanged():
                self.paused = event.state == "paused"
            case RunFinished():
                self.finished = event
                self._trust(event.best_epoch)
            case _:
                pass

    def looks_back(self, event: Event) -> bool:
        """Whether it takes the history to follow this event."""
        known = (0, self.best_epoch)
        if isinstance(event, RunStarted):
            return event.first_epoch <= self.epoch or event.best_epoch not in (None, *known)
        return isinstance(event, RunFinished) and event.best_epoch not in known

    def _trust(self, best_epoch: int | None) -> None:
        """Take the trainer's word for the best epoch; earlier versions did not give it (None) at a start."""
        if best_epoch == self.best_epoch or (best_epoch is None and self.best_epoch <= self.epoch):
            return
        known = self.history.of_epoch(best_epoch) if best_epoch else {}
        self.best = known if known or best_epoch == 0 else _best(self.history)

    @property
    def epoch(self) -> int:
        """The number of the last epoch, 0 before there is one."""
        return int(self.newest.get("epoch", 0))

    @property
    def best_epoch(self) -> int:
        """The number of the best epoch, 0 where there is none."""
        return int(self.best.get("epoch", 0))

    @property
    def best_by(self) -> str:
        """What the best epoch is the best by."""
        return "valid loss" if "loss_valid" in self.best else "train loss"

    @property
    def metrics(self) -> Record:
        """What the final checkpoint reached, or would if the run ended now: its epoch's record, and over it what was
        measured at the end."""
        last = self.started is not None and self.started.section("training").get("final") == "last"
        record = self.newest if last or not self.best else self.best
        reached = {name: value for name, value in record.items() if name.endswith(("_train", "_valid"))}
        return reached | (self.finished.metrics if self.finished else {})


def progress_of(events: Iterable[Event]) -> Progress:
    """How far these events have come."""
    progress = Progress()
    for event in events:
        progress.follow(event)
    return progress


def watched_loss(record: Mapping[str, float]) -> float:
    """The loss by which an epoch is better than another: validation's, or train's where nothing is validated; infinite
    where it is no number, or the epoch diverged."""
    train = record.get("loss_train", record.get("loss_valid", math.inf))  # an imported log may lack it
    loss = record.get("loss_valid", train)
    return loss if math.isfinite(train) and math.isfinite(loss) else math.inf


def _best(history: History) -> Record:
    """The first record of the lowest loss; empty where none has one."""
    best = min(history, key=watched_loss, default=Record())
    return best if watched_loss(best) < math.inf else {}


def main_metric(metrics: Mapping[str, float]) -> tuple[str, float] | None:
    """The metric that tells most of a run, and its value: validation's first, since runs that still train have it too.
    None where there is none."""
    return next(((name, metrics[name]) for name in MAIN_METRICS if name in metrics), None)
