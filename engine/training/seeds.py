"""The same network with several seeds: how much of what it reaches is chance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..config import Config
from ..evaluation.metrics import Scores
from ..events import StoppedBy
from .interrupt import StopRequest
from .several import Claim, train_several


@dataclass(frozen=True)
class SeedDone:
    """What became of a seed: its run, its epochs, how it ended, and its final weights' metrics on validation and test
    rows, such as `loss_valid`. `message` is what went wrong where it diverged. `chosen` says what was chosen for the
    data, if anything was left open, `alone` why the networks were trained one after another, empty where their steps
    were taken together; `notes` are what else its training told."""

    seed: int
    run: str
    dir: str
    epochs: int
    best_epoch: int
    stopped_by: StoppedBy
    metrics: Scores
    seconds: float
    message: str = ""
    chosen: str = ""
    alone: str = ""
    notes: tuple[str, ...] = ()


def train_seeds(config: Config, seeds: int, claim: Claim, stop: StopRequest) -> Iterator[SeedDone]:
    """Train the network of the config with its seed and those that follow, `seeds` in all, on the same rows, and yield
    each when it is done; a stop ends those under way, unyielded, and all others.

    `claim` makes the run folder of each, by its place from 0. One that diverges is a result like others. Raises
    UsageError for a config that the data cannot serve, NnlabError for a device or memory that this machine lacks.
    """
    first = config.training.seed
    for done in train_several([_with_seed(config, first + place) for place in range(seeds)], claim, stop):
        told, chosen = done.finished, done.session.chosen
        yield SeedDone(
            first + done.place,
            told.run,
            told.dir,
            told.epochs,
            told.best_epoch,
            told.stopped_by,
            dict(told.metrics),
            told.seconds,
            told.message,
            chosen,
            done.alone,
            done.notes,
        )


def _with_seed(config: Config, seed: int) -> Config:
    return config.model_copy(update={"training": config.training.model_copy(update={"seed": seed})})
