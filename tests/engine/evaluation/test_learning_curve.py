"""What parts are planned, how long that takes, and whether more rows would help."""

from __future__ import annotations

import math
from typing import Any

import pytest

from nnlab.engine.checkpoint import Checkpoint
from nnlab.engine.config import validate
from nnlab.engine.data.columns.encoders import Number
from nnlab.engine.data.schema import Schema
from nnlab.engine.errors import UsageError
from nnlab.engine.evaluation.learning_curve import curve_of, plan_for
from nnlab.engine.models.families import spec_for


def checkpoint(seconds: float | None = 0.1, epochs: int = 10, **training: Any) -> Checkpoint:
    """A network of one column, of whose training ten epochs are kept."""
    config = validate({"data": {"name": "auto-mpg"}, "training": {"epochs": epochs, **training}})
    schema = Schema(task="regression", target="y", columns=[Number(name="x", fill=0)])
    history = [{"epoch": 1.0 + place} | ({} if seconds is None else {"seconds": seconds}) for place in range(10)]
    return Checkpoint(config, schema, spec_for(config.model, schema), {}, 10, history)


def test_each_part_is_half_of_the_next_and_the_time_is_that_of_all():
    plan = plan_for(checkpoint(), 1600)
    assert plan.sizes == [100, 200, 400, 800, 1600]
    assert (plan.seeds, plan.trainings) == (3, 15)
    assert plan.seconds == pytest.approx(3 * (1 + 1 / 2 + 1 / 4 + 1 / 8 + 1 / 16))
    assert "5 parts of the train rows, 3 times each: about 5.8 s" in plan.sentence()


def test_what_takes_long_is_trained_once_each_and_patience_counts():
    assert plan_for(checkpoint(seconds=10), 1600).seeds == 1
    unknown = plan_for(checkpoint(seconds=None), 1600)
    assert (unknown.seeds, unknown.seconds) == (1, None)
    assert "not known" in unknown.sentence()
    stopping = plan_for(checkpoint(epochs=1000, early_stop=5), 1600).seconds
    assert stopping == pytest.approx(1.5 * 3 * (1 + 1 / 2 + 1 / 4 + 1 / 8 + 1 / 16))


def test_small_parts_are_left_out_and_too_few_rows_refused():
    assert plan_for(checkpoint(), 90).sizes == [22, 45, 90]
    with pytest.raises(UsageError, match="79 rows are too few: it takes 80"):
        plan_for(checkpoint(), 79)


@pytest.mark.parametrize(
    ("half", "whole", "verdict"),
    [
        ([0.50, 0.52, 0.51], [0.40, 0.42, 0.405], "yes"),
        ([0.50, 0.52, 0.51], [0.5, 0.519, 0.511], "no"),
        ([0.40, 0.42, 0.405], [0.50, 0.52, 0.51], "no"),
        ([0.50, 0.60, 0.40], [0.45, 0.45, 0.45], "unsure"),
        ([0.50], [0.40], "unsure"),
        ([0.50, 0.52, math.nan], [0.40, 0.42, 0.405], "unsure"),
    ],
)
def test_the_last_doubling_says_whether_more_rows_would_help(half: list[float], whole: list[float], verdict: str):
    curve = curve_of("loss", 50, {100: half, 200: whole, 50: [1.0] * len(half)})
    assert [part.rows for part in curve.parts] == [50, 100, 200]
    assert curve.verdict == verdict
    assert "from 100 rows to all 200 the loss went from" in curve.sentence()
    assert ("train" in curve.sentence()) == (verdict != "no")


def test_a_network_that_was_still_learning_is_told():
    reached = {50: [1.0] * 3, 100: [0.5, 0.52, 0.51], 200: [0.4, 0.42, 0.405]}
    assert "more epochs" in curve_of("loss", 50, reached, unfinished=True).sentence()
    assert "more epochs" not in curve_of("loss", 50, reached).sentence()


def test_the_band_is_students_and_never_below_nothing():
    from scipy.stats import t

    part = curve_of("rmse", 50, {10: [0.5, 0.6, 0.4], 20: [0.001, 0.9, 0.1]}).parts
    low, high = t.interval(0.95, 2, loc=0.5, scale=0.1 / math.sqrt(3))
    assert (part[0].low, part[0].high) == pytest.approx((low, high), abs=1e-3)
    assert part[1].low == 0
