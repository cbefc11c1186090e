"""Several networks, each judged on the rows that it was not trained on, and whether these are the same rows: only then
are its numbers to be compared with those of another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from importlib import import_module
from typing import Any

import numpy as np
import pyarrow as pa

from ..checkpoint import Checkpoint
from ..data.columns import arrow
from ..data.dataset import Dataset
from ..data.known_rows import row_hashes, told_apart
from ..data.prepare import select_arrays
from ..data.prepared import TableRows
from ..errors import UsageError, number_of
from ..events import finite
from .differences import Difference, of_classes, of_values
from .evaluate import Evaluation, answers_to, evaluate
from .metrics import Scores, full, log_softmax
from .training_data import training_data


@dataclass(frozen=True)
class Side:
    """A network and what it is worth, or the `trouble` by which that cannot be said."""

    name: str
    evaluation: Evaluation | None = None
    trouble: str = ""


@dataclass(frozen=True)
class Common:
    """What networks reach on the `rows` that all of them were judged on: the scores of each side, None of one that is
    not among these, and how it differs from the `first` of them, None of that and where it cannot be said."""

    rows: int
    first: str
    scores: list[Scores | None]
    differences: list[list[Difference] | None]

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        told = [each and [one.to_json() for one in each] for each in self.differences]
        return {**vars(self), "differences": told}


@dataclass(frozen=True)
class SideBySide:
    """Some networks in the order they were named. `notes` say which of them were judged on other rows than the first,
    or for another answer; `common` is what can be compared all the same, None where nothing can."""

    sides: list[Side]
    notes: list[str]
    common: Common | None = None

    @property
    def comparable(self) -> bool:
        """Whether all were judged, on the same rows."""
        return not self.notes and all(side.evaluation is not None for side in self.sides)

    def to_json(self) -> dict[str, Any]:
        """A plain dict: `evaluations` as `Evaluation.to_json` has them, None where there is `trouble`."""
        return finite(
            {
                "comparable": self.comparable,
                "notes": self.notes,
                "evaluations": [side.evaluation and side.evaluation.to_json() for side in self.sides],
                "trouble": [side.trouble or None for side in self.sides],
                "common": self.common and self.common.to_json(),
            }
        )


def side_by_side(networks: Iterable[tuple[str, Checkpoint | UsageError]]) -> SideBySide:
    """Judge networks by their names, each on the test rows of its own data, which are read for that: the caller has
    seen to it that they may be. What cannot be judged, or was not found, is told and stops none of the others."""
    sides, judged = list[Side](), list[_Judged]()
    for name, network in networks:
        try:
            if isinstance(network, UsageError):
                raise network
            evaluation = evaluate(network, name=name, trusted=True)
            judged.append(_Judged.of(len(sides), name, network, evaluation.split))
            sides.append(Side(name, evaluation))
        except UsageError as error:
            sides.append(Side(name, trouble=str(error)))
    alike = [one for one in judged if one.answers == judged[0].answers]
    columns = _columns(alike)
    keys = {one.place: _keys(one, columns) for one in alike}
    notes = [_unlike(judged[0], one, keys) for one in judged[1:]]
    notes = [note for note in notes if note]
    return SideBySide(sides, notes, _common(alike, keys, len(sides)))


@dataclass(frozen=True)
class _Judged:
    """A network with the rows that it was judged on, and its place among the sides."""

    place: int
    name: str
    checkpoint: Checkpoint
    dataset: Dataset
    split: str
    rows: np.ndarray

    @staticmethod
    def of(place: int, name: str, checkpoint: Checkpoint, split: str) -> _Judged:
        """A network and the rows of a split of its data."""
        read = training_data(checkpoint)
        return _Judged(place, name, checkpoint, read.dataset, split, read.splits[split])

    @property
    def answers(self) -> tuple[str, str]:
        """What it answers, and the task."""
        return self.dataset.target, self.dataset.task

    @property
    def data(self) -> str:
        """What its data are called."""
        return self.checkpoint.config.data.name


Keys = dict[int, np.ndarray]
"""A number for each row of a network in its place: the same for the same rows of other networks."""


def _unlike(one: _Judged, other: _Judged, keys: Keys) -> str:
    """Why the numbers of the other one are not to be compared; empty where they are."""
    end = "their numbers are not to be compared"
    if other.place not in keys:
        answers = [f"{name!r} ({task})" for name, task in (other.answers, one.answers)]
        return f"{other.name} answers {answers[0]} and {one.name} {answers[1]}: {end}"
    its, others = keys[one.place], keys[other.place]
    both = len(np.intersect1d(its, others))
    if both == len(its) == len(others):
        return ""
    if not both and one.data != other.data:
        return f"{other.name} is judged on rows of {other.data} and {one.name} on rows of {one.data}: {end}"
    among = "none of which is" if not both else f"of which {both:,} {'is' if both == 1 else 'are'}"
    mine = f"{other.name} is judged on {number_of(len(others), 'row')}, {among} among the {len(its):,} of {one.name}"
    return f"{mine}: {end}"


def _common(alike: list[_Judged], keys: Keys, sides: int) -> Common | None:
    """What networks that answer the same reach on the test rows that all of them have."""
    tested = [one for one in alike if one.split != "train"]
    shared = reduce(np.intersect1d, (keys[one.place] for one in tested)) if len(tested) > 1 else np.empty(0)
    if not len(shared):
        return None
    first = keys[tested[0].place]
    shared = first[np.isin(first, shared)]  # in its order, so that sums are to the last digit those of all its rows
    answers = {one.place: _answers(one, keys[one.place], shared) for one in tested}
    scores: list[Scores | None] = [None] * sides
    differences: list[list[Difference] | None] = [None] * sides
    for one in tested:
        scores[one.place] = full(*answers[one.place], one.checkpoint.schema).scores
    for one in tested[1:]:
        differences[one.place] = _differences(one, tested[0], answers)
    return Common(len(shared), tested[0].name, scores, differences)


Answers = tuple[np.ndarray, np.ndarray]
"""Outputs (rows, out_features) and the truth (rows,)."""


def _answers(one: _Judged, keys: np.ndarray, shared: np.ndarray) -> Answers:
    """A network's answers to the shared rows, in their order."""
    order = np.argsort(keys)
    rows = one.rows[order[np.searchsorted(keys, shared, sorter=order)]]
    return answers_to(one.checkpoint, select_arrays(one.dataset, one.checkpoint.schema, rows))


