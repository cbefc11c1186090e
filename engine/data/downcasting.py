"""Large tables in half of the memory: numbers of eight bytes in four, where that loses nothing that a network sees.

A network sees float32. What a column is read for besides that (classes, categories, dates, order, quantiles, products)
has all of its digits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from ..config import DataConfig, PrepareConfig
from .columns import arrow
from .columns.values import is_number
from .derived import sources

LARGE = 2**28  # bytes from which on a table's memory counts
FAR = 16  # deviations from zero to the mean, from which on four bytes would round the deviation itself
SMALLEST = 1e-30  # deviation of numbers that four bytes tell apart


def downcast(table: pa.Table, config: DataConfig, preparation: PrepareConfig) -> pa.Table:
    """The table, a large one with whole numbers in four bytes where all of them fit, and fractions in `plain_numbers`
    where the mean is near enough to zero: they are then rounded no more than the standardised numbers are in a
    network's matrix. Each column of numbers is moved into one piece of memory.

    Columns are given up one by one, so who calls must not keep the table.
    """
    if table.nbytes < LARGE:
        return table
    plain = plain_numbers(table.column_names, config, preparation)
    columns = dict(zip(table.column_names, table.columns, strict=True))
    del table
    for name in list(columns):
        column = _whole_numbers(columns.pop(name))
        if name in plain:
            column = _fractions(column)
        columns[name] = pa.chunked_array([arrow.whole(column)]) if is_number(column.type) else column
    arrow.release()
    return pa.table(columns)


def plain_numbers(names: Sequence[str], config: DataConfig, preparation: PrepareConfig) -> set[str]:
    """Those of the columns that, if they are numbers, a network sees standardised or as they are, and that nothing else
    is read from."""
    told = {name for name, kind in config.kinds.items() if kind != "number"}
    derived = sources([feature for feature in config.features or [] if feature not in names], names)
    other = {config.target, config.group, config.time, *told, *derived}
    other.update(preparation.bucketize, preparation.one_hot, preparation.embed)
    scales = {name: preparation.scales.get(name, preparation.scale) for name in names}
    return {name for name, scale in scales.items() if scale == "standard" and name not in other}


def _whole_numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_int64(column.type):
        return column
    span, limits = arrow.compute().min_max(column), np.iinfo(np.int32)
    fits = span["min"].is_valid and limits.min <= span["min"].as_py() and span["max"].as_py() <= limits.max
    return column.cast(pa.int32()) if fits else column


def _fractions(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_float64(column.type):
        return column
    pc = arrow.compute()
    mean, deviation = pc.mean(column).as_py(), pc.stddev(column).as_py()
    if mean is None or not deviation >= SMALLEST or abs(mean) > FAR * deviation:
        return column
    fits = pc.max(pc.abs(column)).as_py() <= float(np.finfo(np.float32).max)
    return column.cast(pa.float32()) if fits else column
