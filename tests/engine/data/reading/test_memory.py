"""Frames, Arrow tables and arrays become the tables that files would have given."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

from nnlab.engine.data.reading.memory import table_of, with_target
from nnlab.engine.errors import UsageError

FRAME = pd.DataFrame({" a ": [1.5, None], "b": ["x", "y"]}, index=[7, 3])


def test_a_frames_index_is_no_column_and_names_are_trimmed():
    for frame in (FRAME, pa.Table.from_pandas(FRAME), FRAME.rename_axis("key")):
        assert table_of(frame).to_pydict() == {"a": [1.5, None], "b": ["x", "y"]}
    assert table_of(pd.DataFrame([[1, 2]])).column_names == ["0", "1"]


@pytest.mark.parametrize("array", [np.array([[1.0, 2], [3, np.nan]]), torch.tensor([[1.0, 2], [3, np.nan]])])
def test_an_arrays_columns_are_numbered_and_nan_is_missing(array: Any):
    assert table_of(array).to_pydict() == {"x1": [1.0, 3.0], "x2": [2.0, None]}


@pytest.mark.parametrize("kind", [float, int, bool, object])
def test_what_an_array_masks_is_missing(kind: type):
    array = np.ma.array(np.array([[1, 1], [0, 1]]).astype(kind), mask=np.array([[False, False], [True, False]]))
    assert table_of(array).to_pydict() == {"x1": [1, None], "x2": [1, 1]}
    assert with_target(FRAME, array[:, 0])[0].column("y").to_pylist() == [1, None]


def test_an_array_of_objects_has_columns_of_their_own_types():
    assert [str(kind) for kind in table_of(FRAME.to_numpy()).schema.types] == ["double", "string"]


def test_answers_are_the_last_column():
    table, name = with_target(FRAME, pd.Series(["u", "v"], name="kind"))
    assert (name, table.column_names) == ("kind", ["a", "b", "kind"])
    assert with_target(FRAME, [1, 2])[0].column("y").to_pylist() == [1, 2]
    assert with_target(FRAME, pa.array([1, 2]), "price")[1] == "price"
    for answers, said in (([1], "2 rows and 1 answers"), ([[1], [2]], r"shape \(2, 1\)"), (FRAME, "shape")):
        with pytest.raises(UsageError, match=said):
            with_target(FRAME, answers)
    with pytest.raises(UsageError, match="a column 'b' already"):
        with_target(FRAME, [1, 2], "b")


@pytest.mark.parametrize(
    "rows",
    [
        *(None, 5, "ab", [1], {}, np.zeros(3), np.zeros((2, 2, 2)), np.zeros((2, 2), complex)),
        *(FRAME.assign(a=[1, "x"]), pd.concat([FRAME, FRAME], axis=1), np.array([["\ud800"]], object)),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(rows: Any):
    with pytest.raises(UsageError, match=r"\.$"):
        table_of(rows)
