"""Rows that Python has in memory, data frames, Arrow tables and arrays, as Arrow tables like those that files give."""

from __future__ import annotations

import re
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
import pyarrow as pa

from ...errors import UsageError, shown
from ..columns.values import distinct
from .arrow_types import settled
from .json import column_of

INDEX = re.compile(r"__index_level_\d+__")  # what pandas calls a frame's index, which has no name, in Arrow
TABLE = "The table"  # what errors call it


def table_of(rows: Any) -> pa.Table:
    """A data frame's or an Arrow table's columns under trimmed, distinct names, without a frame's index; an array's
    (rows, columns) as x1, x2 and so on. UsageError for what is none of these or cannot be read."""
    with readable():
        table = _as_it_is(rows)
        names = distinct([name.strip() for name in table.column_names])
        return pa.table({name: settled(column, name) for name, column in zip(names, table.columns, strict=True)})


def with_target(rows: Any, answers: Any, name: str | None = None) -> tuple[pa.Table, str]:
    """The table of `rows` with a last column of the answers (rows,), and what that is called: `name`, else as the
    answers are, else y. Raises UsageError as `table_of` does, and where the rows have such a column."""
    table, name = table_of(rows), name or str(getattr(answers, "name", None) or "y").strip()
    if name in table.column_names:
        raise UsageError(f"The rows have a column {name!r} already: leave it out, or leave out the answers.")
    with readable():
        column = answers if isinstance(answers, pa.Array | pa.ChunkedArray) else _answers(_array(answers))
        if len(column) != len(table):
            raise UsageError(f"There are {len(table):,} rows and {len(column):,} answers: give one answer a row.")
        return table.append_column(name, column), name


def is_array(rows: Any) -> bool:
    """Whether these are rows of numbers without names of columns: an array, or a tensor."""
    return hasattr(rows, "__array__") and not is_frame(rows)


def is_frame(rows: Any) -> bool:
    """Whether this is a data frame or an Arrow table, of whatever library."""
    return hasattr(rows, "__arrow_c_stream__") or _is_pandas(rows)


@contextmanager
def readable() -> Generator[None]:
    """Say in a sentence what Arrow complains of."""
    try:
        yield
    except UnicodeEncodeError as error:
        raise UsageError(f"{TABLE} holds half a character in {shown(error.object)}, which is not a text.") from None
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise UsageError(f"{TABLE} cannot be read: {shown(str(error))}.") from None


def _as_it_is(rows: Any) -> pa.Table:
    if _is_pandas(rows):
        return pa.Table.from_pandas(rows, preserve_index=False)
    if _is_pandas(rows, "Series"):
        raise UsageError(
            "Rows are a data frame, an Arrow table or an array, and not a Series: write frame.iloc[[0]] for a row of a"
            " frame, or frame[['name']] for a column."
        )
    if is_frame(rows):
        table = pa.table(rows)
        return table.drop_columns([name for name in table.column_names if INDEX.fullmatch(name)])
    if not is_array(rows):
        raise UsageError(f"Rows are a data frame, an Arrow table or an array, and not {shown(rows)}.")
    array = _array(rows)
    if array.ndim != 2:
        raise UsageError(f"An array of rows has two dimensions, and this one has the shape {array.shape}.")
    return pa.table({f"x{place}": _column(values) for place, values in enumerate(array.T, 1)})


def _array(values: Any) -> np.ndarray:
    """An array of what may be a tensor on a GPU; what it masks stays masked."""
    if isinstance(values, np.ma.MaskedArray):
        return cast(np.ndarray, values)
    return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)


def _answers(values: np.ndarray) -> pa.Array:
    if values.ndim != 1:
        raise UsageError(f"Answers have one dimension, one a row, and these have the shape {values.shape}.")
    return _column(values)


def _column(values: np.ndarray) -> pa.Array:
    return column_of(values.tolist()) if values.dtype == object else pa.array(values, from_pandas=True)


def _is_pandas(rows: Any, kind: str = "DataFrame") -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(rows, getattr(pandas, kind))
