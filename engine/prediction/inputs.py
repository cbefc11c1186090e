"""What a network must be told to answer: its inputs as plain data, for forms and for whoever asks in a stream."""

from __future__ import annotations

import math
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from ..data.columns.encoders import DAY, Bucket, Column, Curve, Date, Embedding, Number, OneHot
from ..data.reading.readings import TRUE, BooleanReading
from ..data.schema import Schema

DATES = 9  # examples of a date
REACH = 2.0  # deviations on each side of the mean, where a column does not remember its usual values
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def describe(schema: Schema) -> dict[str, Any]:
    """Keys: task, target, classes, image (its shape as channels, height, width, or None), inputs: a dict for each
    column that a row must have, in the order of the network's.

    An input has a name and a kind. `number`: typical, low and high (its usual values), decimal (the sign). `category`:
    values, all that are known. `flag`: values, no and yes. `date`: values, some examples from early to late, typical.
    `text` has nothing more.
    """
    return {
        "task": schema.task,
        "target": schema.target,
        "classes": list(schema.classes),
        "image": list(schema.image.shape) if schema.image else None,
        "inputs": [_input(schema, name) for name in schema.inputs],
    }


def _input(schema: Schema, name: str) -> dict[str, Any]:
    column = next((one for one in schema.columns if one.name == name and one.kind != "missing"), None)
    if column is None:
        return _source(schema, name)
    reading = schema.reading_of(name)
    if isinstance(column, Number | Curve | Bucket):
        low, high = _usual(column)
        return _number(name, column.fill, low, high, getattr(reading, "decimal", "."))
    if isinstance(column, OneHot | Embedding):
        return {"name": name, "kind": "category", "values": list(column.categories)}
    if isinstance(reading, BooleanReading):
        usual = reading.yes == list(TRUE)
        return {"name": name, "kind": "flag", "values": ["no", "yes"] if usual else [reading.no[0], reading.yes[0]]}
    if isinstance(column, Date):
        steps = [REACH * (2 * index / (DATES - 1) - 1) for index in range(DATES)]
        dates = [_date(column.mean + step * column.std, column) for step in steps]
        return {"name": name, "kind": "date", "values": list(dict.fromkeys(dates)), "typical": dates[DATES // 2]}
    return {"name": name, "kind": "text"}


def _number(name: str, typical: float, low: float, high: float, decimal: str) -> dict[str, Any]:
    low, high = max(low, -sys.float_info.max), min(high, sys.float_info.max)  # JSON has no infinite numbers
    return {"name": name, "kind": "number", "typical": typical, "low": low, "high": high, "decimal": decimal}


def _source(schema: Schema, name: str) -> dict[str, Any]:
    """A column that only serves features derived from it; the range of its square tells how far it goes."""
    typical = schema.typical.get(name, 0.0)
    squares = {column.name for column in schema.derived if column.form == "square" and column.of[0].name == name}
    square = next((column for column in schema.columns if column.name in squares and isinstance(column, Number)), None)
    reach = math.sqrt(max(_usual(square)[1], 0.0)) if square is not None else 1.0
    low = 0.0 if square is not None and typical > reach / 2 else min(-reach, typical)
    return _number(name, typical, low, max(reach, typical), getattr(schema.reading_of(name), "decimal", "."))


def _usual(column: Column) -> tuple[float, float]:
    """Between which values a column's rows mostly lie; guessed from what else it knows where it does not remember."""
    usual = getattr(column, "usual", None)
    if usual is not None and usual[0] < usual[1]:
        return usual
    if isinstance(column, Number):
        return column.mean - REACH * column.std, column.mean + REACH * column.std
    edges = column.knots if isinstance(column, Curve) else column.boundaries if isinstance(column, Bucket) else []
    if len(edges) > 1:
        return edges[0], edges[-1]
    typical = float(getattr(column, "fill", 0.0))
    return typical - max(abs(typical), 1.0), typical + max(abs(typical), 1.0)


def _date(days: float, column: Date) -> str:
    """A day in ISO form, or as an early checkpoint's rows write it; the first or last one there is beyond these."""
    first, last = -719_162.0, 2_932_896.0  # the years 1 and 9999
    moment = EPOCH + timedelta(seconds=round(min(max(days, first), last) * DAY))
    return moment.strftime(column.style or ("%Y-%m-%dT%H:%M:%S" if column.timed else "%Y-%m-%d"))
