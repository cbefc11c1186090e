"""What holds for every way in which a column becomes numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pytest

from nnlab.engine.config import PrepareConfig
from nnlab.engine.data.columns.encoders import (
    ORDER,
    Bucket,
    Column,
    Curve,
    Date,
    Embedding,
    Flag,
    Hashed,
    Missing,
    Number,
    OneHot,
    Smooth,
)
from nnlab.engine.data.dataset import Dataset
from nnlab.engine.data.reading.readings import BooleanReading, CategoryReading, DateReading, NumberReading, Reading
from nnlab.engine.data.schema import fit

TIME = pa.timestamp("us")
COMMA, WORDS = NumberReading(name="a", decimal=","), CategoryReading(name="a")

CASES: list[tuple[Column, Sequence[Any], pa.DataType | None, Reading, str, dict[str, Any]]] = [
    (
        *(Number(name="a", fill=1.0, mean=1.0, std=2.0), [1.0, None], None, COMMA, "scaled"),
        {"kind": "number", "typical": 1.0, "low": -3.0, "high": 5.0, "decimal": ","},
    ),
    (
        *(Number(name="a", fill=1.0, usual=(0.0, 9.0)), [1.0], None, NumberReading(name="a"), "scaled"),
        {"kind": "number", "typical": 1.0, "low": 0.0, "high": 9.0, "decimal": "."},
    ),
    (
        *(Curve(name="a", fill=2.0), [1.0, None], None, COMMA, "logarithm, standardised"),
        {"kind": "number", "typical": 2.0, "low": 0.0, "high": 4.0, "decimal": ","},
    ),
    (
        *(Curve(name="a", fill=2.0, knots=[0.0, 1.0, 7.0]), [1.0], None, COMMA, "quantiles, standardised"),
        {"kind": "number", "typical": 2.0, "low": 0.0, "high": 7.0, "decimal": ","},
    ),
    (
        *(
            Smooth(name="a", fill=2.0, median=2.0, width=3.0),
            [1.0, None],
            None,
            COMMA,
            "robustly scaled, outliers bent",
        ),
        {"kind": "number", "typical": 2.0, "low": -4.0, "high": 8.0, "decimal": ","},
    ),
    (
        *(Bucket(name="a", fill=2.0, boundaries=[3.0, 4.0]), [1.0, None], None, COMMA, "bucketized"),
        {"kind": "number", "typical": 2.0, "low": 3.0, "high": 4.0, "decimal": ","},
    ),
    (
        *(Missing(name="a"), [1.0, None], None, COMMA, "a flag where it is missing"),
        {"kind": "number", "typical": 0.0, "low": -1.0, "high": 1.0, "decimal": ","},
    ),
    (
        *(Flag(name="a"), [True, None], None, BooleanReading(name="a"), "1 and -1"),
        {"kind": "flag", "values": ["no", "yes"]},
    ),
    (
        *(Flag(name="a"), [True], None, BooleanReading(name="a", yes=["alive"], no=["dead"]), "1 and -1"),
        {"kind": "flag", "values": ["dead", "alive"]},
    ),
    (
        *(Date(name="a", mean=1.0), [0, None], TIME, DateReading(name="a")),
        "5 numbers: when, time of year, weekday",
        {"kind": "date", "values": ["1969-12-31", "1970-01-01", "1970-01-02", "1970-01-03", "1970-01-04"]},
    ),
    (
        *(Hashed(name="a", width=3), ["b c", None], None, WORDS, "its words hashed to 3 counts"),
        {"kind": "text"},
    ),
    (
        *(OneHot(name="a", categories=["x", "y"], other=True), ["x", "z", None], None, WORDS),
        "one-hot, 2 categories and others",
        {"kind": "category", "values": ["x", "y"]},
    ),
    (
        *(Embedding(name="a", categories=["x", "y"], width=4), ["x", "z", None], None, WORDS),
        "embedded, 2 categories in 4 numbers",
        {"kind": "category", "values": ["x", "y"]},
    ),
]
"""A column, values, their type, how they are read, what is said of it, and what is told to who gives a value."""


def test_every_kind_of_column_is_tried():
    kinds = {one.model_fields["kind"].default for one in get_args(get_args(Column)[0])}
    assert kinds == set(ORDER) == {case[0].kind for case in CASES}


@pytest.mark.parametrize(("column", "values", "type_", "reading", "summary", "question"), CASES)
def test_a_column_knows_its_numbers_their_names_and_how_it_is_told_of(
    column: Column,
    values: Sequence[Any],
    type_: pa.DataType | None,
    reading: Reading,
    summary: str,
    question: dict[str, Any],
):
    matrix = column.encode(pa.chunked_array([pa.array(values, type=type_)]))
    assert matrix.shape == (len(values), column.span)
    assert np.isfinite(matrix).all()
    assert len(column.features) == len(set(column.features)) == column.span
    assert column.summary == summary
    assert column.question(reading).items() >= question.items()


def test_features_that_fill_several_columns_are_named_by_category_or_number():
    assert OneHot(name="a", categories=["x"], other=True).features == ["a=x", "a=other"]
    assert Hashed(name="a", width=2).features == ["a 1", "a 2"]
    assert Number(name="a", fill=0.0).features == ["a"]


def test_only_columns_of_categories_have_unseen_values():
    values = pa.chunked_array([pa.array(["x", "z", None])])
    for column in (OneHot(name="a", categories=["x"]), Embedding(name="a", categories=["x"], width=2)):
        assert column.unseen(values).tolist() == [False, True, False]
    assert Hashed(name="a").unseen(values) is None


def test_smoothly_scaled_numbers_stay_within_three_and_are_had_back() -> None:
    column = Smooth(name="a", fill=2.0, median=2.0, width=3.0)
    values = np.array([-1e308, -1e9, -5.0, 2.0, 2.5, 80.0, 1e308, np.inf, -np.inf])
    encoded = column.encode(pa.chunked_array([values]))[:, 0]
    assert np.isfinite(encoded).all()
    assert (np.abs(encoded) <= 3).all()
    scaled = (values[2:6] - 2) / 3
    np.testing.assert_allclose(encoded[2:6], scaled / np.sqrt(1 + (scaled / 3) ** 2))
    np.testing.assert_allclose(column.decode(encoded[2:6]), values[2:6])


@pytest.mark.parametrize("odd", [99_999.0, 1e9, 1e30])
def test_a_few_odd_values_do_not_flatten_a_column_that_is_mostly_one_value(odd: float) -> None:
    usual = [0.0] * 800 + [float(1 + place % 9) for place in range(200)]
    column = pa.chunked_array([pa.array([*usual, odd, odd, odd])])
    dataset = Dataset("mostly", "regression", pa.table({"x": column, "y": column}), "y", {})
    (smooth,) = fit(dataset, np.arange(len(column)), ["x"], PrepareConfig(scale="smooth")).columns
    assert isinstance(smooth, Smooth)
    assert 1 <= smooth.width <= 9
