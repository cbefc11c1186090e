"""Over- and underfitting are said where they matter, and only there."""

import math

from nnlab.engine.history import History
from nnlab.engine.runs.fitting import overfits, underfits


def history(train: list[float], valid: list[float] | None = None) -> History:
    rows = [{"epoch": float(place), "loss_train": loss} for place, loss in enumerate(train, 1)]
    for row, loss in zip(rows, valid or (), strict=False):
        row["loss_valid"] = loss
    return History.of(rows)


FALLING = [1 / place for place in range(1, 21)]


def test_a_validation_loss_that_rises_and_stays_is_told_with_its_best_epoch():
    run = history(FALLING, [*([0.5] * 9), 0.4, *([0.6] * 10)])
    said = overfits(run.of_epoch(10), run)
    assert said.startswith("The validation loss has risen from 0.4000 in epoch 10 to 0.6000, and the train loss has")
    assert "--weight-decay 0.01" in said


def test_one_peak_a_small_rise_or_a_train_loss_as_high_are_not():
    peak = [*([0.5] * 9), 0.4, *([0.41] * 9), 3.0]
    for train, valid in (
        (FALLING, peak),
        (FALLING, [*([0.5] * 9), 0.4, *([0.45] * 10)]),
        ([*FALLING[:10], *([0.5] * 10)], [*([0.5] * 9), 0.4, *([0.6] * 10)]),
        (FALLING, [2.0, *([0.5] * 8), 0.1, *([0.2] * 10)]),  # a twentieth of what it had learnt
        (FALLING, [0.9 / place for place in range(1, 21)]),
        (FALLING, None),
        (FALLING, [*([0.5] * 9), 0.4, *([math.nan] * 10)]),
    ):
        run = history(train, valid)
        assert not overfits(run.of_epoch(10), run)
    assert not overfits({}, history([]))


def test_a_loss_that_was_still_falling_when_the_epochs_were_over_is_told():
    run = history([2 - place / 20 for place in range(20)])
    assert "--epochs 40" in underfits(run, 20)
    assert not underfits(run, 50)  # it ended before
    jumping = [1.0, *([0.42, 0.38] * 20), 0.35]  # whose last epoch happens to be a good one
    assert not underfits(history(jumping), len(jumping))
    assert not underfits(history([1.0, *([0.01 / place for place in range(1, 20)])]), 20)  # what is left is nothing


def test_a_loss_that_hardly_fell_is_told():
    assert "hardly fell, from 0.7000 to 0.6950" in underfits(history([0.7] * 19 + [0.695]), 20)
    assert not underfits(history([0.7] * 5), 5)
