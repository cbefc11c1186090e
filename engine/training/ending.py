"""What comes after the last epoch: a temperature, a threshold, the beginning and end of a training on all rows."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager

from ..errors import number_of
from ..evaluation.answers import answer
from ..evaluation.conformal import margins_of, off_by
from ..events import Noted
from .calibration import temperature, tempered
from .refit import Refit
from .session import Session
from .threshold import threshold


def first_ended(session: Session) -> Iterator[Noted]:
    """The epochs that the config asks for are trained: calibrate the best one's answers, choose a threshold for them,
    keep by how much they are off, and begin once more on all rows, as far as it asks for that and the data allow it;
    and say so."""
    wanted, found = session.config.training, 1.0
    differ = wanted.final == "best" and len({part.epoch for part in session.parts}) > 1
    if differ:
        epochs = " and ".join(f"{part.epoch:,}" for part in session.parts)
        yield Noted(f"each half of the network is kept as of its own best epoch: {epochs}", session.epoch)
    if wanted.calibrate:
        found, said = _temperature(session)
        yield Noted(said, session.epoch)
    chosen: float | None = None
    if wanted.threshold is not None:
        chosen, said = _threshold(session, found)
        yield Noted(said, session.epoch)
    margins = _margins(session, found)
    hindered = _hindered(session) if wanted.refit else ""
    if hindered:
        yield Noted(f"not trained once more: {hindered}", session.epoch, "warning")
    if wanted.refit and not hindered:
        session.train_again(Refit(session.epoch, session.best.epoch, found, chosen, margins))
        rows, epochs = len(session.prepared.train), number_of(session.best.epoch, "epoch")
        yield Noted(
            f"once more from the start, for {epochs}{' of both halves' if differ else ''} on {rows:,} rows, validation "
            "rows among them",
            session.epoch,
        )
        return
    session.threshold, session.margins = chosen, margins
    if found != 1.0:
        session.best_weights = tempered(session.best_weights, found)


def second_ended(session: Session, refit: Refit) -> None:
    """The network that was trained on all rows is the best one."""
    session.best.epoch, session.threshold, session.margins = session.epoch, refit.threshold, refit.margins
    weights = session.weights()
    session.best_weights = weights if refit.temperature == 1.0 else tempered(weights, refit.temperature)


def _hindered(session: Session) -> str:
    """Why a network cannot be trained once more on validation rows too; empty where it can."""
    if session.prepared.valid is None:
        return "there are no validation rows"
    if session.prepared.validates_on_test:
        return "the validation rows are the test rows"
    return "its first weights were another run's" if session.begun_elsewhere else ""


def _temperature(session: Session) -> tuple[float, str]:
    """The temperature of the best weights' answers, and what to say of it."""
    with _final(session):
        return temperature(session.module, session.prepared.valid, session.to_input)


def _threshold(session: Session, temperature: float) -> tuple[float | None, str]:
    """The threshold of the best weights' answers at this temperature, and what to say of it."""
    with _tempered(session, temperature):
        schema, wanted = session.prepared.schema, session.config.training.threshold or ""
        return threshold(wanted, session.module, session.prepared.valid, session.to_input, schema.classes)


def _margins(session: Session, temperature: float) -> list[float]:
    """By how much the best weights' answers to validation rows are off at this temperature, as a checkpoint keeps it;
    nothing where there are no such rows, or the best weights are not those that are reported on."""
    rows, schema = session.prepared.valid, session.prepared.schema
    if rows is None or session.config.training.final == "last":
        return []
    with _tempered(session, temperature):
        outputs = answer(session.module, rows.x, session.to_input).double().cpu().numpy()
    classes, scale = bool(schema.classes), 1.0 if schema.classes else schema.target_std
    return margins_of(off_by(outputs, rows.y.cpu().numpy(), classes=classes, scale=scale))


@contextmanager
def _tempered(session: Session, temperature: float) -> Generator[None]:
    """The module has the final weights at this temperature in the block."""
    with _final(session):
        if temperature != 1.0:
            session.module.load_state_dict(tempered(session.best_weights, temperature))
        yield


@contextmanager
def _final(session: Session) -> Generator[None]:
    """The module has the final weights in the block, and its present ones again afterwards."""
    present = session.weights()
    session.use_final()
    try:
        yield
    finally:
        session.module.load_state_dict(present)
