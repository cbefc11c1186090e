"""Rows to predict from JSON: an object a line as they come, a list of objects or an object of columns whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, BinaryIO

import pyarrow as pa

from ..data.json_files import column_of, rows_of
from ..data.json_text import loads
from ..data.schema import Schema
from ..errors import UsageError
from .matching import Note, match_columns

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
    rows = _flattened(records, schema)
    match_columns([column for row in (rows if all_rows else rows[:1]) for column in row], name, schema, note)
    return _to_table(rows, schema)


def _tables(blocks: Iterable[list[Record]], name: str, schema: Schema, note: Note) -> Iterator[pa.Table]:
    for number, records in enumerate(blocks):
        rows = _flattened(records, schema)
        if not number:
            match_columns([column for row in rows for column in row], name, schema, note)
        yield _to_table(rows, schema)


def _is_row(line: bytes, schema: Schema) -> bool:
    """Whether the first line is a row by itself, or the beginning of one that cannot be read: not where lists stand,
    or where the object goes on in the next line."""
    try:
        body = loads(line)
    except json.JSONDecodeError:
        return False
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
        record = loads(line)
    except json.JSONDecodeError as error:
        raise UsageError(f"{name}, line {number} is no JSON object: {error.msg}.") from None
    if not isinstance(record, dict):
        raise UsageError(f"{name}, line {number} is no JSON object: it is written {{...}}.")
    return record


def _object(row: Any, name: str, number: int) -> Record:
    if not isinstance(row, dict):
        raise UsageError(f"{name} is no table: item {number} is no object of columns and values.")
    return row


def _flattened(records: Sequence[Record], schema: Schema) -> Sequence[Record]:
    """The records, with the values of objects within them as columns of their own if the network knows such."""
    return [_flat(record) for record in records] if any("." in name for name in schema.inputs) else records


def _flat(record: Record) -> Record:
    flat: Record = {}
    for name, value in record.items():
        inner: Record = {f"{name}.{key}": part for key, part in value.items()} if isinstance(value, dict) else {}
        flat |= _flat(inner) if inner else {name: value}
    return flat


def _to_table(records: Sequence[Record], schema: Schema) -> pa.Table:
    """The needed columns of records as they stand; what is absent is null."""
    return pa.table({name: column_of([record.get(name) for record in records]) for name in schema.inputs})
