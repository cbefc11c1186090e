"""Probabilities that are as often right as they say are honest; those that say more are told."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from nnlab.engine.evaluation.reliability import BINS, reliability


def drawn(rows: int, sharper: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Logits of three classes and answers drawn from their very probabilities; `sharper` multiplies what is said."""
    draw = np.random.default_rng(1)
    logits = draw.normal(size=(rows, 3)) * 1.5
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    truth = (draw.random((rows, 1)) > shares.cumsum(1)).sum(1)
    return logits * sharper, truth


def test_honest_probabilities_have_little_error_and_too_sure_ones_have_much():
    honest, sure = reliability(*drawn(20_000)), reliability(*drawn(20_000, 3.0))
    assert honest is not None
    assert sure is not None
    assert honest.ece < 0.01
    assert sure.ece > 0.1
    assert sure.brier > honest.brier
    assert all(one.said > one.right for one in sure.bins if one.rows > 500)


def test_ece_counted_by_hand():
    logits = np.log(np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.2, 0.8]]))
    found = reliability(logits, np.array([0, 1, 1, 1]))
    assert found is not None
    assert found.ece == pytest.approx((2 * abs(0.9 - 0.5) + abs(0.6 - 1) + abs(0.8 - 1)) / 4)
    assert sum(one.rows for one in found.bins) == 4
    assert found.few


def test_the_brier_score_agrees_with_scikit_learn():
    logits, truth = drawn(500)
    two = logits[:, :2]
    found, share = reliability(two, truth % 2), 1 / (1 + np.exp(two[:, 0] - two[:, 1]))
    assert found is not None
    assert found.brier == pytest.approx(2 * brier_score_loss(truth % 2, share))


def test_certain_answers_are_in_the_last_bin():
    found = reliability(np.array([[0.0, 1000.0]] * 3), np.array([1, 1, 0]))
    assert found is not None
    assert [(one.rows, one.said) for one in found.bins] == [(3, 1.0)]
    assert len(found.bins) <= BINS


def test_answers_that_are_no_numbers_have_none():
    assert reliability(np.array([[np.nan, 1.0]]), np.array([1])) is None
