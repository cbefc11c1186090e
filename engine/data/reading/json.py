"""JSON: a list of objects, an object of columns, or one object a line."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.json

from ...errors import UsageError
from ..columns import arrow
from .numbers import float_text
from .strict_json import MalformedError, check_nesting, parse

FEW = 1_000  # values, and ...
SHORT = 2**20  # ... characters of all of them, up to which a column is made without pandas


def read_json(data: bytes, name: str) -> pa.Table:
    """The table in a JSON file's bytes; objects within a row become columns `outer.inner`.

    Raises UsageError, with the line, for what is no JSON or no table.
    """
    start = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start == b"{":
        try:
            check_nesting(data)
            table = _as_written(data)
            a_line_each = len(table) <= data.count(b"\n") + 1
            if a_line_each and (len(table) > 1 or not any(map(_may_be_column, table.columns))):
                return flat(table)
        except ValueError:
            pass  # a column of several types, or one object over many lines: Python reads those below, or says why not
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{name} is not JSON: it is not written in UTF-8.") from None
    return flat(of_rows(rows_of(text, name), name))


def _as_written(data: bytes) -> pa.Table:
    """The table of one object a line, whose texts stay texts: Arrow makes moments of those that look like some."""
    table = pyarrow.json.read_json(pa.BufferReader(data))
    texts = [new for old, new in ((field, _with_texts(field)) for field in table.schema) if new != old]
    if not texts:
        return table
    return pyarrow.json.read_json(pa.BufferReader(data), parse_options=pyarrow.json.ParseOptions(pa.schema(texts)))


def _with_texts(field: pa.Field) -> pa.Field:
    """The field, with texts in place of moments."""
    if pa.types.is_timestamp(field.type) or pa.types.is_time(field.type):
        return field.with_type(pa.string())
    if pa.types.is_struct(field.type):
        return field.with_type(pa.struct([_with_texts(part) for part in field.type.fields]))
    return field


def rows_of(text: str, name: str) -> list[Any]:
    """The rows in a JSON text, whichever of the three ways they are written; UsageError for what is no JSON."""
    try:
        body = parse(text, most=None)
    except MalformedError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not _is_json(lines[0]):
            raise UsageError(f"{name} is not JSON: {error}.") from None
        return [_line(line, number, name) for number, line in enumerate(lines, 1)]
    except ValueError as error:
        raise UsageError(f"{name} is not a table: {error}.") from None
    if isinstance(body, dict) and body and all(map(is_numbered, body.values())):
        body = {name: list(values.values()) for name, values in body.items()}
    if isinstance(body, dict) and body and all(isinstance(values, list) for values in body.values()):
        if len({len(values) for values in body.values()}) > 1:
            raise UsageError(f"{name} has columns of different lengths.")
        return [dict(zip(body, values, strict=True)) for values in zip(*body.values(), strict=True)]
    return body if isinstance(body, list) else [body]


def _may_be_column(column: pa.ChunkedArray) -> bool:
    """Whether the one value of a column may be all of its values."""
    kind = column.type
    return pa.types.is_list(kind) or (pa.types.is_struct(kind) and all(field.name.isdigit() for field in kind))


def is_numbered(values: Any) -> bool:
    """Whether these are a column's values by the numbers of their rows, as pandas writes them."""
    return isinstance(values, dict) and list(values) == [str(row) for row in range(len(values))] and len(values) > 0


def _is_json(line: str) -> bool:
    try:
        return isinstance(parse(line, most=None), dict)
    except ValueError:
        return False


def _line(line: str, number: int, name: str) -> Any:
    try:
        return parse(line, most=None)
    except ValueError as error:
        lacking = "JSON" if isinstance(error, MalformedError) else "a table"
        raise UsageError(f"{name} is not {lacking}: {error} in line {number}.") from None


def of_rows(rows: list[Any], name: str) -> pa.Table:
    """A table of objects, each a row; what a row lacks is null, and a column of several types is text.

    `name` is what errors call it. Raises UsageError for an item that is no object.
    """
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise UsageError(f"{name} is not a table: item {number} is not an object of columns and values.")
    keys = list(dict.fromkeys(key for row in rows for key in row))
    return pa.table({key: column_of([row.get(key) for row in rows]) for key in keys})


def column_of(values: list[Any]) -> pa.Array:
    """Values of one type as that type; of several types as texts, each as it would be written alone."""
    try:
        few = _few(values) if len(values) <= FEW else None
        return pa.array(values) if few is None else few
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return pa.array([_written(value) for value in values], pa.large_string())


def _few(values: list[Any]) -> pa.Array | None:
    """Texts or numbers as `pyarrow.array` has them, whose first call imports pandas; None for any others."""
    kinds = set(map(type, values)) - {type(None)}
    if kinds == {str}:
        return arrow.strings(values) if sum(len(value or "") for value in values) < SHORT else None
    if kinds == {int}:
        return arrow.numbers(values, np.int64)
    return arrow.numbers(values, np.float64) if kinds == {float} else None


def _written(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float):
        return float_text(value) if math.isfinite(value) else str(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else json.dumps(value)


def flat(table: pa.Table) -> pa.Table:
    """The table with the values of objects within its rows as columns `outer.inner`."""
    while any(pa.types.is_struct(column.type) for column in table.columns):
        table = table.flatten()
    return table
