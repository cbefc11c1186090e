"""Where a network fails: the rows that it answers worst, and the kinds of rows on which it is surely worse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Literal

import numpy as np

from ..data.prepared import spaced
from ..data.schema import Schema
from ..errors import UsageError
from .metrics import log_softmax
from .raw_rows import RawRows
from .slices import MOST_ROWS, Slice, slices

WORST, MOST_WORST = 10, 1_000  # rows that are told, and that may be asked for
LONGEST = 200  # characters of a value


@dataclass(frozen=True)
class WorstRow:
    """A row that is answered badly. `row` is its number among the data's rows, from 1; `off` is by how much the answer
    misses the truth, or the log loss of classes; `probability` is what the network gave the true class, None for
    numbers; `values` are those of the columns."""

    row: int
    truth: str | float
    answer: str | float
    off: float
    probability: float | None
    values: dict[str, Any]


@dataclass(frozen=True)
class Failures:
    """The worst rows, the worst first, and slices of the rows whose `measure` is surely worse than the others', the
    worst first. So many slices were `tried`, on `rows` of the rows."""

    measure: Literal["error_rate", "mae"]
    worst: list[WorstRow]
    slices: list[Slice]
    tried: int
    rows: int

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        worst, found = ([dict(vars(one)) for one in each] for each in (self.worst, self.slices))
        return {**vars(self), "worst": worst, "slices": found}


def check_worst(count: int, schema: Schema) -> None:
    """Raise UsageError unless so many of the worst rows can be told, of a network on tables."""
    if schema.image is not None:
        raise UsageError(
            "--errors tells of the columns of tables, and this network answers images: leave it out; `nnlab report` "
            "shows the worst images."
        )
    if not 1 <= count <= MOST_WORST:
        raise UsageError(f"--worst cannot be {count}: it is how many rows are told, from 1 to {MOST_WORST:,}.")


def failures(outputs: np.ndarray, rows: RawRows, count: int = WORST) -> Failures:
    """Where the outputs (rows, out_features) are wrong, and on which slices of the rows more so; `count` rows are told.

    Slices are judged by the share of wrong answers, or the mean absolute error. Raises UsageError as `check_worst`
    does.
    """
    schema, classes = rows.schema, rows.schema.classes
    check_worst(count, schema)
    truth = rows.targets
    if classes:
        logs = log_softmax(outputs.astype(np.float64))
        off = -logs[np.arange(len(rows)), truth]
        error = (outputs.argmax(1) != truth).astype(np.float64)
    else:
        off = error = np.abs(outputs[:, 0].astype(np.float64) - truth) * schema.target_std
    off = np.where(np.isnan(off), np.inf, off)
    chosen = spaced(len(rows), MOST_ROWS)
    found, tried = slices(rows.take(chosen), error[chosen], shares=bool(classes))
    worst = np.argsort(-off, kind="stable")[:count]
    measure: Literal["error_rate", "mae"] = "error_rate" if classes else "mae"
    return Failures(measure, _told(worst, outputs, off, rows), found, tried, len(chosen))


def _told(places: np.ndarray, outputs: np.ndarray, off: np.ndarray, rows: RawRows) -> list[WorstRow]:
    """The rows at these places, with all that is known of them."""
    schema, own = rows.schema, rows.take(places)
    values = {name: [_plain(one) for one in own.read(name).to_pylist()] for name in schema.inputs}
    numbers = own.numbers if rows.dataset.numbers is None else rows.dataset.numbers[own.numbers]
    found = list[WorstRow]()
    for index, place in enumerate(places.tolist()):
        if schema.classes:
            truth, answer = (schema.classes[int(one)] for one in (own.targets[index], outputs[place].argmax()))
        else:
            truth, answer = (float(schema.decode_target(float(one))) for one in (own.targets[index], outputs[place, 0]))
        share = float(np.exp(-off[place])) if schema.classes else None
        named = {name: each[index] for name, each in values.items()}
        found.append(WorstRow(int(numbers[index]) + 1, truth, answer, float(off[place]), share, named))
    return found


def _plain(value: Any) -> Any:
    """A value as JSON has it: dates are texts, without a time at midnight, and texts are cut."""
    if isinstance(value, datetime) and value.time() == time() and value.tzinfo is None:
        value = value.date()
    return value if value is None or isinstance(value, bool | int | float) else str(value)[:LONGEST]
