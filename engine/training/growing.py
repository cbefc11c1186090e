"""The network of a checkpoint trained anew on growing parts of its train rows, for its learning curve."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..checkpoint import Checkpoint
from ..config import Config
from ..data.columns.values import category_codes
from ..data.dataset import Dataset
from ..data.splits import NONE
from ..errors import UsageError
from ..evaluation.learning_curve import LearningCurve, Plan, curve_of, plan_for
from ..evaluation.training_data import TrainingData
from ..events import RunFinished
from .interrupt import StopRequest
from .session import begin
from .train import run


@dataclass(frozen=True)
class Grown:
    """What a network reaches on the validation rows that was trained on so many rows with a seed; NaN where it
    diverged."""

    rows: int
    seed: int
    reached: float


def plan(checkpoint: Checkpoint, data: TrainingData) -> Plan:
    """What is to be trained of the rows that the network was trained on. UsageError where these are too few, or none
    validate, and for a network that is not trained itself."""
    if checkpoint.spec.family == "ensemble":
        raise UsageError(
            "--learning-curve trains the network anew, and this one is made of several that are trained already: name "
            "one of these."
        )
    if not len(data.splits.get("valid", [])):
        raise UsageError(
            "--learning-curve judges on validation rows, and this training had none: train without --valid-split none."
        )
    return plan_for(checkpoint, len(data.splits["train"]))


def grow(checkpoint: Checkpoint, data: TrainingData, plan: Plan, stop: StopRequest) -> Iterator[Grown]:
    """Train what is planned, in memory, and yield each network's worth; a stop ends the one under way, unyielded, and
    all others.

    All that is learnt, of columns too, is learnt of the part alone. Each seed has an order of the rows of its own, in
    which classes keep their shares; a part is the beginning of the next. Raises what `begin` and `run` raise.
    """
    stop.patient = True
    for size in plan.sizes:
        for place in range(plan.seeds):
            seed = checkpoint.config.training.seed + place
            part = replace(data.dataset, native=_divided(data, size, seed))
            session = begin(_config(checkpoint.config, seed), dataset=part, own=checkpoint.own)
            events = [event for event in run(session, None, stop, tested=False) if isinstance(event, RunFinished)]
            if stop.reason is not None:
                return
            yield Grown(size, seed, _reached(events[-1]))


def curve(checkpoint: Checkpoint, data: TrainingData, grown: list[Grown]) -> LearningCurve:
    """The learning curve of what was trained of the rows of a checkpoint."""
    reached: dict[int, list[float]] = {}
    for one in grown:
        reached.setdefault(one.rows, []).append(one.reached)
    measure = "loss" if data.dataset.classes else "rmse"
    unfinished = checkpoint.epoch >= checkpoint.config.training.epochs
    return curve_of(measure, len(data.splits["valid"]), reached, unfinished=unfinished)


def _config(config: Config, seed: int) -> Config:
    """The config for rows that are divided already, and without what is done once a training is over."""
    data = {"train_split": "train", "valid_split": "valid", "test_split": NONE, "folds": None, "fold": None}
    training = {"seed": seed, "refit": False, "calibrate": False, "threshold": None}
    return config.model_copy(
        update={
            "data": config.data.model_copy(update=data),
            "training": config.training.model_copy(update=training),
        }
    )


def _divided(data: TrainingData, size: int, seed: int) -> dict[str, np.ndarray]:
    """Row numbers of a part of the train rows, and of the validation rows."""
    train = data.splits["train"]
    order = np.random.default_rng(seed).permutation(len(train))
    if data.dataset.classes:
        order = order[np.argsort(_turns(data.dataset, train[order]), kind="stable")]
    return {"train": np.sort(train[order[:size]]), "valid": data.splits["valid"]}


def _turns(dataset: Dataset, rows: np.ndarray) -> np.ndarray:
    """When each row's turn is, from 0 to 1, such that every class keeps its share among those whose turn has come."""
    codes = category_codes(dataset.table.column(dataset.target), list(dataset.classes))[rows]
    turns = np.empty(len(rows))
    for code in np.unique(codes):
        own = np.flatnonzero(codes == code)
        turns[own] = (np.arange(len(own)) + 0.5) / len(own)
    return turns


def _reached(finished: RunFinished) -> float:
    """The loss of classes, or the RMSE, on the validation rows."""
    metrics = finished.metrics
    if finished.stopped_by == "diverged":
        return math.nan
    return math.sqrt(metrics["mse_valid"]) if "mse_valid" in metrics else metrics["loss_valid"]
