"""A column that was 0 and 1 in all train rows, and is something else in new ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from nnlab.engine.data.reading.readings import BooleanReading, NumberReading
from nnlab.engine.data.reading.tally import Tally

READING = BooleanReading(name="a", counted=True)


@pytest.mark.parametrize(
    "values",
    [
        pa.array(["1", "0", "2", "", "-7", "1.0"]),
        pa.array([1, 0, 2, None, -7, 1]),
        pa.array([1.0, 0.0, 2.0, None, -7.0, 1.0]),
    ],
)
def test_another_number_is_missing_and_told(values: pa.Array) -> None:
    column, tally = pa.chunked_array([values]), Tally(source="new.csv")
    read = READING.read(column)
    assert read.values.to_pylist() == [True, False, None, None, None, True]
    tally.odd(READING, column, read, 0)
    (said,) = tally.warnings()
    assert "2 values of the column 'a' are neither 0 nor 1 and count as missing" in said


@pytest.mark.parametrize(
    ("reading", "value"),
    [(READING, "maybe"), (BooleanReading(name="a"), "2"), (READING.model_copy(update={"counted": False}), "2")],
)
def test_what_cannot_be_read_is_refused(reading: BooleanReading, value: str) -> None:
    column = pa.chunked_array([pa.array(["1", value])])
    read = reading.read(column)
    assert read.odd.tolist() == [False, True]
    assert read.strange is None or not read.strange.any()


def test_a_file_with_one_is_answered(nnlab: Callable[..., CompletedProcess[str]], tmp_path: Path) -> None:
    train, new = tmp_path / "train.csv", tmp_path / "new.csv"
    rows = pd.DataFrame(
        {"children": [0, 1, 1, 0] * 20, "size": range(5, 165, 2), "y": [v % 7 + 0.5 for v in range(80)]}
    )
    rows.to_csv(train, index=False)
    rows.assign(children=[*[2] * 5, *[1] * 75]).to_csv(new, index=False)
    trained = nnlab("train", train, "--target", "y", "--epochs", "1", "--name", "n", "--quiet")
    assert trained.returncode == 0, trained.stderr
    answered = nnlab("predict", "n", new)
    assert answered.returncode == 0, answered.stderr
    assert len(answered.stdout.splitlines()) == 81
    assert "5 values of the column 'children' are neither 0 nor 1 and count as missing" in answered.stderr
    refused = nnlab("predict", "n", "--row", "children=many,size=3")
    assert refused.returncode == 2
    assert "'many', which is not yes or no" in refused.stderr


@pytest.mark.parametrize(
    "values", [pa.array(["1", "inf", "1e400", "", "-Infinity"]), pa.array([1.0, np.inf, np.inf, None, -np.inf])]
)
def test_an_infinite_number_is_missing_and_told(values: pa.Array) -> None:
    reading, tally = NumberReading(name="a"), Tally()
    column = pa.chunked_array([values])
    read = reading.read(column)
    assert read.values.to_pylist() == [1.0, None, None, None, None]
    tally.odd(reading, column, read, 0)
    (said,) = tally.warnings()
    assert said.startswith("3 values of the column 'a' are infinite and count as missing: ")
