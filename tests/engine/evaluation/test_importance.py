"""A column of noise is worth nothing, one that decides is worth most, and one that is there twice is told."""

from __future__ import annotations

import numpy as np
import pytest

from nnlab.engine.evaluation.importance import importance


def drawn(rows: int = 2000) -> np.ndarray:
    """Two columns that decide, the second of two features; one of noise; and one much like the first."""
    x = np.random.default_rng(1).normal(size=(rows, 5)).astype(np.float32)
    x[:, 4] = x[:, 0] + 0.05 * x[:, 4]
    return x


OWNERS = ["a", "b", "b", "noise", "like a"]


def values(x: np.ndarray) -> np.ndarray:
    return (3 * x[:, :1] + x[:, 1:2] - x[:, 2:3]).astype(np.float64)


def test_the_truth_of_a_sum_is_found():
    x = drawn()
    told = importance(values, x, values(x)[:, 0], OWNERS, classes=False, scale=10.0)
    assert [one.column for one in told[:2]] == ["a", "b"]
    worth = {one.column: one for one in told}
    assert worth["a"].worth == pytest.approx(10 * 3 * np.sqrt(2), rel=0.05)  # of a shuffled column: its own twice
    assert worth["b"].worth == pytest.approx(10 * np.sqrt(2 * 2), rel=0.05)
    assert worth["a"].low < worth["a"].worth < worth["a"].high
    assert worth["noise"].worth == worth["like a"].worth == 0
    assert (worth["a"].alike, worth["like a"].alike, worth["b"].alike) == (["like a"], ["a"], [])


def test_noise_that_a_network_listens_to_is_within_its_band_of_nothing_or_harmful():
    x = drawn()
    truth = (x[:, 0] > 0).astype(np.int64)

    def logits(x: np.ndarray) -> np.ndarray:
        one = 2 * x[:, 0] + 0.1 * x[:, 3]
        return np.stack([-one, one], 1)

    told = {one.column: one for one in importance(logits, x, truth, OWNERS, classes=True)}
    assert told["a"].low > 0.5
    assert told["noise"].low <= 0.005


def test_the_same_rows_give_the_same_numbers_and_stay_as_they_are():
    x = drawn(300)
    kept, truth = x.copy(), values(x)[:, 0]
    first, second = (importance(values, x, truth, OWNERS, classes=False) for _ in range(2))
    assert first == second
    assert (x == kept).all()


@pytest.mark.parametrize("rows", [1, 2])
def test_few_rows_and_constant_columns_are_borne(rows: int):
    x = np.ones((rows, 5), np.float32)
    assert all(one.worth == 0 for one in importance(values, x, values(x)[:, 0], OWNERS, classes=False))
