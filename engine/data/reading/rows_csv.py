"""Rows to predict from CSV, some megabytes at a time: numbers parsed as such, other columns skipped unparsed."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from ...errors import UsageError, number_of
from ..columns.values import MISSING
from ..schema import Schema
from .matching import Note, match_columns, named
from .streams import Change, changed, rejoined
from .text_format import OpenText, open_table

BLOCK = 4 * 2**20  # bytes read at a time: what is in memory does not grow with the file
QUOTE = b'"'
PARSERS = 4  # more would wait for the answers to be computed

_NO_TEXT = re.compile(r"In CSV column #(\d+): Row #(\d+): .*invalid UTF8", re.S)
_RAGGED = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")

Options = dict[str, Any]


def read_csv(text: OpenText, schema: Schema, note: Note) -> Iterator[pa.Table]:
    """The columns that the network needs as they stand: plain numbers as such where all of a block are, else texts as
    they are written. Raises UsageError for columns that are missing and for what cannot be read, with row and
    column."""
    opened, name, rows = open_table(text, schema.inputs), text.name, 0
    header = named(opened.names, name, schema)
    match_columns(header, name, schema, note)
    stream = opened.rows if len(header) > 1 else changed(opened.rows, _without_last_blank_lines())
    for part in _parts(stream, _options(header, opened.separator, schema)):
        before = rows
        try:
            for table in part:
                yield table
                rows += len(table)
        except pa.ArrowInvalid as error:
            if not str(error).startswith("Empty CSV"):
                raise _complaint(str(error), name, header, before) from None
    opened.quotes.check()


def _without_last_blank_lines() -> Change:
    """Leave out line ends that no more values follow."""
    ends = b""

    def change(block: bytes, _: bool) -> bytes:
        nonlocal ends
        lines = ends + block
        kept = lines.rstrip(b"\r\n")
        ends = lines[len(kept) :]
        return kept

    return change


def _options(header: list[str], delimiter: str, schema: Schema) -> Options:
    """How Arrow is to read."""
    from pyarrow import csv as arrow_csv

    texts = set(schema.texts)
    types = {name: pa.large_string() if name in texts else pa.float64() for name in schema.inputs}
    usual = next((reading.missing for reading in schema.with_readings().readings if reading.missing), None)
    return {
        # One thread: only then does Arrow know the number of a row that it cannot read.
        "read_options": arrow_csv.ReadOptions(use_threads=False, block_size=2 * BLOCK, column_names=header),
        # Where there is one column, a blank line is a row without a value.
        "parse_options": arrow_csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=len(header) > 1
        ),
        "convert_options": arrow_csv.ConvertOptions(
            column_types=types,
            include_columns=schema.inputs,
            null_values=MISSING if usual is None else usual,
            strings_can_be_null=False,
        ),
    }


def _as_texts(options: Options) -> Options:
    """The options, with every column as it is written."""
    from pyarrow import csv as arrow_csv

    columns = options["convert_options"].include_columns
    types = dict.fromkeys(columns, pa.large_string())
    convert = arrow_csv.ConvertOptions(column_types=types, include_columns=columns, strings_can_be_null=False)
    return {**options, "convert_options": convert}


def _parsed(block: pa.Buffer, options: Options) -> pa.Table:
    """A block of whole rows; as texts where a column of numbers holds more than plain ones."""
    from pyarrow.csv import read_csv as parse

    try:
        return parse(pa.BufferReader(block), **options)
    except pa.ArrowInvalid as error:
        if "conversion error to double" not in str(error):
            raise
    return parse(pa.BufferReader(block), **_as_texts(options))


def _parts(stream: BinaryIO, options: Options) -> Iterator[Iterable[pa.Table]]:
    """Consecutive parts of the rows: blocks of whole rows, which are parsed side by side; from the first block on of
    which only who reads from its beginning can tell where rows end, the rest is one part."""
    parsers, separator = min(PARSERS, os.cpu_count() or 1), options["parse_options"].delimiter.encode()
    waiting: deque[Future[pa.Table]] = deque()
    begun = b""
    with ThreadPoolExecutor(parsers) as pool:
        while (block := stream.read(BLOCK)) and (cut := _whole_rows(begun + block, separator)):
            rows = begun + block
            waiting.append(pool.submit(_parsed, pa.py_buffer(rows[:cut]), options))
            begun = rows[cut:]
            if len(waiting) > parsers:
                yield _result(waiting.popleft())
        yield from map(_result, waiting)
    if begun or block:
        yield _streamed(rejoined(begun + block, stream), _as_texts(options))


def _whole_rows(text: bytes, separator: bytes) -> int:
    """Where the last whole row ends of a text that begins with one. 0 where none does, or that cannot be told: a quote
    that is neither around a value nor doubled within one may be a character like any other."""
    if QUOTE not in text:
        return text.rfind(b"\n") + 1
    codes = np.frombuffer(b"\n" + text + b"\n", np.uint8)
    quotes = np.flatnonzero(codes == QUOTE[0])
    beside = [*b"\r\n", separator[0], QUOTE[0]]
    if not (np.isin(codes[quotes[::2] - 1], beside).all() and np.isin(codes[quotes[1::2] + 1], beside).all()):
        return 0
    end = len(text)
    for place in range(len(quotes), -1, -1):  # behind an even number of quotes is what stands between values
        last = int(quotes[place - 1]) if place else 0
        if place % 2 == 0 and (found := text.rfind(b"\n", last, end)) >= 0:
            return found + 1
        end = max(last - 1, 0)
    return 0


def _result(future: Future[pa.Table]) -> Iterator[pa.Table]:
    yield future.result()


def _streamed(stream: BinaryIO, options: Options) -> Iterator[pa.Table]:
    from .arrow_csv import read_batches

    for batch in read_batches(stream, **options):
        yield pa.Table.from_batches([batch])


def _complaint(problem: str, name: str, header: list[str], before: int) -> UsageError:
    """Arrow's complaint in nnlab's words, about a part of the rows that so many stand before."""
    if match := _NO_TEXT.search(problem):
        column, row = match.groups()
        return UsageError(f"{name}, row {before + int(row)}: the column {header[int(column)]!r} is not UTF-8 text.")
    if match := _RAGGED.search(problem):
        row, expected, got = match.groups()
        return UsageError(
            f"{name}, row {before + int(row)}: it has {number_of(int(got), 'value')}, and the header has "
            f"{number_of(int(expected), 'column')}."
        )
    return UsageError(f"{name} cannot be read as CSV: {problem.splitlines()[0][:200]}.")
