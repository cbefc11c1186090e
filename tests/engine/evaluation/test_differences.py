"""Better is said where it is sure, and of equal models hardly ever."""

from __future__ import annotations

import numpy as np
import pytest

from nnlab.engine.evaluation.differences import of_classes, of_values
from nnlab.engine.evaluation.metrics import log_softmax


def logits(rows: int, sharp: float, draw: np.random.Generator, truth: np.ndarray) -> np.ndarray:
    """Log probabilities of two classes that lean towards the truth."""
    lean = sharp * (2 * truth - 1) + draw.normal(size=rows)
    return log_softmax(np.stack([-lean, lean], 1))


def test_a_better_model_is_told_with_the_difference_of_the_means():
    draw = np.random.default_rng(0)
    truth = draw.integers(2, size=400)
    good, bad = logits(400, 1.5, draw, truth), logits(400, 0.2, draw, truth)
    loss, accuracy = of_classes(good, bad, truth)
    rows = np.arange(400)
    assert loss.network == pytest.approx(-good[rows, truth].mean())
    assert loss.difference == pytest.approx(bad[rows, truth].mean() - good[rows, truth].mean())
    assert accuracy.network == pytest.approx((good.argmax(1) == truth).mean())
    assert accuracy.other == pytest.approx((bad.argmax(1) == truth).mean())
    assert (loss.verdict, accuracy.verdict) == ("better", "better")
    assert loss.low < loss.difference < loss.high < 0 < accuracy.low < accuracy.difference < accuracy.high
    assert [one.verdict for one in of_classes(bad, good, truth)] == ["worse", "worse"]


def test_the_interval_is_that_of_scipys_paired_bootstrap():
    from scipy.stats import bootstrap

    draw = np.random.default_rng(3)
    truth = draw.normal(size=300)
    one, other = truth + draw.normal(size=300), truth + 1.1 * draw.normal(size=300)

    def difference(a: np.ndarray, b: np.ndarray, axis: int) -> np.ndarray:
        return np.sqrt(a.mean(axis)) - np.sqrt(b.mean(axis))

    squares = (np.square(one - truth), np.square(other - truth))
    expected = bootstrap(squares, difference, paired=True, method="percentile", n_resamples=20_000, rng=1)
    (found,) = of_values(one, other, truth)
    assert found.difference == pytest.approx(difference(*squares, axis=-1))
    assert found.low == pytest.approx(expected.confidence_interval.low, abs=0.012)
    assert found.high == pytest.approx(expected.confidence_interval.high, abs=0.012)


@pytest.mark.parametrize("rows", [12, 40, 150])
def test_equal_models_are_told_apart_no_more_often_than_promised(rows: int):
    """Of 60 pairs of models that are equally good some three may be told apart; eleven are less probable than 0.001."""
    told = {"loss": 0, "accuracy": 0, "rmse": 0}
    for seed in range(60):
        draw = np.random.default_rng(seed)
        truth = draw.integers(2, size=rows)
        for one in of_classes(logits(rows, 1, draw, truth), logits(rows, 1, draw, truth), truth):
            told[one.measure] += one.verdict != "unsure"
        values = draw.standard_t(4, size=(2, rows))
        told["rmse"] += of_values(values[0], values[1], np.zeros(rows))[0].verdict != "unsure"
    assert max(told.values()) < 11, told


def test_four_rows_that_only_one_answers_rightly_are_not_enough():
    truth = np.zeros(100, dtype=np.int64)
    right, wrong = np.tile(log_softmax(np.array([[1.0, 0.0]])), (100, 1)), None
    wrong = right.copy()
    wrong[:4] = wrong[:4, ::-1]
    assert of_classes(right, wrong, truth)[1].verdict == "unsure"  # one in eight by chance
    wrong[:9] = right[:9, ::-1]
    assert of_classes(right, wrong, truth)[1].verdict == "better"


def test_many_rows_are_put_in_groups_and_tell_the_same():
    draw = np.random.default_rng(5)
    truth = draw.normal(size=50_000)
    one, other = truth + draw.normal(size=50_000), truth + 1.05 * draw.normal(size=50_000)
    (found,) = of_values(one, other, truth)
    assert found.verdict == "better"
    errors = np.square(one - truth), np.square(other - truth)
    slopes = errors[0] / (2 * found.network) - errors[1] / (2 * found.other)  # the delta method
    expected = 2 * 1.96 * slopes.std() / np.sqrt(50_000)
    assert found.high - found.low == pytest.approx(expected, rel=0.1)


def test_the_same_model_and_answers_that_are_no_numbers_are_borne():
    values = np.arange(30.0)
    assert of_values(values, values, values + 1)[0].verdict == "unsure"
    assert of_values(np.full(30, np.nan), values, values) == []
    assert of_classes(np.full((3, 2), np.nan), np.zeros((3, 2)), np.zeros(3, dtype=np.int64)) == []
