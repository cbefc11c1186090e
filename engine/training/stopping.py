"""Which epoch was the best, and when to stop waiting for a better one."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass
class Best:
    """The best epoch so far by the watched loss (validation's, or train's where nothing is validated).

    `patience` is after how many epochs without a new best training stops (None: never). A NaN is never the best.
    """

    patience: int | None
    loss: float = math.inf
    epoch: int = 0
    waited: int = 0

    def epoch_ended(self, epoch: int, loss: float) -> bool:
        """Take an epoch's loss; True if it is the new best."""
        if loss < self.loss:
            self.loss, self.epoch, self.waited = loss, epoch, 0
            return True
        self.waited += 1
        return False

    @property
    def exhausted(self) -> bool:
        """Whether patience has run out."""
        return self.patience is not None and self.waited >= self.patience

    def state(self) -> dict[str, float]:
        """What a checkpoint keeps."""
        return {"loss": self.loss, "epoch": self.epoch, "waited": self.waited}

    def restore(self, state: dict[str, float]) -> None:
        """Go on from a checkpoint's `state()`."""
        self.loss, self.epoch, self.waited = float(state["loss"]), int(state["epoch"]), int(state["waited"])
