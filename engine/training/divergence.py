"""Trainings that stop making sense: how it is noticed, what is said, and how one goes on with a lower rate."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ..checkpoint import Checkpoint
from ..config import merge, validate
from .session import Session

MOST_RESTARTS = 3
LOWER = 0.1  # what a restart multiplies the learning rate by
UNSCALED = 1000.0  # inputs beyond this make losses overflow at learning rates that suit others


def is_sound(session: Session) -> bool:
    """Whether the epoch's losses are numbers so far; looked at only on the CPU, where that waits for nothing."""
    losses = session.steps.losses
    return losses.device.type != "cpu" or bool(losses[: session.step].isfinite().all())


def failure(session: Session) -> str:
    """What went wrong in the epoch whose steps are done, and what to try; empty if nothing did."""
    epoch = session.epoch + 1
    broken = (~session.steps.losses.isfinite()).nonzero()
    if len(broken):
        where = f"The loss is no longer a number since step {int(broken[0]) + 1} of epoch {epoch}"
    elif not bool(session.flat.values.isfinite().all()):
        where = f"The gradient was not a number in step {session.total_steps}, the last of epoch {epoch}"
    else:
        return ""
    return f"{where}: {_remedy(session)}."


def _remedy(session: Session) -> str:
    x = session.prepared.train.x
    rate = f"try a smaller --lr than {session.schedule.lr:g}, or --clip 1"
    reach = float(x.abs().max()) if isinstance(x, Tensor) and x.is_floating_point() else 0.0
    return rate if reach < UNSCALED else f"inputs reach {reach:g}, so standardise them, or {rate}"


Kept = tuple[Checkpoint, dict[str, Tensor]]
"""A state to go back to, and the weights of the epoch that was the best one then."""


@dataclass
class Restarts:
    """Goes back to the best epoch with a lower learning rate, if the config wants that, a few times in a run.

    Where that epoch itself was on the way to divergence and nothing better came after it, it goes back to the start.
    """

    wanted: bool
    first: Kept | None = None
    best: Kept | None = None

    def keep(self, session: Session) -> None:
        """Take this, the start or a new best epoch, as a state to go back to."""
        if self.wanted:
            self.best = session.checkpoint(best=False), session.best_weights
            self.first = self.first or self.best

    def restart(self, session: Session) -> str:
        """Bring a diverged session back; returns what was done, empty if nothing can be."""
        good, self.best = self.best or self.first, None
        if good is None or session.restarts >= MOST_RESTARTS:
            return ""
        said, lr = session.failure, session.config.training.lr * LOWER
        restarts = session.restarts + 1
        state, session.best_weights = good
        session.restore(state)
        session.change(validate(merge(session.config.to_dict(), {"training": {"lr": lr}}), source="the restart"))
        session.failure, session.restarts = "", restarts
        return f"{said} Going back to epoch {session.epoch} with lr {lr:g} (restart {restarts} of {MOST_RESTARTS})"
