"""Rows to predict, read as a stream of tables: CSV, JSON lines, or written out as `x1=0.3,x2=-0.5`.

Columns are found by name. A row is numbered from 1, the header not counted, and every complaint names it.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, BinaryIO

import pyarrow as pa

from ..data.schema import Schema
from ..data.values import MISSING
from ..errors import UsageError, nearest
from .decimals import SAMPLE, Rejoined, decimal_point

Note = Callable[[str], None]
Record = dict[str, Any]

BLOCK = 4 * 2**20  # bytes read at a time: what is in memory does not grow with the file
LONGEST_HEADER = 2**20
DELIMITERS = ",;\t|"
SHOWN = 5  # names of columns in a sentence

_NO_NUMBER = re.compile(r"In CSV column #(\d+): Row #(\d+): CSV conversion error to double: invalid value '(.*)'", re.S)
_NO_TEXT = re.compile(r"In CSV column #(\d+): Row #(\d+): .*invalid UTF8", re.S)
_RAGGED = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")


def read_table(stream: BinaryIO, name: str, schema: Schema, note: Note) -> Iterator[pa.Table]:
    """The columns that the network needs, some megabytes at a time: JSON lines if the first line opens with a brace,
    else CSV with a header. `name` is what messages call the stream; `note` takes the warning about unknown columns.

    Raises UsageError for columns that are missing and for what cannot be read, with row and column.
    """
    first = _first_line(stream, name)
    if first.lstrip().startswith(b"["):
        raise UsageError(f"{name} is a JSON array, and one object a line is wanted: jq -c '.[]' makes them.")
    if first.lstrip().startswith(b"{"):
        return _read_json(chain([first], stream), name, schema, note)
    return _read_csv(stream, first, name, schema, note)


def read_written(texts: Sequence[str], schema: Schema, note: Note) -> Iterator[pa.Table]:
    """Rows written out as `column=value` pairs with commas between them, each text one row; a value with a comma
    stands with its pair in double quotes. Raises UsageError as `read_table` does."""
    records: list[Record] = []
    for text in texts:
        pairs = [pair.partition("=") for pair in _split(text)]
        if not pairs or not all(equals for _, equals, _ in pairs):
            raise UsageError(f"The row {text!r} cannot be read: write it as column=value,column=value.")
        records.append({name.strip(): value.strip() for name, _, value in pairs})
    match_columns([name for record in records for name in record], "--row", schema, note)
    yield _to_table(records, "--row", schema, 1)


def read_records(records: Sequence[Record], name: str, schema: Schema, note: Note) -> pa.Table:
    """Rows that are dicts of values by column. Raises UsageError as `read_table` does."""
    match_columns([column for record in records[:1] for column in record], name, schema, note)
    return _to_table(list(records), name, schema, 1)


def _split(text: str) -> list[str]:
    """A written row's pairs; none where it is no CSV, such as with a line break outside quotes."""
    try:
        return next(csv.reader([text], skipinitialspace=True), [])
    except csv.Error:
        return []


def match_columns(found: Sequence[str], source: str, schema: Schema, note: Note) -> None:
    """Refuse missing columns by name, with the nearest one there is; note unknown ones, the target not counted."""
    needed = schema.inputs
    present = dict.fromkeys(found)
    missing = [name for name in needed if name not in present]
    unknown = [name for name in present if name and name not in needed and name != schema.target]
    if missing:
        meant = nearest(missing[0], unknown)
        raise UsageError(
            f"{source} has no {_columns(missing)}, which the network needs"
            + (f" (is it {meant!r}?)." if meant else ".")
        )
    if unknown:
        note(f"{source}: passed over the {_columns(unknown)}, which the network does not know")


def _columns(names: Sequence[str]) -> str:
    """`column 'a'`, `columns 'a', 'b'`, or the first few of many."""
    listed = ", ".join(repr(name) for name in names[:SHOWN])
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"column{'s' if len(names) > 1 else ''} {listed}{more}"


def _first_line(stream: BinaryIO, name: str) -> bytes:
    """The first line that is not blank, a header whose quoted names hold line breaks whole."""
    line = stream.readline(LONGEST_HEADER).removeprefix(b"\xef\xbb\xbf")
    while line and not line.strip():
        line = stream.readline(LONGEST_HEADER)
    while line.count(b'"') % 2 and len(line) < LONGEST_HEADER and not line.lstrip().startswith((b"{", b"[")):
        further = stream.readline(LONGEST_HEADER)
        if not further:
            break
        line += further
    if not line:
        raise UsageError(f"{name} is empty: the names of the columns are wanted in its first line.")
    return line


