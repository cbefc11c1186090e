"""Several networks, each judged on the rows that it was not trained on, and whether these are the same rows: only then
are its numbers to be compared with those of another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import pyarrow as pa

from ..checkpoint import Checkpoint
from ..data.columns import arrow
from ..data.dataset import Dataset
from ..data.known_rows import row_hashes
from ..data.prepared import TableRows
from ..errors import UsageError, number_of
from .evaluate import Evaluation, evaluate
from .training_data import training_data


@dataclass(frozen=True)
class Side:
    """A network and what it is worth, or the `trouble` by which that cannot be said."""

    name: str
    evaluation: Evaluation | None = None
    trouble: str = ""


@dataclass(frozen=True)
class SideBySide:
    """Some networks in the order they were named. `notes` say which of them were judged on other rows than the first,
    or for another answer."""

    sides: list[Side]
    notes: list[str]

    @property
    def comparable(self) -> bool:
        """Whether all were judged, on the same rows."""
        return not self.notes and all(side.evaluation is not None for side in self.sides)

    def to_json(self) -> dict[str, Any]:
        """A plain dict: `evaluations` as `Evaluation.to_json` has them, None where there is `trouble`."""
        return {
            "comparable": self.comparable,
            "notes": self.notes,
            "evaluations": [side.evaluation and side.evaluation.to_json() for side in self.sides],
            "trouble": [side.trouble or None for side in self.sides],
        }


def side_by_side(networks: Iterable[tuple[str, Checkpoint | UsageError]]) -> SideBySide:
    """Judge networks by their names, each on the test rows of its own data, which are read for that: the caller has
    seen to it that they may be. What cannot be judged, or was not found, is told and stops none of the others."""
    sides, judged = list[Side](), list[tuple[Side, _Rows]]()
    for name, network in networks:
        try:
            if isinstance(network, UsageError):
                raise network
            evaluation = evaluate(network, name=name, trusted=True)
            side = Side(name, evaluation)
            judged.append((side, _rows_of(network, evaluation.split)))
        except UsageError as error:
            side = Side(name, trouble=str(error))
        sides.append(side)
    first = judged[:1]
    notes = [_unlike(*first[0], *other) for other in judged[1:]]
    return SideBySide(sides, [note for note in notes if note])


@dataclass(frozen=True)
class _Rows:
    """The row numbers of a split of a data set, and the target."""

    data: str
    dataset: Dataset
    rows: np.ndarray


def _rows_of(checkpoint: Checkpoint, split: str) -> _Rows:
    read = training_data(checkpoint)
    return _Rows(checkpoint.config.data.name, read.dataset, read.splits[split])


def _unlike(one: Side, its: _Rows, other: Side, others: _Rows) -> str:
    """Why the numbers of the other one are not to be compared; empty where they are."""
    end = "their numbers are not to be compared"
    if (its.dataset.target, its.dataset.task) != (others.dataset.target, others.dataset.task):
        answers = [f"{each.dataset.target!r} ({each.dataset.task})" for each in (others, its)]
        return f"{other.name} answers {answers[0]} and {one.name} {answers[1]}: {end}"
    columns = [name for name in its.dataset.table.column_names if name in others.dataset.table.column_names]
    known = [_hashes(each, columns) for each in (its, others)]
    common = _common(*known)
    if common == len(known[0]) == len(known[1]):
        return ""
    if not common and its.data != others.data:
        return f"{other.name} is judged on rows of {others.data} and {one.name} on rows of {its.data}: {end}"
    among = "none of which is" if not common else f"of which {common:,} {'is' if common == 1 else 'are'}"
    mine = f"{other.name} is judged on {number_of(len(known[1]), 'row')}, {among} among the {len(known[0]):,}"
    return f"{mine} of {one.name}: {end}"


def _hashes(of: _Rows, columns: list[str]) -> np.ndarray:
    """uint64 (rows,): equal for rows that are equal as they were read, in these columns and in their pixels."""
    hashing: Any = import_module("pandas.util")
    chosen = {name: _plain(arrow.take(of.dataset.table.column(name), of.rows)) for name in columns}
    found = hashing.hash_pandas_object(pa.table(chosen).to_pandas(), index=False).to_numpy(np.uint64)
    if of.dataset.images is not None:
        found = found ^ row_hashes(TableRows(of.dataset.images[of.rows], np.zeros(len(of.rows), np.int64)))
    return found


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Numbers and dates as they are, all else as texts."""
    kind = column.type
    numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_timestamp(kind)
    return column if numeric else column.cast(pa.string())


def _common(one: np.ndarray, other: np.ndarray) -> int:
    """How many rows are in both; of equal ones as many as in the one that has fewer of them."""
    (keys, counts), (others, other_counts) = (np.unique(each, return_counts=True) for each in (one, other))
    _, here, there = np.intersect1d(keys, others, assume_unique=True, return_indices=True)
    return int(np.minimum(counts[here], other_counts[there]).sum())
