"""Which epoch was the best, and when to stop waiting for a better one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..models.spec import ModelSpec


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
        better = loss < self.loss
        self.loss = loss if better else self.loss
        self.count(epoch, better=better)
        return better

    def count(self, epoch: int, *, better: bool) -> None:
        """Take an epoch that is the new best, or is not."""
        self.epoch, self.waited = (epoch, 0) if better else (self.epoch, self.waited + 1)

    @property
    def exhausted(self) -> bool:
        """Whether patience has run out."""
        return self.patience is not None and self.waited >= self.patience

    def state(self) -> dict[str, float]:
        """What a checkpoint keeps."""
        return {"loss": self.loss, "epoch": self.epoch, "waited": self.waited}

    def restore(self, state: Mapping[str, float]) -> None:
        """Go on from a checkpoint's `state()`."""
        self.loss, self.epoch, self.waited = float(state["loss"]), int(state["epoch"]), int(state["waited"])


def bests_of_parts(spec: ModelSpec) -> list[Best]:
    """A best epoch for each part of a network that is judged for itself: the halves of one that embeds numbers in both
    ways learn at different paces. None where the whole has one."""
    return [Best(None), Best(None)] if spec.family == "tabm" and spec.embedding == "both" else []


def restored(parts: list[Best], states: Sequence[Mapping[str, float]]) -> list[Best]:
    """The best epochs of parts as a checkpoint keeps them; none where it was written when the whole had one."""
    if len(states) != len(parts):
        return []
    for part, state in zip(parts, states, strict=True):
        part.restore(state)
    return parts
