"""A run's state on the screen follows its events."""

import math
from itertools import pairwise
from typing import Any

import pytest

from nnlab.engine.events import (
    CheckpointSaved,
    EpochEnded,
    EpochProgress,
    Noted,
    PictureTaken,
    RunFinished,
    RunStarted,
    StateChanged,
)
from nnlab.tui.trainer.state import LOG_LINES, MOST_RECORDS, RECENT, RunState


def started(first_epoch: int = 1, epochs: int = 10) -> RunStarted:
    config = {"training": {"epochs": epochs, "lr": 0.1}, "model": {"family": "mlp", "hidden": [3]}}
    return RunStarted("xor-1", "", "xor", "binary", 9, "cpu", config, {"train": 5}, first_epoch=first_epoch)


def epoch(number: int, loss: float, seconds: float = 2.0) -> EpochEnded:
    return EpochEnded({"epoch": number, "loss_train": loss, "loss_valid": loss, "lr": 0.1, "seconds": seconds})


def test_before_the_run_nothing_is_known():
    state = RunState()
    assert (state.state, state.epochs, state.lr, state.pace, state.remaining) == ("waiting", 0, None, None, None)


def test_epochs_make_history_best_pace_and_what_remains():
    state = RunState()
    assert state.take([started(), epoch(1, 0.5), epoch(2, 0.2), epoch(3, math.nan), epoch(4, 0.3)])
    assert not state.take([])
    assert (len(state.history), state.best_epoch, state.epochs, state.pace) == (4, 2, 10, 2.0)
    assert (state.remaining, state.trained) == (12.0, 8.0)


def test_a_resumed_run_replaces_the_epochs_it_repeats():
    state = RunState()
    state.take([started(), epoch(1, 0.5), epoch(2, 0.4), started(first_epoch=2), epoch(2, 0.1)])
    assert [record["loss_valid"] for record in state.history] == pytest.approx([0.5, 0.1])
    assert state.best_epoch == 2
    state.take([started(first_epoch=2)])
    assert (state.best_epoch, state.best["loss_valid"]) == (1, 0.5)


def test_a_long_run_is_kept_in_bounds_and_counted_by_its_epochs():
    state = RunState()
    last = 3 * MOST_RECORDS
    state.take([started(epochs=last + 10)])
    for number in range(1, last + 1):
        state.take([epoch(number, 0.0 if number == 777 else 1.0)])
        assert len(state.history) <= MOST_RECORDS
    epochs = [int(record["epoch"]) for record in state.history]
    assert (state.epoch, state.best_epoch, state.remaining, state.trained) == (last, 777, 20.0, 2.0 * last)
    assert epochs == sorted(set(epochs))
    assert {1, 777} < set(epochs)
    assert epochs[-RECENT:] == list(range(last - RECENT + 1, last + 1))
    assert max(after - before for before, after in pairwise(epochs)) <= 16
    state.take([started(first_epoch=500), epoch(500, 0.5)])
    assert (state.epoch, state.best_epoch) == (500, 500)


def test_states_pictures_saves_and_notes_are_kept():
    state = RunState()
    state.take([started(), StateChanged("paused", 1), CheckpointSaved("last", "", 1), Noted("slow", 1)])
    state.take([PictureTaken("matrix", 1, {"classes": []}), PictureTaken("matrix", 2, {"classes": ["a"]})])
    assert (state.state, state.saved, state.drawn, state.pictures["matrix"].epoch) == ("paused", 1, 2, 2)
    state.take([StateChanged("running", 1320)])
    assert state.log[-3:] == ["after epoch 1: paused", "after epoch 1: slow", "after epoch 1,320: running"]


def test_the_end_is_the_runs_or_the_trainers_death_once():
    state = RunState()
    state.take([started(), RunFinished("", "", 1, "epochs", 1, "", "", {}, 1.0)])
    assert state.over
    assert state.remaining is None
    dead = RunState()
    dead.died("killed")
    dead.died("killed")
    assert dead.over
    assert dead.log == ["killed"]


def test_the_log_keeps_the_newest_lines():
    state = RunState()
    for number in range(LOG_LINES + 5):
        state.note(str(number))
    assert len(state.log) == LOG_LINES
    assert state.log[-1] == str(LOG_LINES + 4)


def progress(epoch: int, batch: int, doing: Any = "training") -> EpochProgress:
    return EpochProgress(epoch, batch, 10, 0.5, 2.0, 8.0, (10 - batch) / 2, doing, memory=1)


def test_how_far_the_present_epoch_is_counts_until_it_is_over():
    state = RunState()
    state.take([started(), progress(1, 0)])
    assert state.within is None  # a short epoch has more to tell when it is over
    state.take([progress(1, 4)])
    assert state.within == progress(1, 4)
    assert state.remaining == pytest.approx(5 * (10 - 0.4))
    state.take([epoch(1, 0.5, seconds=10.0)])
    assert state.within is None
    assert state.machine == progress(1, 4)
    state.take([progress(2, 5)])
    assert state.remaining == pytest.approx(10 * 8.5)
    state.take([progress(1, 0, "testing")])
    assert state.within == progress(1, 0, "testing")
    state.take([RunFinished("", "", 1, "epochs", 1, "", "", {}, 1.0)])
    assert (state.within, state.machine) == (None, None)
