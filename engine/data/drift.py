"""Whether new rows are like those of the training: what each column held then, and what lies outside of it now."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
from pydantic import Field, model_validator

from ..bounds import Name, Whole
from .columns import arrow
from .columns.encoders import DAY, Finite, Plain

TAIL = 0.02  # share of the train rows beyond each of the quantiles that are kept
TWICE, THRICE = 2.0, 3.0  # as often outside, or missing, as in the training, before it is told
RARELY = 0.001  # share of files like the training of which something is told all the same
MOST = 1_000_000  # rows that a probability is computed of; of more the shares stand for as many
LAST_DAY = 3_000_000.0  # days from 1970 that are written as a date


class Seen(Plain):
    """What a column held in the train rows: how many these were, in how many it was missing, and the quantiles of its
    numbers, or of its dates in days since 1970: as many values were below `low` as above `high`. Other columns have
    none."""

    name: Name
    rows: Whole
    missing: Whole = 0
    low: Finite | None = None
    high: Finite | None = None
    date: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Seen:
        if self.missing > self.rows or (self.low is None) != (self.high is None):
            raise ValueError("its counts or its quantiles contradict one another")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("its quantiles do not rise")
        return self

    @property
    def beyond(self) -> int:
        """How many train values lay below `low`, and as many above `high`, unless several were equal."""
        return int(TAIL * max(0, self.rows - self.missing - 1))

    @property
    def expected(self) -> float:
        """The share of other rows like the train rows that is expected beyond each of the quantiles, at most."""
        return (self.beyond + 1) / (self.rows - self.missing + 1)

    @property
    def span(self) -> tuple[str, str]:
        """The quantiles as people read them."""
        ends = (self.low or 0.0, self.high or 0.0)
        if self.date:
            days = (round(min(max(end, -LAST_DAY), LAST_DAY)) for end in ends)
            return tuple[str, str](str(np.datetime64(day, "D")) for day in days)
        return f"{ends[0]:.6g}", f"{ends[1]:.6g}"


SeenColumns = Annotated[list[Seen], Field(max_length=100_000, fail_fast=True)]


def seen(name: str, column: pa.ChunkedArray) -> Seen:
    """What the train rows of a column, as its reading gives them, held."""
    values = numbers_of(column)
    if values is None:
        return Seen(name=name, rows=len(column), missing=column.null_count)
    known = values[np.isfinite(values)]
    found = Seen(name=name, rows=len(values), missing=len(values) - len(known))
    if len(known) < 2:
        return found
    first, last = found.beyond, len(known) - 1 - found.beyond
    ordered = np.partition(known, [first, last])
    ends = {"low": float(ordered[first]), "high": float(ordered[last])}
    return found.model_copy(update={**ends, "date": pa.types.is_timestamp(column.type)})


@dataclass
class _Count:
    rows: int = 0
    missing: int = 0
    below: int = 0
    above: int = 0


@dataclass(frozen=True)
class Drift:
    """A column of new rows beside the train rows: in how many of `rows` it is `missing`, how many of its values lie
    `below` and `above` the train rows' quantiles, and what was `trained` on. `unlike` says of what there is more than
    chance explains."""

    column: str
    rows: int
    missing: int
    below: int
    above: int
    trained: Seen
    unlike: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        trained = self.trained
        return {
            "column": self.column,
            "rows": self.rows,
            "missing": self.missing,
            "below": None if trained.low is None else self.below,
            "above": None if trained.low is None else self.above,
            "low": _end(trained, trained.low, 0),
            "high": _end(trained, trained.high, 1),
            "expected_beyond_each": None if trained.low is None else trained.expected,
            "trained_missing": trained.missing / trained.rows if trained.rows else None,
            "unlike": bool(self.unlike),
        }

    def sentence(self) -> str:
        """What is unlike the training, without a full stop; empty where nothing is."""
        told = ", and ".join(self.unlike)
        return f"the column {self.column!r} is not as in the training: {told}" if told else ""


@dataclass
class Drifts:
    """Counts by column over the blocks of one source; nothing of the rows is kept."""

    columns: dict[str, Seen]
    counts: dict[str, _Count] = field(default_factory=dict[str, _Count])

    @staticmethod
    def of(columns: Iterable[Seen]) -> Drifts:
        """Nothing counted yet of rows beside these columns of the training."""
        return Drifts({one.name: one for one in columns})

    def count(self, name: str, column: pa.ChunkedArray) -> None:
        """Count some rows of a column, as its reading gives them."""
        known = self.columns.get(name)
        if known is None:
            return
        count = self.counts.setdefault(name, _Count())
        count.rows += len(column)
        values = None if known.low is None else numbers_of(column)
        if values is None:
            count.missing += column.null_count
            return
        finite = np.isfinite(values)
        count.missing += len(values) - int(finite.sum())
        count.below += int((finite & (values < known.low)).sum())
        count.above += int((finite & (values > known.high)).sum())

    def found(self) -> list[Drift]:
        """Each column beside the training, in the order of the network's."""
        least = RARELY / max(1, 3 * len(self.columns))
        return [_judged(one, self.counts[name], least) for name, one in self.columns.items() if name in self.counts]


def _judged(known: Seen, count: _Count, least: float) -> Drift:
    """A column beside the training; told is what is less probable than `least`."""
    unlike = list[str]()
    values, trained = count.rows - count.missing, known.rows - known.missing
    if known.low is not None:
        for beyond, side, end in zip((count.below, count.above), ("below", "above"), known.span, strict=True):
            often = beyond >= TWICE * known.expected * values
            if beyond and often and at_least(beyond, values, known.beyond + 1, trained - known.beyond) < least:
                unlike.append(
                    f"{beyond:,} of {values:,} values are {side} {end}, as some {known.expected:.1%} of rows like the "
                    "train rows would be"
                )
    often = count.missing * known.rows >= THRICE * known.missing * count.rows
    often = often and count.missing > 0 and trained > 0
    if often and at_least(count.missing, count.rows, known.missing + 1, trained) < least:
        was = f"{known.missing / known.rows:.1%} of the train rows' were"
        unlike.append(f"{count.missing:,} of {count.rows:,} values are missing, as {was}")
    return Drift(known.name, count.rows, count.missing, count.below, count.above, known, tuple(unlike))


def at_least(count: int, rows: int, a: int, b: int) -> float:
    """How probable `count` or more of `rows` are where each has a share that is itself drawn from Beta(a, b): the
    beta-binomial's tail. Beyond `MOST` rows these stand for the others, so that time and memory are bounded."""
    if b < 1:
        return 1.0
    if rows > MOST:
        count, rows = count * MOST // rows, MOST
    before = np.arange(rows, dtype=np.float64)
    growth = np.log((rows - before) * (before + a)) - np.log((before + 1) * (rows - before - 1 + b))
    none = math.lgamma(b + rows) + math.lgamma(a + b) - math.lgamma(b) - math.lgamma(a + b + rows)
    return float(np.exp(none + np.append(0.0, np.cumsum(growth)))[count:].sum())


def numbers_of(column: pa.ChunkedArray) -> np.ndarray | None:
    """Numbers, or dates as days since 1970, float64 (rows,), NaN where missing; None of other columns."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        return arrow.to_numpy(column.cast(pa.int64()).cast(pa.float64(), safe=False)) / (1e6 * DAY)
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        return np.asarray(arrow.to_numpy(column.cast(pa.float64(), safe=False)), dtype=np.float64)
    return None


def _end(trained: Seen, end: float | None, place: int) -> float | str | None:
    """A quantile as JSON has it: dates are texts."""
    return trained.span[place] if trained.date and end is not None else end
