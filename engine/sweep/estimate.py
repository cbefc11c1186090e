"""About how long a sweep takes, by a few epochs of the data set's default, which are trained in memory."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from time import monotonic

from ..events import EpochEnded
from ..training.interrupt import StopRequest
from ..training.session import begin
from ..training.train import run
from .plan import Plan
from .study import REDUCTION, RUNGS
from .sweep import BEST, SEEDS

MOST_EPOCHS, MOST_SECONDS = 4, 5.0  # that are trained to know


@dataclass(frozen=True)
class Estimate:
    """Seconds: of an epoch, of preparing a trial, of a sweep that stops trials early, and of one that does not."""

    epoch: float
    preparing: float
    seconds: float
    longest: float


def estimate(plan: Plan, jobs: int) -> Estimate:
    """Train a little and reckon. Raises UsageError as a training does."""
    began = monotonic()
    session = begin(plan.trial({}))
    preparing = monotonic() - began
    stop, taken = StopRequest(), list[float]()
    for event in run(session, None, stop, tested=False):
        if isinstance(event, EpochEnded):
            taken.append(event.record["seconds"])
            if len(taken) >= MOST_EPOCHS or monotonic() - began > MOST_SECONDS:
                stop.reason = "interrupt"
    epoch = statistics.median(taken) if taken else 0.0
    whole = preparing + epoch * session.config.training.epochs
    trials = plan.most or max(1, int((plan.seconds or 0.0) / whole * jobs))
    early = preparing + epoch * session.config.training.epochs * (share() if plan.halving else 1.0)
    full = min(trials, plan.at_once)
    last = BEST * (SEEDS - 1) * whole
    limit = plan.seconds or float("inf")
    return Estimate(
        epoch,
        preparing,
        min(limit, (full * whole + (trials - full) * early + last) / jobs),
        min(limit, (trials * whole + last) / jobs),
    )


def share() -> float:
    """Which part of its epochs a trial is trained for on average, where one in REDUCTION passes each rung."""
    parts = [REDUCTION ** (rung - RUNGS) for rung in range(RUNGS + 1)]
    left, found = 1.0, 0.0
    for part in parts:
        passes = 1.0 / REDUCTION if part < 1 else 0.0
        found += left * (1 - passes) * part
        left *= passes
    return found
