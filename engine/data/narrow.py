"""Large tables in half of the memory: numbers of eight bytes in four, where that loses nothing that a network sees."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from . import arrow
from .values import is_number

LARGE = 2**28  # bytes from which on a table's memory counts
FAR = 16  # deviations from zero to the mean, from which on four bytes would round the deviation itself


def narrowed(table: pa.Table) -> pa.Table:
    """The table, a large one with whole numbers in four bytes where all of them fit, and fractions where the mean is
    near enough to zero: they are then rounded no more than the standardised numbers are in a network's matrix. Each
    column of numbers is moved into one piece of memory.

    Columns are given up one by one, so who calls must not keep the table.
    """
    if table.nbytes < LARGE:
        return table
    columns = dict(zip(table.column_names, table.columns, strict=True))
    del table
    for name in list(columns):
        column = _narrowed(columns.pop(name))
        columns[name] = pa.chunked_array([arrow.whole(column)]) if is_number(column.type) else column
    arrow.release()
    return pa.table(columns)


def _narrowed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column in four bytes a value, or as it is."""
    pc = arrow.compute()
    if pa.types.is_int64(column.type):
        span, limits = pc.min_max(column), np.iinfo(np.int32)
        fits = span["min"].is_valid and limits.min <= span["min"].as_py() and span["max"].as_py() <= limits.max
        return column.cast(pa.int32()) if fits else column
    if pa.types.is_float64(column.type):
        mean, deviation = pc.mean(column).as_py(), pc.stddev(column).as_py()
        largest = pc.max(pc.abs(column)).as_py()
        fits = mean is not None and abs(mean) <= FAR * deviation and largest <= float(np.finfo(np.float32).max)
        return column.cast(pa.float32()) if fits else column
    return column
