"""When checkpoints are written: at the end, when asked, and in between as often as the config says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from time import monotonic

from .. import checkpoint as checkpoints
from ..events import CheckpointSaved, Event
from ..runs.folder import RunFolder
from .session import Session

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass
class Saver:
    """Writes a run's checkpoints; without a folder it writes nothing.

    The best weights wait in memory until the next save, so that a network whose epochs take milliseconds does not
    spend its time on the disk. `best` is always written before the `last` that knows of it, and takes its place after
    it: whenever the process is killed, the best epoch that `last` knows of is on disk (`best.py` finds it).
    """

    folder: RunFolder | None
    every: str
    saved_at: float = 0.0
    saved_epoch: int = 0
    saved_step: int = 0
    best_epoch: int = 0

    def start(self, session: Session) -> None:
        """Write a first checkpoint before the first step, so that a run can be resumed wherever it is killed."""
        begins = not (session.epoch or session.step)  # what lies there by that name is not of this training
        if self.folder is not None and (begins or not self.folder.last.exists()):
            checkpoints.save(self.folder.last, session.checkpoint(best=False))
        self._saved(session)

    def due(self, session: Session) -> bool:
        """Whether it is time for a save, between two epochs or within one."""
        if self.every.endswith("e"):
            return session.epoch - self.saved_epoch >= int(self.every[:-1])
        if self.every.endswith("steps"):
            return _steps(session) - self.saved_step >= int(self.every.removesuffix("steps"))
        return monotonic() - self.saved_at >= float(self.every[:-1]) * UNITS[self.every[-1]]

    def save(self, session: Session) -> Iterator[Event]:
        """Write what is new. Raises NnlabError when the disk refuses; what was there before stays whole."""
        if self.folder is None:
            return
        better = self._has_better(session)
        with checkpoints.staged(self.folder.best, session.checkpoint(best=True)) if better else nullcontext():
            checkpoints.save(self.folder.last, session.checkpoint(best=False))
        self._saved(session)
        if better:
            self.best_epoch = session.best.epoch
            yield CheckpointSaved("best", str(self.folder.best), session.best.epoch)
        yield CheckpointSaved("last", str(self.folder.last), session.epoch)

    def save_best(self, session: Session) -> Iterator[Event]:
        """Write the best checkpoint alone, where a training has diverged and its present state is of no use. Raises
        NnlabError when the disk refuses."""
        if self.folder is not None and self._has_better(session):
            checkpoints.save(self.folder.best, session.checkpoint(best=True))
            self.best_epoch = session.best.epoch
            yield CheckpointSaved("best", str(self.folder.best), session.best.epoch)

    def _has_better(self, session: Session) -> bool:
        return session.best.epoch != self.best_epoch and bool(session.best_weights)

    def _saved(self, session: Session) -> None:
        self.saved_at, self.saved_epoch, self.saved_step = monotonic(), session.epoch, _steps(session)


def _steps(session: Session) -> int:
    """Steps taken since the beginning."""
    return session.epoch * session.total_steps + session.step
