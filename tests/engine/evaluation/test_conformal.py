"""Intervals hold as often as they say on rows that nobody has seen."""

from __future__ import annotations

import numpy as np
import pytest

from nnlab.engine.errors import UsageError
from nnlab.engine.evaluation.conformal import LEAST, TOLD, held_of, margin_at, margins_of, off_by, set_of


@pytest.mark.parametrize("level", [50, 80, 90, 95, 99])
def test_intervals_of_numbers_hold_as_often_as_they_say(level: int):
    draw = np.random.default_rng(level)
    shares = [
        (np.abs(draw.standard_t(3, 400)) <= margin_at(margins_of(np.abs(draw.standard_t(3, 199))), level)).mean()
        for _ in range(300)
    ]
    assert np.mean(shares) == pytest.approx(level / 100, abs=0.01)


@pytest.mark.parametrize("sharper", [1.0, 4.0], ids=["honest", "too sure"])
def test_sets_of_classes_hold_at_least_as_often_as_they_say(sharper: float):
    draw = np.random.default_rng(1)

    def rows(count: int) -> tuple[np.ndarray, np.ndarray]:
        logits = draw.normal(size=(count, 4))
        shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        return logits * sharper, (draw.random((count, 1)) > shares.cumsum(1)).sum(1)

    margins = margins_of(off_by(*rows(2000), classes=True))
    told = held_of(margins, *rows(20_000), classes=True)
    assert [one.level for one in told] == list(TOLD)
    for one in told:
        assert one.level / 100 - 0.02 < one.held < one.level / 100 + 0.03
        assert one.size is not None
        assert 1 <= one.size <= 4


def test_margins_are_the_split_conformal_quantiles():
    margins = margins_of(np.arange(1, 100) / 100)  # 99 rows
    assert margin_at(margins, 90) == 0.9
    assert margin_at(margins, 99) == 0.99


def test_too_few_rows_reach_no_high_percentage_and_that_is_said():
    margins = margins_of(np.arange(9.0))
    assert len(margins) == 90 - LEAST + 1
    with pytest.raises(UsageError, match="takes 19 validation rows, and the network had fewer: --interval 90"):
        margin_at(margins, 95)
    with pytest.raises(UsageError, match="keeps no intervals"):
        margin_at([], 90)
    with pytest.raises(UsageError, match="from 50 to 99"):
        margin_at(margins, 100)
    assert margins_of(np.array([1.0, np.nan])) == []


def test_a_set_always_has_the_most_probable_class():
    shares = np.array([[0.6, 0.5, np.nan], [0.4, 0.5, np.nan]])
    assert set_of(shares, 0.1).tolist() == [[True, True, False], [False, True, False]]
    assert set_of(shares, 0.6).tolist() == [[True, True, False], [True, True, False]]
