"""Rows to predict from JSON: an object a line as they come, a list of objects or an object of columns whole."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, BinaryIO

import pyarrow as pa

from ..data.json_files import rows_of
from ..data.schema import Schema
from ..data.strict_json import MalformedError, parse
from ..data.values import MISSING, Decimal
from ..errors import UsageError, shown
from .decimals import decimal_sign
from .matching import Note, match_columns, no_number, number_readers, settled

Record = dict[str, Any]

BLOCK = 4 * 2**20  # bytes of lines that become a table
ROWS = 2**15  # rows of a list that become a table


def read_json(stream: BinaryIO, first: bytes, name: str, schema: Schema, note: Note) -> Iterator[pa.Table]:
    """The columns that the network needs, `first` being the first line. A column must occur in the first block; where
    a row lacks it, its value is missing. Objects within a row are columns `outer.inner`.

    Raises UsageError for columns that are missing and for what cannot be read, with row and column.
    """
    if _is_row(first, schema):
        blocks = ([_record(line, name, number) for number, line in block] for block in _blocks(chain([first], stream)))
    else:
        text = (first + stream.read()).decode("utf-8", errors="replace")
        rows = [_object(row, name, number) for number, row in enumerate(rows_of(text, name), 1)]
        blocks = (rows[start : start + ROWS] for start in range(0, len(rows), ROWS))
    return _tables(blocks, name, schema, note)


def records_table(records: Sequence[Record], name: str, schema: Schema, note: Note, *, all_rows: bool) -> pa.Table:
    """Rows that are dicts of values by column; a column must occur in the first, or, for `all_rows`, in one of them.
    Raises UsageError as `read_json` does."""
    rows = _flattened(records, name, schema)
    match_columns([column for row in (rows if all_rows else rows[:1]) for column in row], name, schema, note)
    return _to_table(rows, name, schema, _sign(rows, schema), 1)


def _tables(blocks: Iterable[list[Record]], name: str, schema: Schema, note: Note) -> Iterator[pa.Table]:
    row, sign = 1, None
    for records in blocks:
        rows = _flattened(records, name, schema)
        if row == 1:
            match_columns([column for row in rows for column in row], name, schema, note)
            sign = _sign(rows, schema)
        yield _to_table(rows, name, schema, sign, row)
        row += len(rows)


def _is_row(line: bytes, schema: Schema) -> bool:
    """Whether the first line is a row by itself, or one that cannot be answered: not where lists stand, or where the
    object goes on in the next line."""
    try:
        body = parse(line)
    except MalformedError:
        return False
    except ValueError:
        return True
    return isinstance(body, dict) and not any(isinstance(body.get(name), list) for name in schema.inputs)


def _blocks(lines: Iterator[bytes]) -> Iterator[list[tuple[int, bytes]]]:
    """Numbered lines that are not blank, some megabytes at a time."""
    block, size = list[tuple[int, bytes]](), 0
    for number, line in enumerate(lines, 1):
        if line.strip():
            block.append((number, line))
            size += len(line)
        if size >= BLOCK:
            yield block
            block, size = [], 0
    if block:
        yield block


def _record(line: bytes, name: str, number: int) -> Record:
    try:
        record = parse(line)
    except ValueError as error:
        raise UsageError(f"{name}, line {number} is no JSON object: {error}.") from None
    if not isinstance(record, dict):
        raise UsageError(f"{name}, line {number} is no JSON object: it is written {{...}}.")
    return record


def _object(row: Any, name: str, number: int) -> Record:
    if not isinstance(row, dict):
        raise UsageError(f"{name} is no table: item {number} is no object of columns and values.")
    return row


def _flattened(records: Sequence[Record], source: str, schema: Schema) -> Sequence[Record]:
    """The records, with the values of objects within them as columns of their own if the network knows such."""
    inner = sorted(name for name in schema.inputs if "." in name)
    return [_flat(record, source, inner) for record in records] if inner else records


def _flat(record: Record, source: str, inner: Sequence[str]) -> Record:
    """A record whose objects are taken apart where these names of columns, in order, begin with theirs."""
    flat: Record = {}
    waiting = list(reversed(record.items()))
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict) and _begins(f"{name}.", inner):
            parts: Record = value
            waiting += [(f"{name}.{key}", part) for key, part in reversed(parts.items())]
        elif name in flat:
            raise UsageError(f"{source} says {shown(name)} twice for one row: which one is meant cannot be told.")
        else:
            flat[name] = value
    return flat


def _begins(start: str, names: Sequence[str]) -> bool:
    """Whether one of the names, in order, begins so."""
    place = bisect_left(names, start)
    return place < len(names) and names[place].startswith(start)


def _sign(rows: Sequence[Record], schema: Schema) -> Decimal | None:
    """The decimal sign in numbers that are written as texts."""
    values = (row.get(name) for row in rows for name in number_readers(schema))
    return decimal_sign(value for value in values if isinstance(value, str))


def _to_table(records: Sequence[Record], name: str, schema: Schema, sign: Decimal | None, first_row: int) -> pa.Table:
    """The needed columns of records: numbers as float64, categories as text, what is absent null."""
    columns: dict[str, pa.Array] = {}
    for key, column in schema.readers.items():
        values = [record.get(key) for record in records]
        if not column.numeric:
            own = getattr(column, "decimal", None)  # a category has none
            columns[key] = _texts(values, (sign or own) if own else ".", name, key, first_row)
            continue
        numbers = [_number(value, sign) for value in values]
        if None in numbers:
            row = numbers.index(None)
            raise no_number(name, first_row + row, key, values[row])
        columns[key] = pa.array(numbers, pa.float64())
    return settled(pa.table(columns), name, schema, sign, first_row)


def _number(value: Any, sign: Decimal | None) -> float | None:
    """The value as a float, NaN where it is missing, None where it is no number."""
    if value is None or (isinstance(value, str) and value.strip() in MISSING):
        return float("nan")
    if isinstance(value, str):
        if "_" in value or not value.strip().isascii():  # which Python would read, and no file of numbers holds
            return None
        value = value.replace(",", ".") if sign == "," else value
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _texts(values: Sequence[Any], decimal: Decimal, name: str, key: str, first_row: int) -> pa.Array:
    """Values as texts. UsageError, by its row, for one that is none: a list, an object, half a character."""
    try:
        return pa.array([_text(value, decimal) for value in values], pa.string())
    except ValueError:
        row = next(row for row, value in enumerate(values) if not _is_text(value))
        raise UsageError(
            f"{name}, row {first_row + row}: the column {key!r} is {shown(values[row])}, which is no text."
        ) from None


def _text(value: Any, decimal: Decimal) -> str | None:
    """A value's text as it reads in CSV: whole numbers without a point, others with their column's decimal sign.
    ValueError for what has none."""
    if value is None or value == "":
        return None
    if isinstance(value, list | dict):
        raise ValueError("lists and objects have no text")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace(".", decimal) if isinstance(value, float) else str(value)


def _is_text(value: Any) -> bool:
    try:
        (_text(value, ".") or "").encode()
    except ValueError:
        return False
    return True
