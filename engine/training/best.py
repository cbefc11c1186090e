"""The best epoch of a run that goes on: found among what was saved, or told to be lost."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from .. import checkpoint as checkpoints
from ..checkpoint import Checkpoint
from ..errors import UsageError
from ..history import History
from ..runs.folder import RunFolder
from .session import Session
from .stopping import Best


def keep_best(session: Session, loss: float, parts: Sequence[float]) -> None:
    """Keep the weights of the epoch that has ended where it is the best by its loss; of a network whose `parts` have a
    loss and a best epoch each, those of the parts for which it is, and the best epoch is the last one of these."""
    if not session.parts:
        if session.best.epoch_ended(session.epoch, loss):
            session.best_weights = session.weights()
        return
    better = [part.epoch_ended(session.epoch, own) for part, own in zip(session.parts, parts, strict=True)]
    session.best.count(session.epoch, better=any(better))
    if any(better):
        before, now = session.best_weights, session.weights()
        session.best_weights = {
            name: now[name] if better[part_of(name)] else before.get(name, now[name]) for name in now
        }


def part_of(name: str) -> int:
    """To which part of a network a parameter of this name belongs."""
    return int(name.partition("parts.")[2].partition(".")[0])


def find_best(session: Session, folder: RunFolder) -> str:
    """Give the session the weights of the epoch that its state calls the best; returns what to tell the user.

    They are in `best.pt`, or beside it where a kill came before they took their place. Nothing but that epoch of this
    run is taken: without it the best counts anew. Raises UsageError where `best.pt` cannot be read, for it may be the
    right one, and NnlabError when the disk refuses.
    """
    if not session.best.epoch and not folder.best.exists():
        return ""
    for path in checkpoints.leftovers(folder.best):
        with suppress(UsageError):  # a part
            if isinstance(_read(path, session), Checkpoint):
                checkpoints.put(path, folder.best)
    try:
        best = _read(folder.best, session)
    except UsageError as error:
        said = str(error).removesuffix(".")
        raise UsageError(f"{said}: put the right one back, or remove it and the best epoch counts anew.") from None
    if isinstance(best, Checkpoint):
        session.best_weights = dict(best.weights)
        if best.spec != session.spec:  # the network's file has another name or text by now
            checkpoints.save(folder.best, replace(best, spec=session.spec, config=session.config))
        return ""
    session.best, session.parts = Best(session.best.patience), [Best(None) for _ in session.parts]
    with suppress(OSError):
        folder.best.unlink()  # nobody may take it for this run's
    return f"{best}, so the best epoch counts anew"


def _read(path: Path, session: Session) -> Checkpoint | str:
    """The checkpoint of the session's best epoch, or why this is not it. Raises UsageError where it cannot be read."""
    if not path.exists():
        return f"{path} is missing"
    best, spec = checkpoints.load(path), session.spec
    place = {"file": spec.file, "class_name": spec.class_name, "sha256": spec.sha256}
    if best.spec.model_copy(update=place) != spec:
        return f"{path} is of another network"
    common = min(best.epoch, session.epoch)
    if measured(History.of(best.history).head(common)) != measured(session.history.head(common)):
        return f"{path} is of another run"
    if best.epoch != session.best.epoch:
        return f"{path} is of epoch {best.epoch}, not of the best one ({session.best.epoch or 'none'})"
    return best


def measured(history: History) -> dict[str, bytes]:
    """All that was measured, bit for bit; times are among it, which are never the same in two runs. A column without a
    number is one of later epochs."""
    return {name: column.tobytes() for name, column in history.columns.items() if any(each == each for each in column)}
