"""CSV and its kin as a whole table, read by Arrow."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv

from ...errors import UsageError
from ..columns import arrow
from ..columns.text_kinds import decimal_sign_of
from ..columns.values import MISSING, distinct
from .arrow_csv import read_batches, read_whole
from .headers import doubts
from .text_format import Note, OpenTable, TextFormat, long_cells, open_table, open_text, title_rows

BLOCK = 1 << 20  # bytes that Arrow parses at a time; a row must fit in one
LARGEST_BLOCK = 1 << 28
LARGE = 1 << 26  # bytes from which on a text is read in parts, so that its memory counts
PARTS = 64  # blocks that are joined
CODE = r"^\s*[-+]?0[0-9xX]"

Open = Callable[[], BinaryIO]
"""Opens a text's bytes, to be read from their beginning."""


def read_text(
    data: Path | bytes,
    name: str,
    na: Sequence[str] = (),
    texts: Collection[str] | None = (),
    *,
    told: TextFormat | None = None,
    note: Note = lambda _: None,
) -> pa.Table:
    """The table in a text file, or in its bytes, as it stands: texts as they are written, columns of plain numbers as
    such. `name` is what errors call it, `na` what stands for missing besides `MISSING` where numbers are, `texts` the
    columns to read as text, None for all of them, `told` how it is written. `note` takes what somebody should know.

    Raises UsageError for a text that is no table: the row that has more or fewer values than there are columns.
    """
    form, notes = told or TextFormat(), dict[str, None]()

    def opened() -> OpenTable:
        stream = data.open("rb") if isinstance(data, Path) else io.BytesIO(data)
        return open_table(open_text(stream, name, form, notes.setdefault))

    size = data.stat().st_size if isinstance(data, Path) else len(data)
    block = BLOCK
    while True:
        try:
            table = _read(opened, size, block, na, texts, form)
            break
        except pa.ArrowInvalid as error:
            said = str(error)
            if "straddling" not in said or block >= LARGEST_BLOCK:
                _check_quotes(opened())
                raise UsageError(_sentence(said, name, opened)) from None
            block *= 16
    for text in [*notes, *(doubts(opened().names, table, name) if form.header else ())]:
        note(text)
    return table


def _check_quotes(table: OpenTable) -> None:
    """Raise UsageError for a quote that is not closed, which makes rows look ragged or endless."""
    while table.rows.read(BLOCK):
        pass
    table.quotes.check()


def _conversion(na: Sequence[str], texts: Collection[str] = ()) -> pyarrow.csv.ConvertOptions:
    """How values are converted: plain numbers as such; with `texts`, these columns alone, as they are written."""
    return pyarrow.csv.ConvertOptions(
        null_values=[*MISSING, *na],
        strings_can_be_null=False,
        true_values=[],
        false_values=[],
        include_columns=list(texts),
        column_types={name: pa.large_string() for name in texts},
    )


def _read(
    opened: Callable[[], OpenTable],
    size: int,
    block: int,
    na: Sequence[str],
    texts: Collection[str] | None,
    form: TextFormat,
) -> pa.Table:
    found = opened()
    names = distinct(found.names)
    beginning = found.rows.read(1)
    if not beginning:
        return pa.table({name: pa.nulls(0) for name in names})
    read = pyarrow.csv.ReadOptions(block_size=block, column_names=names)
    parse = pyarrow.csv.ParseOptions(delimiter=found.separator, newlines_in_values=True)
    how = {"read_options": read, "parse_options": parse}
    table = _in_parts(opened, convert_options=_conversion(na), **how) if size > LARGE else None
    if table is None:
        whole = opened()
        table = read_whole(whole.rows, convert_options=_conversion(na), **how)
        whole.quotes.check()

    def as_texts(wanted: Collection[str], most: int | None = None) -> pa.Table:
        rows = opened().rows
        part = rows if most is None else io.BytesIO(_whole_rows(rows.read(most)))
        return read_whole(part, convert_options=_conversion(na, wanted), **how)

    again = {name: None for name in names if texts is None or name in texts}
    again |= dict.fromkeys([*_more_than_numbers(table, form), *_codes(table, opened, as_texts)])
    columns = dict(zip(names, table.columns, strict=True))
    return pa.table(columns | dict(zip(again, as_texts(again).columns, strict=True))) if again else table


