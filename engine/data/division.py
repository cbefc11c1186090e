"""Cutting a table into train, validation and test rows once and for all: by class, by group, or in time."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from ..errors import NnlabError, UsageError, shown, unknown
from .columns import arrow
from .columns.kinds import judge_column
from .columns.values import categories_of, category_codes
from .reading.readings import CategoryReading, as_written
from .splits import Keys, cut_off, too_few_groups

PARTS = ("train", "valid", "test")
ROWS = 2**15  # rows written at a time


@dataclass(frozen=True)
class Division:
    """How to divide. At most one of `stratify` (each value keeps its share), `group` (rows of one value stay together)
    and `time` (the latest rows are test, those before them validation) names a column."""

    test_size: float = 0.2
    valid_size: float = 0.15
    seed: int = 1
    stratify: str | None = None
    group: str | None = None
    time: str | None = None


def divide_table(table: pa.Table, division: Division) -> dict[str, np.ndarray]:
    """Row numbers of train, valid and test, sorted; valid is a share of what test leaves. The same seed gives the same
    rows. Raises UsageError for columns that do not exist or cannot divide, and for too few rows."""
    if division.group is not None and division.time is not None:
        raise UsageError("Rows are divided by group or by time, not by both: leave out --group or --time.")
    labels = None if division.stratify is None else _codes(_column(table, division.stratify))
    keys = keys_of(table, labels, division.group, division.time)
    groups = len(PARTS) if keys.groups is None else len(np.unique(keys.groups))
    if division.group is not None and groups < len(PARTS):
        raise too_few_groups(division.group, groups)
    rest, test = cut_off(np.arange(len(table)), division.test_size, division.seed, keys)
    train, valid = cut_off(rest, division.valid_size, division.seed, keys)
    return {name: np.sort(rows) for name, rows in zip(PARTS, (train, valid, test), strict=True)}


def keys_of(table: pa.Table, labels: np.ndarray | None, group: str | None, time: str | None) -> Keys:
    """What labels and the named columns say of the division of the table's rows. UsageError for columns that do not
    exist, or whose values have no order in time."""
    groups = None if group is None else _codes(_column(table, group))
    return Keys(labels, groups, None if time is None else _moments(_column(table, time), time), group or "")


def write_division(table: pa.Table, parts: dict[str, np.ndarray], folder: Path, *, parquet: bool) -> list[Path]:
    """Write each part's rows to `<part>.csv` or `.parquet` in a new folder. UsageError if it exists, NnlabError where
    it cannot be written."""
    try:
        folder.mkdir(parents=True)
        return [_write(table.take(arrow.from_numpy(rows)), folder / name, parquet) for name, rows in parts.items()]
    except FileExistsError:
        raise UsageError(f"{folder} exists: choose another folder with --out.") from None
    except OSError as error:
        raise NnlabError(f"{folder} cannot be written: {error.strerror or error}.") from None


def _write(table: pa.Table, path: Path, parquet: bool) -> Path:
    if parquet:
        from pyarrow import parquet as files

        files.write_table(table, path.with_suffix(".parquet"))
        return path.with_suffix(".parquet")
    with path.with_suffix(".csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.column_names)
        for batch in table.to_batches(max_chunksize=ROWS):
            writer.writerows(zip(*(column.to_pylist() for column in batch.columns), strict=True))
    return path.with_suffix(".csv")


def _column(table: pa.Table, name: str) -> pa.ChunkedArray:
    if name not in table.column_names:
        raise unknown("column", name, table.column_names)
    return table.column(name)


def _codes(column: pa.ChunkedArray) -> np.ndarray:
    """Each row's value as a number of its own, -1 where it is missing."""
    texts = CategoryReading(name="").read(column).values
    return category_codes(texts, categories_of(texts))


def _moments(column: pa.ChunkedArray, name: str) -> np.ndarray:
    """What orders the rows in time: dates as seconds, or numbers. UsageError where there are none or some lack."""
    kind = judge_column(column, name)
    if kind.unique == 1:
        value = as_written(column.drop_null())[0].as_py()
        raise UsageError(f"The column {name!r} has one value, {shown(value)}: rows cannot be ordered by it.")
    if isinstance(kind.reading, CategoryReading):
        raise UsageError(f"The column {name!r} holds no dates and no numbers: rows cannot be ordered by it.")
    read = kind.reading.read(column).values
    values = arrow.to_numpy((read.cast(pa.int64()) if kind.kind == "date" else read).cast(pa.float64(), safe=False))
    if np.isnan(values).all():
        raise UsageError(f"The column {name!r} holds no dates and no numbers: rows cannot be ordered by it.")
    lacking = np.flatnonzero(np.isnan(values))
    if len(lacking):
        raise UsageError(f"Row {lacking[0] + 1} has no time in the column {name!r}: fix it or leave it out.")
    return values
