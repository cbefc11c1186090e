"""A threshold is the best of all that tell the validation rows differently, by each rule."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    f1_score,
    precision_score,
    recall_score,
    roc_auc_score,
)

from nnlab.engine.errors import UsageError
from nnlab.engine.evaluation.rules import Rule, rule_of
from nnlab.engine.evaluation.thresholds import (
    MOST_POINTS,
    choose,
    imbalance,
    judge,
    probabilities_of,
    report,
    why_not,
)


def drawn(rows: int, seed: int, decimals: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities, and classes of which few are the second one."""
    draw = np.random.default_rng(seed)
    truth = (draw.random(rows) < 0.2).astype(np.int64)
    return np.clip(draw.normal(0.25 + 0.2 * truth, 0.15), 0, 1).round(decimals), truth


def cost(truth: np.ndarray, said: np.ndarray) -> float:
    return -(5 * ((truth == 1) & ~said).sum() + ((truth == 0) & said).sum())


@pytest.mark.parametrize("decimals", [6, 1], ids=["all different", "many alike"])
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("written", "score"), [("f1", f1_score), ("balanced", balanced_accuracy_score), ("cost=5:1", cost)]
)
def test_no_other_threshold_is_better(written: str, score: Callable[..., float], seed: int, decimals: int):
    probabilities, truth = drawn(200, seed, decimals)
    found = choose(rule_of(written), probabilities, truth)
    others = [(low + high) / 2 for low, high in pairwise([0.0, *np.unique(probabilities), 1.0])]
    assert score(truth, probabilities >= found) == pytest.approx(
        max(score(truth, probabilities >= one) for one in others if 0 < one < 1)
    )
    assert 0 < found < 1


def test_of_equally_good_ones_the_half_is_kept():
    assert choose(rule_of("f1"), np.array([0.1, 0.2, 0.9]), np.array([0, 0, 1])) == 0.5
    assert choose(rule_of("f1"), np.array([0.1, 0.2, 0.3]), np.array([0, 0, 1])) == pytest.approx(0.25)


@pytest.mark.parametrize("probabilities", [[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.5, np.nextafter(0.5, 1)]])
def test_certainties_and_neighbours_among_floats_are_told_apart_as_far_as_they_can_be(probabilities: list[float]):
    given, truth = np.array(probabilities), np.array([0, 1])
    found = choose(rule_of("f1"), given, truth)
    assert 0 < found < 1
    if given[0] < given[1]:
        assert (given >= found).tolist() == [False, True]


def test_answers_that_are_no_numbers_choose_nothing():
    with pytest.raises(UsageError, match="no number"):
        choose(rule_of("f1"), np.array([0.1, math.nan]), np.array([0, 1]))


def test_counts_and_scores_agree_with_scikit_learn():
    probabilities, truth = drawn(300, 1)
    judged, said = judge(0.3, probabilities, truth), probabilities >= 0.3
    assert judged.precision == pytest.approx(precision_score(truth, said))
    assert judged.recall == pytest.approx(recall_score(truth, said))
    assert judged.f1 == pytest.approx(f1_score(truth, said))
    assert judged.true_positives + judged.false_negatives == truth.sum()
    assert judged.false_positives + judged.true_negatives == (truth == 0).sum()
    assert math.isnan(judge(0.99, np.array([0.1]), np.array([0])).precision)


def test_areas_agree_with_scikit_learn_and_curves_are_bounded():
    probabilities, truth = drawn(5000, 2)
    told = report("yes", "as asked for", 0.3, probabilities, truth)
    assert told.roc is not None
    assert told.precision_recall is not None
    assert told.roc.area == pytest.approx(roc_auc_score(truth, probabilities))
    assert told.precision_recall.area == pytest.approx(average_precision_score(truth, probabilities))
    assert max(len(told.roc.x), len(told.precision_recall.x)) <= MOST_POINTS
    assert (told.roc.x[0], told.roc.y[0], told.roc.x[-1], told.roc.y[-1]) == (0, 0, 1, 1)
    assert told.half.threshold == 0.5


def test_rows_of_one_class_have_no_curves():
    told = report("yes", "", 0.3, np.array([0.1, 0.6]), np.array([0, 0]))
    assert (told.roc, told.precision_recall) == (None, None)
    assert told.chosen.false_positives == 1


def test_a_million_rows_take_a_second():
    probabilities, truth = drawn(1_000_000, 3, decimals=12)
    assert 0 < choose(rule_of("f1"), probabilities, truth) < 0.5


def test_probabilities_are_those_of_the_second_class():
    assert probabilities_of(np.array([[0.0, 0.0], [-1000.0, 1000.0], [1000.0, -1000.0]])).tolist() == [0.5, 1.0, 0.0]


def test_rules_are_read():
    assert rule_of("0.3") == Rule("at", 0.3)
    assert rule_of(" F1 ").kind == "f1"
    assert rule_of("cost=5:1") == Rule("cost", missed=5, alarm=1)


@pytest.mark.parametrize(
    "text",
    ["", "0", "1", "nan", "inf", "-0.5", "f2", "cost=", "cost=5", "cost=0:1", "cost=1:2:3", "cost=nan:1", "9" * 999],
)
def test_what_is_no_rule_is_refused_with_what_to_write(text: str):
    with pytest.raises(ValueError, match="write a number between 0 and 1, f1, balanced, or cost=5:1"):
        rule_of(text)


def test_too_few_rows_are_told():
    assert why_not(49, 2) == "49 validation rows, and it takes 50"
    assert why_not(60, 1) == "the validation rows are of one class"
    assert not why_not(50, 2)


def test_extreme_imbalance_is_told():
    truth = np.array([0] * 98 + [1] * 2)
    assert imbalance(truth, ["no", "yes"]).startswith("98.0% of these rows are 'no'")
    assert not imbalance(np.array([0, 1] * 5), ["no", "yes"])
    assert not imbalance(np.array([1.5]), [])