def _more_than_numbers(table: pa.Table, form: TextFormat) -> list[str]:
    """Columns that are to be taken as they are written: dates and times, numbers of more digits than a number keeps,
    and, where other columns have decimal commas, those with a point, which parts thousands there."""
    fractions = [name for name in table.column_names if pa.types.is_floating(table.column(name).type)]
    found = [name for name in table.column_names if pa.types.is_temporal(table.column(name).type)]
    found += [name for name in fractions if _has_large_whole_numbers(table.column(name))]
    sign = form.decimal or (decimal_sign_of(table) if fractions else ".")
    return found + (fractions if sign == "," else [])


def _has_large_whole_numbers(column: pa.ChunkedArray) -> bool:
    values = arrow.to_numpy(column)
    known = values[np.isfinite(values)]
    return bool(len(known)) and bool((known == np.trunc(known)).all()) and bool((np.abs(known) >= 2**53).any())


def _codes(table: pa.Table, opened: Callable[[], OpenTable], as_texts: Callable[..., pa.Table]) -> list[str]:
    """Columns of whole numbers some of which begin with a zero, as codes do, or are hexadecimal. Of a large file the
    first rows tell: what is a code is one from the beginning."""
    whole = [name for name in dict.fromkeys(table.column_names) if pa.types.is_integer(table.column(name).type)]
    if not whole or not re.search(rb"0[0-9xX]", opened().rows.read(LARGE)):
        return []
    written = as_texts(whole, LARGE)
    matching = arrow.compute().match_substring_regex
    return [name for name in whole if arrow.compute().any(matching(written.column(name), CODE)).as_py()]


def _whole_rows(part: bytes) -> bytes:
    """A part without the row that it cuts off."""
    return part[: part.rfind(b"\n") + 1] if len(part) == LARGE else part


def _in_parts(opened: Callable[[], OpenTable], **options: Any) -> pa.Table | None:
    """The same table read part by part, each moved into memory of its size: what Arrow reads at once lies in three
    times that. None where a later row is of another kind than the first ones, or wrong: only the whole tells what it
    is."""
    parts: list[pa.RecordBatch] = []
    whole: list[pa.RecordBatch] = []
    found = opened()
    try:
        for part in read_batches(found.rows, **options):
            parts.append(part)
            if len(parts) == PARTS:
                whole += pa.Table.from_batches(parts).combine_chunks().to_batches()
                parts.clear()
    except pa.ArrowInvalid:
        return None
    found.quotes.check()
    return pa.Table.from_batches([*whole, *parts])


def _sentence(said: str, name: str, opened: Callable[[], OpenTable]) -> str:
    """Arrow's complaint in nnlab's words, where it is a known one."""
    odd = _ragged(opened()) if re.search(r"Expected \d+ columns, got \d+", said) else None
    if odd is None:
        return f"{name} cannot be read as CSV: {(said.splitlines() or ['unknown'])[0][:300].rstrip('.')}."
    row, got, table = odd
    width, shown = len(table.names), "tab" if table.separator == "\t" else table.separator
    titles = title_rows(table)
    nameless = "; if the header lacks the name of a column, add it" if got == width + 1 else ""
    return (
        f"{name} has {got} value{'s' * (got != 1)} in row {row}, where its header names {width} "
        f"column{'s' * (width != 1)} (the separator is {shown!r}{nameless}"
        + (
            f"; if the first {'line is a title' if titles == 1 else f'{titles} lines are titles'}, "
            f"use --skip-rows {titles})."
            if titles
            else ")."
        )
    )


def _ragged(table: OpenTable) -> tuple[int, int, OpenTable] | None:
    """The first row with more or fewer values than the header: its number, its values, the table."""
    with long_cells(), io.TextIOWrapper(table.rows, "utf-8", errors="replace", newline="") as text:
        try:
            for row, values in enumerate(csv.reader(text, delimiter=table.separator), 1):
                if values and len(values) != len(table.names):
                    return row, len(values), table
        except csv.Error:
            return None
    return None
