"""Cutting a table into train, validation and test rows once and for all: by class, by group, or in time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from ..errors import NnlabError, UsageError, unknown
from . import arrow
from .kinds import judge_column
from .splits import cut
from .values import as_dates, categories_of, category_codes, numbers


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
    named = {"--target": division.stratify, "--group": division.group, "--time": division.time}
    told = {option: column for option, column in named.items() if column is not None}
    if "--group" in told and "--time" in told:
        raise UsageError("Rows are divided by group or by time, not by both: leave out --group or --time.")
    for column in told.values():
        if column not in table.column_names:
            raise unknown("column", column, table.column_names)
    rows = np.arange(len(table))
    if division.time is not None:
        order = np.argsort(_moments(table.column(division.time), division.time), kind="stable")
        rest, test = _last(order, division.test_size)
        train, valid = _last(rest, division.valid_size)
    elif division.group is not None:
        groups = _codes(table.column(division.group))
        rest, test = _by_group(rows, groups, division.test_size, division.seed)
        train, valid = _by_group(rest, groups, division.valid_size, division.seed)
    else:
        labels = _codes(table.column(division.stratify)) if division.stratify is not None else None
        rest, test = cut(rows, division.test_size, division.seed, labels)
        train, valid = cut(rest, division.valid_size, division.seed, labels)
    return {"train": np.sort(train), "valid": np.sort(valid), "test": np.sort(test)}


def write_division(table: pa.Table, parts: dict[str, np.ndarray], folder: Path, *, parquet: bool) -> list[Path]:
    """Write each part's rows to `<part>.csv` or `.parquet` in a new folder. UsageError if it exists, NnlabError where
    it cannot be written."""
    try:
        folder.mkdir(parents=True)
        return [_write(table.take(arrow.numbers(rows)), folder / name, parquet) for name, rows in parts.items()]
    except FileExistsError:
        raise UsageError(f"{folder} exists: choose another folder with --out.") from None
    except OSError as error:
        raise NnlabError(f"{folder} cannot be written: {error.strerror or error}.") from None


def _write(table: pa.Table, path: Path, parquet: bool) -> Path:
    if parquet:
        from pyarrow import parquet as files

        files.write_table(table, path.with_suffix(".parquet"))
        return path.with_suffix(".parquet")
    from pyarrow import csv

    csv.write_csv(table, path.with_suffix(".csv"))
    return path.with_suffix(".csv")


def _codes(column: pa.ChunkedArray) -> np.ndarray:
    """Each row's value as a number of its own, -1 where it is missing."""
    return category_codes(column, categories_of(column))


def _moments(column: pa.ChunkedArray, name: str) -> np.ndarray:
    """What orders the rows in time: dates as seconds, or numbers. UsageError where there are none or some lack."""
    kind = judge_column(column, name)
    if kind.kind == "date":
        times = as_dates(column, kind.style or None)[0].cast(pa.int64()).cast(pa.float64(), safe=False)
        values = arrow.to_numpy(times)
    else:
        values = numbers(column, name, np.nan, kind.decimal, lenient=True)
    if np.isnan(values).all():
        raise UsageError(f"The column {name!r} holds no dates and no numbers: rows cannot be ordered by it.")
    lacking = np.flatnonzero(np.isnan(values))
    if len(lacking):
        raise UsageError(f"Row {lacking[0] + 1} has no time in the column {name!r}: mend it or leave it out.")
    return values


def _last(order: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
    count = max(1, round(share * len(order)))
    if count >= len(order):
        raise UsageError(f"{len(order)} rows are too few to cut {share:.0%} of them off for another split.")
    return order[:-count], order[-count:]


def _by_group(rows: np.ndarray, groups: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Cut whole groups off, at random, until the share of rows is reached."""
    found, counts = np.unique(groups[rows], return_counts=True)
    if len(found) < 2:
        raise UsageError("All rows are of one group, which cannot be divided.")
    order = np.random.RandomState(seed).permutation(len(found))
    wanted = share * len(rows)
    reached = np.cumsum(counts[order])
    taken = min(int(np.searchsorted(reached, wanted)) + 1, len(found) - 1)
    chosen = np.isin(groups[rows], found[order[:taken]])
    return rows[~chosen], rows[chosen]
