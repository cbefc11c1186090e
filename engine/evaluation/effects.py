"""What a column does to the answers: partial dependence, with some rows by themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from ..data.columns import arrow
from ..data.columns.encoders import Hashed
from ..data.columns.values import category_codes, frequent
from ..data.drift import numbers_of
from ..data.prepared import spaced
from ..data.schema import Schema
from .conformal import shares_of
from .raw_rows import RawRows

MOST_ROWS = 500  # that answers are averaged over
POINTS = 25  # of a curve, at most
CATEGORIES = 12  # the most frequent ones
SINGLE = 5  # rows that are drawn by themselves
COLUMNS = 5
ENDS = (0.02, 0.98)  # quantiles between which a curve lies

Kind = Literal["number", "date", "category"]


@dataclass(frozen=True)
class Effect:
    """What the answers become where a column has the same value in all rows: of numbers in the target's own units, of
    classes the probability of the class `answer`. `mean` has an entry for each value `at` (dates are texts), the mean
    over rows; `rows` are some single ones, each with as many entries."""

    column: str
    kind: Kind
    answer: str | None
    at: list[float | str]
    mean: list[float]
    rows: list[list[float]]

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return dict(vars(self))


def effects(
    outputs_of: Callable[[np.ndarray], np.ndarray], x: np.ndarray, rows: RawRows, columns: Sequence[str]
) -> list[Effect]:
    """Of these columns, the first of them that can be drawn. `x` (rows, features) are the same rows prepared, of which
    some hundreds stand for all; `outputs_of` gives logits (rows, classes) or values (rows, 1).

    The values are quantiles of numbers and dates, and the most frequent categories. What is derived of a column changes
    with it. A column of two classes tells the second's probability, one of several that which changes most.
    """
    chosen = spaced(len(x), MOST_ROWS)
    x, rows = x[chosen], rows.take(chosen)
    hashed = {column.name for column in rows.schema.columns if isinstance(column, Hashed)}
    drawn = [name for name in columns if name not in hashed][:COLUMNS]
    found = [_effect(outputs_of, x, rows, name) for name in drawn]
    return [one for one in found if one is not None]


def _effect(outputs_of: Callable[[np.ndarray], np.ndarray], x: np.ndarray, rows: RawRows, name: str) -> Effect | None:
    """None where the column has fewer than two values."""
    column = rows.read(name)
    kind, at, places = _values(column)
    if len(at) < 2:
        return None
    schema = rows.schema
    parts = [_answers(outputs_of(_with(x, rows, name, column, place)), schema) for place in places]
    found = np.stack(parts)  # (values, rows, answers)
    means = found.mean(1)
    wanted = int(np.ptp(means, axis=0).argmax()) if found.shape[2] > 2 else found.shape[2] - 1
    own = _answers(outputs_of(x), schema)[:, wanted]
    single = np.argsort(own, kind="stable")[spaced(len(own), SINGLE) + (len(own) // SINGLE // 2)]
    return Effect(
        name,
        kind,
        schema.classes[wanted] if schema.classes else None,
        at,
        means[:, wanted].tolist(),
        found[:, single, wanted].T.tolist(),
    )


def _values(column: pa.ChunkedArray) -> tuple[Kind, list[float | str], list[int]]:
    """The values that are tried, and for each a row that has it."""
    values = numbers_of(column)
    if values is None:
        names = frequent(column, CATEGORIES)
        codes = category_codes(column, names)
        return "category", [*names], [int((codes == code).argmax()) for code in range(len(names))]
    known = np.flatnonzero(np.isfinite(values))
    order = known[np.argsort(values[known], kind="stable")]
    if not len(order):
        return "number", [], []
    picked = order[np.unique(np.linspace(*ENDS, POINTS) * (len(order) - 1)).round().astype(np.int64)]
    at, first = np.unique(values[picked], return_index=True)
    if pa.types.is_timestamp(column.type):
        return "date", [str(np.datetime64(round(one), "D")) for one in at], picked[first].tolist()
    return "number", at.tolist(), picked[first].tolist()


def _with(x: np.ndarray, rows: RawRows, name: str, column: pa.ChunkedArray, place: int) -> np.ndarray:
    """The rows as if all had in this column what the one at this place has."""
    schema, changed = rows.schema, x.copy()
    same = column.take(arrow.from_numpy(np.full(len(x), place)))
    derived = {one.name: one for one in schema.derived}

    def read(other: str) -> pa.ChunkedArray:
        return same if other == name else rows.read(other)

    start = 0
    for one in schema.columns:
        made = derived.get(one.name)
        if one.name == name:
            changed[:, start : start + one.span] = one.encode(same)
        elif made is not None and any(part.name == name for part in made.of):
            changed[:, start : start + one.span] = one.encode(made.column(read))
        start += one.span
    return changed


def _answers(outputs: np.ndarray, schema: Schema) -> np.ndarray:
    """Probabilities (rows, classes), or values in the target's own units (rows, 1)."""
    return shares_of(outputs) if schema.classes else schema.decode_target(outputs.astype(np.float64))
