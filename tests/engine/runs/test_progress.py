"""How far a run has come follows from its events, and each step tells whether it takes the epochs before."""

import math
from collections.abc import Sequence

import pytest

from nnlab.engine.events import EpochEnded, Event, RunFinished, RunStarted
from nnlab.engine.history import History
from nnlab.engine.runs.progress import Progress, main_metric, progress_of, watched_loss


def started(first_epoch: int = 1, best_epoch: int | None = None, final: str = "best") -> RunStarted:
    config = {"training": {"final": final}}
    return RunStarted("r", "", "xor", "binary", 1, "cpu", config, first_epoch=first_epoch, best_epoch=best_epoch)


def epochs(*losses: float, first: int = 1) -> list[Event]:
    return [EpochEnded({"epoch": n, "loss_train": 1.0, "loss_valid": loss}) for n, loss in enumerate(losses, first)]


def finished(best_epoch: int, **metrics: float) -> RunFinished:
    return RunFinished("r", "", 1, "epochs", best_epoch, "", "", metrics, 0.1)


@pytest.mark.parametrize(
    ("record", "loss"),
    [
        ({"loss_train": 2.0, "loss_valid": 1.0}, 1.0),
        ({"loss_train": 2.0}, 2.0),
        ({"loss_train": 2.0, "loss_valid": math.nan}, math.inf),
        ({"loss_train": math.nan, "loss_valid": 0.1}, math.inf),
        ({}, math.inf),
    ],
)
def test_an_epoch_is_judged_by_validation_and_one_that_diverged_is_never_better(record: dict[str, float], loss: float):
    assert watched_loss(record) == loss


@pytest.mark.parametrize(
    ("events", "epoch", "best"),
    [
        ([], 0, 0),
        ([started()], 0, 0),
        ([started(), *epochs(0.5, 0.4, 0.4, math.nan)], 4, 2),
        ([started(), *epochs(math.nan)], 1, 0),
        ([started(), *epochs(0.5, 0.4, 0.3), started(3)], 2, 2),
        ([started(), *epochs(0.5, 0.4, 0.3), started(3, best_epoch=1)], 2, 1),
        ([started(), *epochs(0.5, 0.4), started(3, best_epoch=0)], 2, 0),
        ([started(), *epochs(0.5, 0.4), started(3, best_epoch=0), *epochs(0.9, first=3)], 3, 3),
        ([started(), *epochs(0.5, 0.4), finished(1)], 2, 1),
        ([started(), *epochs(0.5, 0.4), finished(0)], 2, 0),
        ([started(), *epochs(0.5, 0.4), finished(99)], 2, 2),
        ([started(5), *epochs(0.5, 0.4, first=5)], 6, 6),
    ],
)
def test_the_trainers_word_for_the_best_epoch_counts_and_else_the_lowest_loss(
    events: Sequence[Event], epoch: int, best: int
):
    progress = progress_of(events)
    assert (progress.epoch, progress.best_epoch) == (epoch, best)


def test_who_keeps_no_history_is_told_when_it_takes_one():
    whole, kept = Progress(), Progress()
    events = [started(), *epochs(0.5, 0.3), started(3, best_epoch=2), *epochs(0.4, 0.2, first=3), finished(4)]
    for event in events:
        assert not kept.looks_back(event)
        kept.follow(event)
        kept.history = History()
        whole.follow(event)
        assert (kept.newest, kept.best, kept.metrics) == (whole.newest, whole.best, whole.metrics)
    for event in (started(4), started(5, best_epoch=1), finished(2)):
        assert kept.looks_back(event)


def test_what_was_reached_is_that_of_the_epoch_that_the_config_calls_final():
    events = epochs(0.5, 0.3, 0.4)
    assert progress_of([started(), *events]).metrics == {"loss_train": 1.0, "loss_valid": 0.3}
    assert progress_of([started(final="last"), *events]).metrics == {"loss_train": 1.0, "loss_valid": 0.4}
    assert progress_of([started(), *events, finished(2, loss_test=0.6)]).metrics == {
        **{"loss_train": 1.0, "loss_valid": 0.3, "loss_test": 0.6}
    }
    assert progress_of([started()]).metrics == {}


def test_the_main_metric_is_one_that_runs_which_still_train_have_too():
    assert main_metric({"loss_valid": 0.1, "accuracy_test": 0.8, "accuracy_valid": 0.9}) == ("accuracy_valid", 0.9)
    assert main_metric({"loss_train": 0.2, "mae_test": 3.0}) == ("mae_test", 3.0)
    assert main_metric({}) is None
