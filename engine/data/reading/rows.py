"""Rows to predict, read as a stream of tables from whatever kind of file a network is trained on, or written out as
`x1=0.3,x2=-0.5`.

Columns are found by name. A row is numbered from 1, the header not counted, and every complaint names it.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from ...errors import UsageError, shown
from ..schema import Schema
from .matching import Note
from .names import EXCEL, IPC, PARQUET, steady, suffix_of
from .rows_csv import read_csv
from .rows_json import Record, read_json, records_table
from .streams import DAMAGED, unpacked
from .text_format import TextFormat, check_untold, of_workbook, open_text


def read_file(path: Path, schema: Schema, note: Note, told: TextFormat | None = None) -> Iterator[pa.Table]:
    """The columns that the network needs, some megabytes at a time, from a file of any kind that networks are trained
    on; `told` is how texts are written. Raises UsageError for columns that are missing and for what cannot be read,
    with row and column."""
    kind, form = suffix_of(path), told or TextFormat()
    if kind in (*PARQUET, *IPC):
        from .rows_arrow import read_arrow

        check_untold(form, str(path))
        yield from read_arrow(path, schema, note)
        return
    try:
        if kind in EXCEL:
            from .tables import excel_as_csv

            form = of_workbook(form, str(path))
            yield from read_table(io.BytesIO(excel_as_csv(path, note)), str(path), schema, note, form)
            return
        with steady(path), path.open("rb") as stream:
            yield from read_table(stream, str(path), schema, note, form)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from None


def read_table(
    stream: BinaryIO, name: str, schema: Schema, note: Note, told: TextFormat | None = None
) -> Iterator[pa.Table]:
    """The columns that the network needs, some megabytes at a time: JSON if the text opens with a brace or a bracket,
    else CSV; compressed or not. `name` is what messages call the stream, `told` how it is written; `note` takes
    warnings, such as about unknown columns.

    Raises UsageError for columns that are missing and for what cannot be read, with row and column.
    """
    try:
        form = told or TextFormat()
        text = open_text(unpacked(stream, name), name, form, note)
        if text.is_json:
            check_untold(form, name)
        yield from (read_json if text.is_json else read_csv)(text, schema, note)
    except DAMAGED as error:
        raise UsageError(f"{name} cannot be read: it is a damaged compressed file ({error}).") from None


def read_written(texts: Sequence[str], schema: Schema, note: Note) -> Iterator[pa.Table]:
    """Rows written out as `column=value` pairs with commas between them, each text one row; a value with a comma
    stands with its pair in double quotes. Raises UsageError as `read_table` does."""
    records: list[Record] = []
    for text in texts:
        pairs = [pair.partition("=") for pair in _split(text)]
        if not pairs or not all(equals for _, equals, _ in pairs):
            raise UsageError(f"The row {shown(text)} cannot be read: write it as column=value,column=value.")
        names = [name.strip() for name, _, _ in pairs]
        twice = next((name for name, count in Counter(names).items() if count > 1), None)
        if twice is not None:
            raise UsageError(f"The row {shown(text)} says {shown(twice)} twice: which one is meant cannot be told.")
        records.append({name: value.strip() for name, (_, _, value) in zip(names, pairs, strict=True)})
    yield records_table(records, "--row", schema, note, all_rows=True)


def read_records(records: Sequence[Record], name: str, schema: Schema, note: Note) -> pa.Table:
    """Rows that are dicts of values by column. Raises UsageError as `read_table` does."""
    return records_table(records, name, schema, note, all_rows=False)


def _split(text: str) -> list[str]:
    """A written row's pairs; none where it is no CSV, such as with a line break outside quotes."""
    try:
        return next(csv.reader([text], skipinitialspace=True), [])
    except csv.Error:
        return []
