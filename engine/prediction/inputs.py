"""What a network must be told to answer: its inputs as plain data, for forms and for whoever asks in a stream."""

from __future__ import annotations

import math
from typing import Any

from ..data.columns.encoders import Number, Smooth, number_question
from ..data.schema import Schema


def describe(schema: Schema) -> dict[str, Any]:
    """Keys: task, target, classes, image (its shape as channels, height, width, or None), inputs: a dict for each
    column that a row must have, in the order of the network's.

    An input has a name and a kind. `number`: typical, low and high (its usual values), decimal (the sign). `category`:
    values, all that are known. `flag`: values, no and yes. `date`: values, some examples from early to late, typical,
    and where that is kept low and high, between which most were. `text` has nothing more.
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
    asked = _source(schema, name) if column is None else column.question(schema.reading_of(name))
    return {"name": name, **asked, **(_days(schema, name) if asked["kind"] == "date" else {})}


def _days(schema: Schema, name: str) -> dict[str, str]:
    """Between which dates most of the train rows lie, as ISO has them; nothing where that is not kept."""
    found = next((one for one in schema.seen if one.name == name and one.date), None)
    return {} if found is None else dict(zip(("low", "high"), found.span, strict=True))


def _source(schema: Schema, name: str) -> dict[str, Any]:
    """A column that only serves features derived from it; the range of its square tells how far it goes."""
    typical = schema.typical.get(name, 0.0)
    squares = {column.name for column in schema.derived if column.form == "square" and column.of[0].name == name}
    square = next(
        (column for column in schema.columns if column.name in squares and isinstance(column, Number | Smooth)), None
    )
    reach = math.sqrt(max(square.reach[1], 0.0)) if square is not None else 1.0
    low = 0.0 if square is not None and typical > reach / 2 else min(-reach, typical)
    return number_question(typical, low, max(reach, typical), schema.reading_of(name))
