"""Learning rates over time, as plain functions of the step, so that no optimiser object is needed.

The shapes are those of `torch.optim.lr_scheduler` (StepLR, CosineAnnealingLR, OneCycleLR, ReduceLROnPlateau with its
defaults: relative threshold 1e-4, no cooldown); cosine, one-cycle and warm-up move with every step, not every epoch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..config import Config, TrainingConfig

PLATEAU_THRESHOLD = 1e-4
SMALLEST_CHANGE = 1e-8  # a reduction below this is not worth making, as in ReduceLROnPlateau
ONE_CYCLE_START = 25.0  # the first rate is lr / 25 ...
ONE_CYCLE_END = 1e4  # ... and the last one that / 10,000
ONE_CYCLE_RISE = 0.3  # share of the steps over which the rate rises


@dataclass
class Schedule:
    """The learning rate of each step. `lr` is the base rate, which a user may change while training runs.

    `scale`, `best` and `waited` belong to the plateau: what `lr` has been multiplied by, the best validation loss it
    has seen, and the epochs since.
    """

    config: TrainingConfig
    steps_per_epoch: int
    lr: float
    scale: float = 1.0
    best: float = math.inf
    waited: int = 0

    def rate(self, step: int) -> float:
        """The rate of a step, counted from 0 over the whole training."""
        config, total = self.config, self.steps_per_epoch * self.config.epochs
        rate = self.lr * self.scale
        if config.scheduler == "step":
            rate *= config.factor ** (step // self.steps_per_epoch // config.step_size)
        elif config.scheduler == "cosine":
            rate *= 0.5 * (1 + math.cos(math.pi * step / total))
        elif config.scheduler == "one-cycle":
            rate = _one_cycle(rate, step, total)
        warmup_steps = config.warmup * self.steps_per_epoch
        return rate * (step + 1) / warmup_steps if step < warmup_steps else rate

    @property
    def steady(self) -> bool:
        """Whether all steps of an epoch have the same rate."""
        return self.config.scheduler in ("none", "plateau", "step") and not self.config.warmup

    def epoch_ended(self, loss: float) -> bool:
        """Tell the plateau an epoch's validation loss; True if the rate was reduced."""
        if self.config.scheduler != "plateau":
            return False
        if loss < self.best * (1 - PLATEAU_THRESHOLD):
            self.best, self.waited = loss, 0
            return False
        self.waited += 1
        if self.waited <= self.config.patience:
            return False
        self.waited = 0
        reduced = self.scale * self.config.factor
        if self.lr * (self.scale - reduced) <= SMALLEST_CHANGE:
            return False
        self.scale = reduced
        return True

    def state(self) -> dict[str, float]:
        """What a checkpoint keeps."""
        return {"lr": self.lr, "scale": self.scale, "best": self.best, "waited": self.waited}

    def restore(self, state: dict[str, float]) -> None:
        """Go on from a checkpoint's `state()`."""
        self.lr, self.scale = float(state["lr"]), float(state["scale"])
        self.best, self.waited = float(state["best"]), int(state["waited"])


def dropout_share(config: Config, epoch: int) -> float:
    """How much of its dropout a network has in an epoch, counted from 0: all of it, or, falling, the square of what
    the cosine schedule leaves of a learning rate: all at the start, a quarter in the middle, nothing at the end."""
    if config.model.dropout_schedule == "constant":
        return 1.0
    return (0.5 * (1 + math.cos(math.pi * epoch / config.training.epochs))) ** 2


def _one_cycle(peak: float, step: int, total: int) -> float:
    """Cosine rise from peak/25 over the first 30 % of the steps, cosine fall to peak/250,000 (Smith and Topin 2019)."""
    first, last = peak / ONE_CYCLE_START, peak / ONE_CYCLE_START / ONE_CYCLE_END
    top = ONE_CYCLE_RISE * total - 1
    if step <= top:
        return _anneal(first, peak, step / max(top, 1))
    return _anneal(peak, last, (step - top) / max(total - 1 - top, 1))


def _anneal(start: float, end: float, share: float) -> float:
    return end + (start - end) / 2 * (1 + math.cos(math.pi * share))
