"""Rows to predict from JSON: an object a line as they come, a list of objects or an object of columns whole."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import pyarrow as pa

from ...errors import UsageError, shown
from ..schema import Schema
from .json import column_of, is_numbered, rows_of
from .matching import Note, match_columns
from .strict_json import MalformedError, parse
from .text_format import OpenText

Record = dict[str, Any]

LARGEST = 1023  # bits of a whole number that is a number in a table
BLOCK = 4 * 2**20  # bytes of lines that become a table
LONGEST_LINE = 2**20  # bytes of a first line that may be a row by itself
ROWS = 2**15  # rows of a list that become a table


def read_json(text: OpenText, schema: Schema, note: Note) -> Iterator[pa.Table]:
    """The columns that the network needs. A column must occur in the first block; where a row lacks it, its value is
    missing. Objects within a row are columns `outer.inner`.

    Raises UsageError for columns that are missing and for what cannot be read, with row and column.
    """
    name, first = text.name, text.stream.readline(LONGEST_LINE)
    if _is_row(first, schema):
        lines = chain([first], text.stream)
        blocks = ([_record(line, name, number) for number, line in block] for block in _blocks(lines))
    else:
        whole = (first + text.stream.read()).decode("utf-8", errors="replace")
        rows = [_object(row, name, number) for number, row in enumerate(rows_of(whole, name), 1)]
        blocks = (rows[start : start + ROWS] for start in range(0, len(rows), ROWS))
    return _tables(blocks, name, schema, note)


def records_table(records: Sequence[Record], name: str, schema: Schema, note: Note, *, all_rows: bool) -> pa.Table:
    """Rows that are dicts of values by column. Each must have every column, if only to say None: what a row is answered
    does not depend on those around it. Unknown columns of the first, or, for `all_rows`, of all are noted. Raises
    UsageError as `read_json` does."""
    rows = _flattened(records, name, schema)
    needed = schema.inputs
    lacking = next((number for number, row in enumerate(rows) if not all(column in row for column in needed)), None)
    if lacking is not None:
        place = f"{name}, row {lacking + 1}," if len(rows) > 1 else name
        match_columns([*rows[lacking]], place, schema, note)
    match_columns([column for row in (rows if all_rows else rows[:1]) for column in row], name, schema, note)
    return _to_table(rows, name, schema, 1)


def _tables(blocks: Iterable[list[Record]], name: str, schema: Schema, note: Note) -> Iterator[pa.Table]:
    row = 1
    for records in blocks:
        rows = _flattened(records, name, schema)
        if row == 1:
            match_columns([column for row in rows for column in row], name, schema, note)
        yield _to_table(rows, name, schema, row)
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
    needed = set(schema.inputs)
    return isinstance(body, dict) and not any(
        (isinstance(value, list) or is_numbered(value)) and name.strip() in needed for name, value in body.items()
    )


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
        raise UsageError(f"{name}, line {number} is not a JSON object: {error}.") from None
    if not isinstance(record, dict):
        raise UsageError(f"{name}, line {number} is not a JSON object: it is written {{...}}.")
    return record


def _object(row: Any, name: str, number: int) -> Record:
    if not isinstance(row, dict):
        raise UsageError(f"{name} is not a table: item {number} is not an object of columns and values.")
    return row


def _flattened(records: Sequence[Record], source: str, schema: Schema) -> Sequence[Record]:
    """The records, with the values of objects within them as columns of their own if the network knows such; names
    are trimmed, as those of all files are."""
    inner = sorted(name for name in schema.inputs if "." in name)
    flat = [_flat(record, source, inner) for record in records] if inner else records
    if all(name == name.strip() for name in set[str]().union(*flat)):
        return flat
    return [_trimmed(record, source) for record in flat]


def _trimmed(record: Record, source: str) -> Record:
    trimmed: Record = {}
    for name, value in record.items():
        if name.strip() in trimmed:
            raise _twice(source, name.strip())
        trimmed[name.strip()] = value
    return trimmed


def _twice(source: str, name: str) -> UsageError:
    return UsageError(f"{source} says {shown(name)} twice for one row: which one is meant cannot be told.")


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
            raise _twice(source, name)
        else:
            flat[name] = value
    return flat


def _begins(start: str, names: Sequence[str]) -> bool:
    """Whether one of the names, in order, begins so."""
    index = bisect_left(names, start)
    return index < len(names) and names[index].startswith(start)


def _to_table(records: Sequence[Record], name: str, schema: Schema, first_row: int) -> pa.Table:
    """The needed columns of records as they stand; what is absent is null. UsageError, by its row, for a value that is
    no single number or text."""
    columns: dict[str, pa.Array] = {}
    readings = {reading.name: reading for reading in schema.with_readings().readings}
    for key in schema.inputs:
        values = [record.get(key) for record in records]
        most = LARGEST if readings[key].kind == "number" else None
        wrong = next((row for row, value in enumerate(values) if not _is_single(value, most)), None)
        if wrong is not None:
            raise UsageError(
                f"{name}, row {first_row + wrong}: the column {key!r} is {shown(values[wrong])}, which is not a number "
                "or text."
            )
        columns[key] = column_of(values)
    return pa.table(columns)


def _is_single(value: Any, most: int | None) -> bool:
    """Whether a value is a number, of at most so many bits, a text or nothing."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return False
    if isinstance(value, int):
        return most is None or value.bit_length() <= most
    return not isinstance(value, list | dict)
