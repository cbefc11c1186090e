"""A training told in sentences while it goes, for those who read rather than look at curves."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ...engine.errors import number_of
from ...engine.events import EpochEnded, Event, Noted, Record, RunFinished, RunStarted, StateChanged
from ...engine.models.naming import describe_model
from ...engine.runs.fitting import overfits, underfits
from ...engine.runs.milestones import EARLY
from ...engine.runs.progress import Progress
from .text import inert, number, percent

PARTS = 5  # times that it is told evenly over the epochs, besides the early ones
CLEARLY = 0.95  # of the loss that was told last, below which it has clearly fallen
ENDS = {
    "epochs": "All epochs are done.",
    "early_stop": "It ended because the validation loss has not become better for a while.",
    "interrupt": "It was stopped; nnlab train --resume goes on.",
    "terminated": "It was stopped by a signal; nnlab train --resume goes on.",
    "diverged": "It diverged: the numbers grew beyond all bounds.",
    "failed": "It failed.",
}


@dataclass
class Teller:
    """Follows a run's events and says what they mean. `told` is the loss that was told last, `overfitting` whether that
    it overfits was said already."""

    progress: Progress = field(default_factory=Progress)
    told: float = math.nan
    overfitting: bool = False

    def lines(self, event: Event) -> list[str]:
        """What there is to say of an event, harmless for a terminal; nothing of most epochs."""
        self.progress.follow(event)
        return [inert(line) for line in self._said(event)]

    def _said(self, event: Event) -> list[str]:
        match event:
            case RunStarted():
                return _began(event)
            case EpochEnded():
                return self._epoch(event.record)
            case Noted():
                return [f"After epoch {event.epoch}: {event.text}." if event.epoch else f"Note: {event.text}."]
            case StateChanged():
                return ["It is stopping, and saves what was learnt." if event.state == "stopping" else event.state]
            case RunFinished():
                return self._ended(event)
            case _:
                return []

    def _epoch(self, record: Record) -> list[str]:
        """An early epoch, or one of a few evenly spaced ones; and, once, that it begins to overfit."""
        epoch, epochs = int(record["epoch"]), self._epochs
        said = list[str]()
        if epoch in EARLY or epoch % max(1, epochs // PARTS) == 0:
            said.append(self._reached(record))
            self.told = _loss(record)
        if not self.overfitting and (sentence := overfits(self.progress.best, self.progress.history)):
            self.overfitting = True
            said.append(f"Epoch {epoch}: {sentence[0].lower()}{sentence[1:]}")
        return said

    @property
    def _epochs(self) -> int:
        started = self.progress.started
        return int(started.section("training").get("epochs", 1)) if started is not None else 1

    def _reached(self, record: Record) -> str:
        """The losses of an epoch and what they mean beside those before."""
        loss = _loss(record)
        if not math.isfinite(loss + record["loss_train"]):
            return f"Epoch {int(record['epoch'])}: the loss is no number any more."
        where = f"{number(record['loss_train'])} on the rows that it learns from"
        where += f" and {number(record['loss_valid'])} on validation rows" if "loss_valid" in record else ""
        said = f"Epoch {int(record['epoch'])}: the loss is {where}"
        guess = self._guess
        if math.isfinite(self.told):
            said += f", {_change(self.told, loss)}" if loss != self.told else ""
        elif guess is not None:
            said += f"; guessing would give about {number(guess)}"
        if "accuracy_valid" in record:
            said += f". Of the validation rows {percent(record['accuracy_valid'])} are right"
        elif "mae_valid" in record:
            said += f". Validation answers are off by {number(record['mae_valid'])} on average"
        return said + "."

    @property
    def _guess(self) -> float | None:
        """The cross entropy of answering every class alike; None where no classes are answered."""
        started = self.progress.started
        return math.log(len(started.classes)) if started is not None and len(started.classes) > 1 else None

    def _ended(self, event: RunFinished) -> list[str]:
        said = [ENDS[event.stopped_by] + (f" {event.message}" if event.message else "")]
        if event.best_epoch:
            said[0] += f" The best epoch was {event.best_epoch} of {event.epochs}, and its weights are kept."
        tested = {name.removesuffix("_test"): value for name, value in event.metrics.items()}
        tested = {name: value for name, value in tested.items() if name in ("accuracy", "mae") and math.isfinite(value)}
        if "accuracy" in tested:
            said.append(f"Of test rows, which it has never seen, {percent(tested['accuracy'])} are right.")
        elif "mae" in tested:
            said.append(f"On test rows, which it has never seen, it is off by {number(tested['mae'])} on average.")
        if event.stopped_by in ("epochs", "early_stop"):
            history = self.progress.history
            fits = (underfits(history, self._epochs), "" if self.overfitting else overfits(self.progress.best, history))
            said += [sentence for sentence in fits if sentence]
        return said


def _began(event: RunStarted) -> list[str]:
    """What is trained, on which rows, and how a step goes."""
    training, rows = event.section("training"), event.rows
    learnt = rows.get("train", 0)
    model = describe_model(event.section("model"))
    said = f"{event.run} trains the network {model} on {number_of(learnt, 'row')} of {event.data}."
    said += f" It has {number_of(event.parameters, 'number')} to learn."
    if "valid" in rows:
        said += f" {number_of(rows['valid'], 'other row')} tell after each epoch how it does (validation)."
    batch = training.get("batch_size", 1)
    steps = -(-learnt // max(1, batch))
    step = (
        f"An epoch shows it every row once, {batch:,} at a time, in {number_of(steps, 'step')}. In each step "
        f"{training.get('optimizer', 'the optimiser')} moves all of these numbers a little to where the loss falls, "
        f"with a learning rate of {training.get('lr', 0):g}."
    )
    return [said, step]


def _loss(record: Record) -> float:
    return record.get("loss_valid", record["loss_train"])


def _change(before: float, now: float) -> str:
    """How a loss has changed since it was told last."""
    if now < CLEARLY * before:
        return f"{100 * (1 - now / before):.0f} % less than when it was told last" if before > 0 else "less"
    if now > before / CLEARLY:
        return "more than when it was told last"
    return "about as when it was told last"
