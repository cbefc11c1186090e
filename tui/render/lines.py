"""A training in plain lines: what is shown where no screen can be, one line an epoch."""

from __future__ import annotations

from ...engine.errors import number_of
from ...engine.events import EpochEnded, Event, Noted, Record, RunFinished, RunStarted, StateChanged
from ...engine.models.naming import describe_model
from ...engine.runs.states import ENDS
from .text import inert

WHY = {"early_stop": ": no better validation loss", "terminated": " by a signal"}


def stopped(event: RunFinished) -> str:
    """The state that a training was left in, and why where that says more."""
    return ENDS[event.stopped_by] + WHY.get(event.stopped_by, "")


def started_lines(event: RunStarted) -> list[str]:
    """What is trained on what, before the first epoch."""
    model, training = event.section("model"), event.section("training")
    rows = ", ".join(f"{count:,} {name}" for name, count in event.rows.items())
    lines = [
        f"run {event.run}: {event.data} ({event.task}; rows: {rows})",
        f"model {describe_model(model)}: {event.parameters:,} parameters on {event.place}; "
        f"{training['optimizer']}, lr {training['lr']:g}, batch {training['batch_size']}, "
        f"{number_of(training['epochs'], 'epoch')}",
    ]
    if event.validates_on_test:
        lines.append("note: this run validates on the test split, as its recipe says")
    return lines


def epoch_line(record: Record, epochs: int) -> str:
    """One epoch: its number, losses, the task's metric, learning rate and seconds; absent values are left out."""
    number = f"epoch {int(record['epoch']):>{len(str(epochs))}}/{epochs}"
    parts = [number, f"loss {record['loss_train']:.4f}"]
    if "loss_valid" in record:
        parts.append(f"valid {record['loss_valid']:.4f}")
    if "accuracy_train" in record:
        parts.append(f"accuracy {record['accuracy_train']:.4f}")
    if "accuracy_valid" in record:
        parts.append(f"valid {record['accuracy_valid']:.4f}")
    if "mae_valid" in record:
        parts.append(f"mae {record['mae_valid']:.4g}")
    parts += [f"lr {record['lr']:.3g}", f"{record['seconds']:.2f} s"]
    return "  ".join(parts)


def finished_lines(event: RunFinished) -> list[str]:
    """How it ended, what it reached, and where it is."""
    lines = [f"{stopped(event)} after {number_of(event.epochs, 'epoch')} in {event.seconds:.1f} s"]
    if event.best_epoch:
        lines[0] += f"; best epoch {event.best_epoch}"
    if event.message:
        lines.append(event.message)
    for split in ("valid", "test"):
        values = {name: value for name, value in event.metrics.items() if name.endswith("_" + split)}
        if values:
            lines.append(
                split + ": " + "  ".join(f"{name[: -len(split) - 1]} {value:.4f}" for name, value in values.items())
            )
    return lines


def event_lines(event: Event, epochs: int) -> list[str]:
    """The lines of any event, harmless for a terminal; none for those that only screens show."""
    return [inert(line) for line in _lines(event, epochs)]


def _lines(event: Event, epochs: int) -> list[str]:
    match event:
        case RunStarted():
            return started_lines(event)
        case EpochEnded():
            return [epoch_line(event.record, epochs)]
        case Noted():
            return [f"note: {event.text}"]
        case StateChanged():
            return ["stopping; saving what was learnt" if event.state == "stopping" else event.state]
        case RunFinished():
            return finished_lines(event)
        case _:
            return []