def _read_csv(stream: BinaryIO, first: bytes, name: str, schema: Schema, note: Note) -> Iterator[pa.Table]:
    """CSV after its header: numbers parsed as such, categories kept as text, other columns skipped unparsed."""
    from pyarrow import csv as arrow_csv

    header, delimiter = _header(first, name, schema)
    match_columns(header, name, schema, note)
    twice = next((column for column in schema.inputs if header.count(column) > 1), None)
    if twice is not None:
        raise UsageError(
            f"{name} has {header.count(twice)} columns named {twice!r}: which one is meant cannot be told."
        )
    # Columns of no concern may bear one name twice or none, which Arrow refuses: their places name them.
    unique = [column if column in schema.inputs else f"column {place}" for place, column in enumerate(header)]
    categories = {text for column in schema.columns for text in getattr(column, "categories", ())}
    kinds = {name: pa.float64() if column.numeric else pa.string() for name, column in schema.readers.items()}
    sample = stream.read(SAMPLE) if delimiter != "," else b""
    numeric = [header.index(name) for name, column in schema.readers.items() if column.numeric]
    try:
        reader = arrow_csv.open_csv(
            io.BufferedReader(Rejoined(sample, stream)) if sample else stream,
            # One thread: only then does Arrow know the number of a row that it cannot read.
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=BLOCK, column_names=unique),
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types=kinds,
                decimal_point=decimal_point(sample, delimiter, numeric),
                include_columns=schema.inputs,
                null_values=[text for text in (*MISSING, *schema.na) if text not in categories],
                strings_can_be_null=True,
            ),
        )
        for batch in reader:
            yield pa.Table.from_batches([batch])
    except pa.ArrowInvalid as error:
        if str(error).startswith("Empty CSV"):
            return
        raise UsageError(_sentence(str(error), name, header)) from None


def _header(first: bytes, name: str, schema: Schema) -> tuple[list[str], str]:
    """The names of the columns and the delimiter under which most of those that the network needs are found."""
    try:
        text = first.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{name} is not UTF-8 text: it is no CSV that can be read.") from None

    def split(delimiter: str) -> list[str]:
        return [column.strip() for column in next(csv.reader(io.StringIO(text), delimiter=delimiter))]

    best = max(DELIMITERS, key=lambda delimiter: len(set(split(delimiter)) & set(schema.inputs)))
    return split(best), best


def _sentence(problem: str, name: str, header: list[str]) -> str:
    """Arrow's complaint in nnlab's words."""
    if match := _NO_NUMBER.search(problem):
        column, row, value = match.groups()
        return f"{name}, row {row}: the column {header[int(column)]!r} is {value[:100]!r}, which is no number."
    if match := _NO_TEXT.search(problem):
        column, row = match.groups()
        return f"{name}, row {row}: the column {header[int(column)]!r} is not UTF-8 text."
    if match := _RAGGED.search(problem):
        row, expected, got = match.groups()
        return f"{name}, row {row}: it has {got} values, and the header has {expected} columns."
    return f"{name} cannot be read as CSV: {problem.splitlines()[0][:200]}."


def _read_json(lines: Iterator[bytes], name: str, schema: Schema, note: Note) -> Iterator[pa.Table]:
    """JSON lines. A column must occur in the first block; where a row lacks it, its value is missing."""
    row = 1
    for block in _blocks(lines):
        records = [_record(line, name, number) for number, line in block]
        if row == 1:
            match_columns([column for record in records for column in record], name, schema, note)
        yield _to_table(records, name, schema, row)
        row += len(records)


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
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        reason = getattr(error, "msg", None) or "it is not UTF-8 text, or nested too deeply"
        raise UsageError(f"{name}, line {number} is no JSON object: {reason}.") from None
    if not isinstance(record, dict):
        raise UsageError(f"{name}, line {number} is no JSON object: it is written {{...}}.")
    return record


def _to_table(records: list[Record], name: str, schema: Schema, first_row: int) -> pa.Table:
    """The needed columns of records: numbers as float64, categories as text, what is absent null."""
    columns: dict[str, pa.Array] = {}
    for key, column in schema.readers.items():
        values = [record.get(key) for record in records]
        if not column.numeric:
            decimal = getattr(column, "decimal", ".")
            columns[key] = pa.array([_text(value, decimal) for value in values], pa.string())
            continue
        numbers = [_number(value) for value in values]
        if None in numbers:
            row = numbers.index(None)
            raise UsageError(
                f"{name}, row {first_row + row}: the column {key!r} is {str(values[row])[:100]!r}, which is no number."
            )
        columns[key] = pa.array(numbers, pa.float64())
    return pa.table(columns)


def _number(value: Any) -> float | None:
    """The value as a float, NaN where it is missing, None where it is no number."""
    if value is None or (isinstance(value, str) and value.strip() in MISSING):
        return float("nan")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _text(value: Any, decimal: str = ".") -> str | None:
    """A value's text as it reads in CSV: whole numbers without a point, others with their column's decimal sign."""
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace(".", decimal) if isinstance(value, float) else str(value)