def _differences(one: _Judged, first: _Judged, answers: Mapping[int, Answers]) -> list[Difference] | None:
    """How a network differs from the first one; None where their classes are others."""
    (mine, truth), (theirs, _) = answers[one.place], answers[first.place]
    if one.checkpoint.schema.classes != first.checkpoint.schema.classes:
        return None
    if one.checkpoint.schema.classes:
        return of_classes(log_softmax(mine.astype(np.float64)), log_softmax(theirs.astype(np.float64)), truth)
    schema, other = one.checkpoint.schema, first.checkpoint.schema
    values = schema.decode_target(mine[:, 0]), other.decode_target(theirs[:, 0])
    return of_values(values[0], values[1], schema.decode_target(truth.astype(np.float64)))


def _columns(alike: list[_Judged]) -> list[str]:
    """The columns that all data sets have."""
    names = [one.dataset.table.column_names for one in alike]
    return [name for name in names[0] if all(name in others for others in names)] if names else []


def _keys(of: _Judged, columns: list[str]) -> np.ndarray:
    """uint64 (rows,): those of the same rows as they were read, in these columns and in their pixels; of equal rows
    each has its own."""
    hashing: Any = import_module("pandas.util")
    chosen = {name: _plain(arrow.take(of.dataset.table.column(name), of.rows)) for name in columns}
    found = hashing.hash_pandas_object(pa.table(chosen).to_pandas(), index=False).to_numpy(np.uint64)
    if of.dataset.images is not None:
        found = found ^ row_hashes(TableRows(of.dataset.images[of.rows], np.zeros(len(of.rows), np.int64)))
    return told_apart(found)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Numbers and dates as they are, all else as texts."""
    kind = column.type
    numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_timestamp(kind)
    return column if numeric else column.cast(pa.string())
