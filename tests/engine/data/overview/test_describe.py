"""What `data show` tells is what pandas and the tutorial tell."""

import json
import math
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from nnlab.engine.config import DataConfig
from nnlab.engine.data.overview.describe import describe, ends, statistics, subset
from nnlab.engine.data.sources import load
from nnlab.engine.errors import UsageError
from nnlab.engine.resolve import resolve

EXPECTED = json.loads((Path(__file__).parents[3] / "expected.json").read_text(encoding="utf-8"))["auto_mpg"]


def test_auto_mpgs_train_split_is_described_as_in_the_tutorial():
    config = resolve(None, recipe="tutorial/auto-mpg", flags={})
    found = describe(subset(load(config.data), "train", config.data, config.prepare))
    assert found.rows == 313
    for column, expected in EXPECTED["describe_train"].items():
        assert found.statistics[column] == pytest.approx(expected, abs=5e-7), column


def test_missing_values_are_counted():
    found = describe(load(DataConfig(name="auto-mpg")))
    assert found.rows == EXPECTED["rows"]
    assert {column["name"]: column["missing"] for column in found.columns if column["missing"]} == EXPECTED["missing"]


def test_classes_are_counted_in_their_order():
    found = describe(load(DataConfig(name="iris")))
    assert found.balance == {"setosa": 50, "versicolor": 50, "virginica": 50}
    assert found.to_json()["balance"] == found.balance


def test_a_split_is_a_slice_of_what_a_training_would_take():
    config = DataConfig(name="iris")
    assert len(subset(load(config), "test", config).table) == 30
    assert len(subset(load(config), "train[:10]", config).table) == 10
    with pytest.raises(UsageError, match="did you mean 'test'"):
        subset(load(config), "tset", config)


@pytest.mark.parametrize(("rows", "sizes"), [(150, (5, 5)), (7, (5, 2)), (3, (3, 0))])
def test_head_and_tail_never_repeat_a_row(rows: int, sizes: tuple[int, int]):
    head, tail = ends(load(DataConfig(name="iris")).table.slice(0, rows))
    assert (len(head), len(tail)) == sizes


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1.5, None, float("nan"), -3.0, 8.25]),
        pa.array([1, 2, 3, 2**62]),
        pa.array([2**64 - 1, 5], pa.uint64()),
        pa.array([1, 2, None, 9], pa.int8()),
        pa.array([1.5, 2.5, -1.0], pa.float32()),
        pa.array([7.0]),
        pa.array([None, None], pa.float64()),
        pa.array([Decimal("1.25"), None, Decimal("3.50")]),
    ],
)
def test_statistics_are_those_of_pandas(values: pa.Array):
    expected = pd.Series([math.nan if value is None else float(value) for value in values.to_pylist()]).describe()
    found = statistics(pa.table({"x": values, "text": ["a"] * len(values)}))
    assert list(found) == ["x"]
    assert list(found["x"]) == list(expected.index)
    assert found["x"] == pytest.approx(expected.to_dict(), nan_ok=True)
