"""What can be told of a data set by looking at it: columns, statistics, balance, head and tail."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from ...config import DataConfig, PrepareConfig
from ..columns import arrow
from ..columns.values import category_codes, is_number
from ..dataset import Dataset
from ..prepare import complete, divide_rows
from ..splits import take
from ..storage import take_rows

Statistics = dict[str, dict[str, float]]
STATISTICS = ("mean", "std", "min", "25%", "50%", "75%", "max")  # besides the count, in pandas' names and order


@dataclass(frozen=True)
class Described:
    """A data set, or one split of it, in numbers.

    `columns` have name, kind (number, category or image), missing and unique; `statistics` are pandas' `describe()`
    of each number column; `balance` counts rows by class, empty for regression.
    """

    name: str
    rows: int
    columns: list[dict[str, Any]]
    statistics: Statistics
    balance: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """The object of `nnlab data show --json`."""
        body = {"name": self.name, "rows": self.rows, "columns": self.columns, "describe": self.statistics}
        return {**body, "balance": self.balance} if self.balance else body


def subset(dataset: Dataset, split: str | None, config: DataConfig, prepare: PrepareConfig | None = None) -> Dataset:
    """The rows of one split as a data set of its own, divided as a training would divide them; all rows for None.

    Raises UsageError for a split that does not exist.
    """
    if split is None:
        return dataset
    whole, _ = complete(dataset, config, prepare or PrepareConfig())
    parts = divide_rows(whole, config)
    named = {"train": parts.train, "valid": parts.valid, "test": parts.test}
    rows = take({name: numbers for name, numbers in named.items() if numbers is not None}, split)
    images = None if whole.images is None else take_rows(whole.images, rows)
    native = {"train": np.arange(len(rows))}
    table = whole.table.take(arrow.from_numpy(rows))
    return Dataset(
        whole.name, whole.task, table, whole.target, native, whole.classes, images=images, ignore=whole.ignore
    )


def describe(dataset: Dataset) -> Described:
    """Look at all rows of a data set."""
    table = dataset.table
    columns = [_column(column, name) for name, column in zip(table.column_names, table.columns, strict=True)]
    if dataset.images is not None:
        shape = "x".join(str(size) for size in dataset.images.shape[1:])
        columns.insert(0, {"name": f"image ({shape})", "kind": "image", "missing": 0, "unique": len(dataset.images)})
    return Described(dataset.name, len(table), columns, statistics(table), balance(dataset))


def statistics(table: pa.Table) -> Statistics:
    """Count, mean, standard deviation, least, quartiles and most of every number column, as pandas describes them."""
    columns = zip(table.column_names, table.columns, strict=True)
    return {name: _statistics(column) for name, column in columns if is_number(column.type)}


def _statistics(column: pa.ChunkedArray) -> dict[str, float]:
    values = arrow.to_numpy(column.cast(pa.float64(), safe=False))
    known = values[~np.isnan(values)]
    if not len(known):
        return {"count": 0.0, **dict.fromkeys(STATISTICS, math.nan)}
    with np.errstate(invalid="ignore", over="ignore"):  # infinite values have no deviation
        std = known.std(ddof=1) if len(known) > 1 else math.nan
        found = (known.mean(), std, *np.quantile(known, [0, 0.25, 0.5, 0.75, 1]))
    return {"count": float(len(known)), **dict(zip(STATISTICS, map(float, found), strict=True))}


def balance(dataset: Dataset) -> dict[str, int]:
    """Rows by class, in the order of the classes."""
    if not dataset.classes:
        return {}
    codes = category_codes(dataset.table.column(dataset.target), list(dataset.classes))
    counts = np.bincount(codes[codes >= 0], minlength=len(dataset.classes))
    return {name: int(count) for name, count in zip(dataset.classes, counts, strict=True)}


def ends(table: pa.Table, rows: int = 5) -> tuple[list[list[Any]], list[list[Any]]]:
    """The first and the last rows, as lists of values; together never the same row twice."""
    first = min(rows, len(table))
    last = min(rows, len(table) - first)
    return _rows(table.slice(0, first)), _rows(table.slice(len(table) - last))


def _rows(table: pa.Table) -> list[list[Any]]:
    return [list(row) for row in zip(*map(_values, table.columns), strict=True)]


def _values(column: pa.ChunkedArray) -> list[Any]:
    """The values, or what they are where Python has none such: dates within a list that are beyond its years."""
    try:
        return column.to_pylist()
    except (pa.ArrowException, ValueError, OverflowError):
        return [f"{column.type}"] * len(column)


def _column(column: pa.ChunkedArray, name: str) -> dict[str, Any]:
    missing = int(np.count_nonzero(arrow.missing(column)))
    kind = "number" if is_number(column.type) else "category"
    unique = len(column.unique().drop_null()) if kind == "number" else len(column.drop_null().unique())
    return {"name": name, "kind": kind, "missing": missing, "unique": unique}
