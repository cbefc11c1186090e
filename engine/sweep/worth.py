"""What a trial is worth: the measure of the validation rows by which a sweep chooses."""

from __future__ import annotations

import math

from ..config import Config
from ..errors import UsageError
from ..runs.progress import Progress
from .plan import Measure

TASKS: dict[Measure, tuple[str, ...]] = {"accuracy": ("binary", "multiclass"), "mae": ("regression",)}
"""The tasks in which a measure is taken, where that is not done in all."""


class CannotChooseError(UsageError):
    """The validation rows of the data cannot tell what any trial is worth by this measure."""


def check_winner(wanted: Config, progress: Progress) -> None:
    """Raise CannotChooseError where the winner is to be `wanted`, and the data of a run that has started do not allow
    it: its trials are trained without a threshold and a temperature, and would find out too late."""
    started, training = progress.started, wanted.training
    if started is None:
        return
    classes = len(started.classes)
    found = f"has {classes} classes" if classes else "is a number"
    if training.threshold is not None and classes != 2:
        raise CannotChooseError(f"--threshold is for two classes, and the target {found}: leave it out.")
    if training.calibrate and not classes:
        raise CannotChooseError(f"--calibrate is for classes, and the target {found}: leave it out.")


def worth(progress: Progress, measure: Measure) -> float:
    """What a run is worth if it ends now, NaN before its first epoch. Raises CannotChooseError, as soon as the run has
    started, where its validation rows do not tell."""
    started, name = progress.started, f"{measure}_valid"
    if started is not None and started.validates_on_test:
        raise CannotChooseError(
            "The validation rows are the test rows, which a sweep keeps for its winner: use another --valid-split."
        )
    foreign = started is not None and started.task not in TASKS.get(measure, (started.task,))
    validated = not progress.newest or "loss_valid" in progress.newest
    if foreign or (progress.newest and name not in progress.newest):
        others = [one for one, tasks in TASKS.items() if started is not None and started.task in tasks]
        instead = " or ".join(f"--measure {one}" for one in ("loss", *others))
        raise CannotChooseError(
            f"There is no {measure} of validation rows to choose by: "
            f"{f'use {instead}' if validated else 'name some by --valid-split'}."
        )
    return progress.metrics.get(name, math.nan)
