"""CSV and its kin: encoding and separator guessed from the beginning, the rest read by Arrow."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from ..errors import UsageError
from . import arrow
from .files import opened
from .text_kinds import decimal_sign_of
from .values import MISSING, distinct

SAMPLE = 1 << 16  # bytes that are looked at to guess encoding and separator
LINES = 50  # lines that vote on the separator
SEPARATORS = ",;\t|"
BLOCK = 1 << 20  # bytes that Arrow parses at a time; a row must fit in one
LARGEST_BLOCK = 1 << 28
LARGE = 1 << 26  # bytes from which on a text is read in parts, so that its memory counts
PARTS = 64  # blocks that are joined
CODE = r"^\s*[-+]?0[0-9xX]"
LONGEST_CELL = 2**31 - 1
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_text(data: Path | bytes, name: str, na: Sequence[str] = (), texts: Collection[str] | None = ()) -> pa.Table:
    """The table in a text file, or in its bytes, as it stands: texts as they are written, columns of plain numbers as
    such. `name` is what errors call it, `na` what stands for missing besides `MISSING` where numbers are, `texts` the
    columns to read as text, None for all of them.

    Raises UsageError for a text that is no table: the row that has more or fewer values than there are columns.
    """
    with _beginning(data) as file:
        beginning, size = file.read(SAMPLE), file.size()
    encoding = guess_encoding(beginning)
    head = beginning.decode(encoding, errors="replace").lstrip("\ufeff")
    if not head.strip():
        raise UsageError(f"{name} is empty.")
    if "\0" in head:
        raise UsageError(f"{name} is no text: nnlab reads CSV, TSV, JSON, Parquet, Feather and Excel files.")
    separator = guess_separator(head)
    block = BLOCK
    while True:
        try:
            return _read(data, size, encoding, separator, block, na, texts)
        except (pa.ArrowInvalid, UnicodeDecodeError) as error:
            said = str(error)
            if "straddling" in said and block < LARGEST_BLOCK:
                block *= 16
            elif encoding == "utf-8" and ("UTF8" in said or isinstance(error, UnicodeDecodeError)):
                encoding = "cp1252"
            elif encoding == "cp1252" and isinstance(error, UnicodeDecodeError):
                encoding = "latin-1"
            else:
                raise UsageError(_sentence(said, name, separator, data, encoding)) from None


def _beginning(data: Path | bytes) -> pa.NativeFile:
    """The text, to be read from its beginning."""
    return opened(data) if isinstance(data, Path) else pa.BufferReader(data)


def guess_encoding(head: bytes) -> str:
    """utf-8, or utf-16 by its mark or by the zeros that Latin letters leave in it."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    if len(head) >= 4 and head[1::2].count(0) > len(head) // 3:
        return "utf-16-le"
    if len(head) >= 4 and head[0::2].count(0) > len(head) // 3:
        return "utf-16-be"
    return "utf-8"


@contextmanager
def long_cells() -> Generator[None]:
    """Have Python's csv module take texts of any length meanwhile, as Arrow does: under a separator that it does not
    have, a whole header is one."""
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def guess_separator(head: str) -> str:
    """The separator by which most of the first lines have equally many values, the more values the better."""
    lines = io.StringIO(head.replace("\r\n", "\n").replace("\r", "\n")).readlines()
    if len(lines) > 1 and len(head) >= SAMPLE // 4:
        lines = lines[:-1]  # it may be cut off

    def votes(separator: str) -> tuple[float, int]:
        try:
            rows = csv.reader(lines[:LINES], delimiter=separator, skipinitialspace=True)
            widths = Counter(len(row) for row in rows if row)
        except csv.Error:
            return 0.0, 0
        width, agreeing = widths.most_common(1)[0] if widths else (1, 0)
        return (agreeing / widths.total(), width) if width > 1 else (0.0, 1)

    return max(SEPARATORS, key=votes)


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
    data: Path | bytes,
    size: int,
    encoding: str,
    separator: str,
    block: int,
    na: Sequence[str],
    texts: Collection[str] | None,
) -> pa.Table:
    read = pyarrow.csv.ReadOptions(encoding=encoding, block_size=block)
    parse = pyarrow.csv.ParseOptions(delimiter=separator, newlines_in_values=True)
    table = _in_parts(data, read, parse, _conversion(na)) if size > LARGE else None
    if table is None:
        with _beginning(data) as file:
            table = pyarrow.csv.read_csv(file, read, parse, _conversion(na))
    if any(pa.types.is_binary(field.type) for field in table.schema if field.name):
        raise pa.ArrowInvalid("invalid UTF8 data")

    def as_texts(names: Collection[str], part: Path | bytes = data) -> pa.Table:
        with _beginning(part) as file:
            return pyarrow.csv.read_csv(file, read, parse, _conversion(na, names))

    names = distinct([name.strip() for name in table.column_names])
    table = table.rename_columns(names)
    read.column_names, read.skip_rows_after_names = names, 1
    again = {name: None for name in names if texts is None or name in texts}
    again |= dict.fromkeys([*_more_than_numbers(table), *_codes(table, data, as_texts)])
    written = as_texts(again) if again else table
    for name in again:
        table = table.set_column(names.index(name), name, written.column(name))
    return table


def _more_than_numbers(table: pa.Table) -> list[str]:
    """Columns that are to be taken as they are written: dates and times, numbers of more digits than a number keeps,
    and, where other columns have decimal commas, those with a point, which parts thousands there."""
    fractions = [name for name in table.column_names if pa.types.is_floating(table.column(name).type)]
    found = [name for name in table.column_names if pa.types.is_temporal(table.column(name).type)]
    found += [name for name in fractions if _has_large_whole_numbers(table.column(name))]
    return found + (fractions if fractions and decimal_sign_of(table) == "," else [])


def _has_large_whole_numbers(column: pa.ChunkedArray) -> bool:
    values = arrow.to_numpy(column)
    known = values[np.isfinite(values)]
    return bool(len(known)) and bool((known == np.trunc(known)).all()) and bool((np.abs(known) >= 2**53).any())


def _codes(table: pa.Table, data: Path | bytes, as_texts: Callable[..., pa.Table]) -> list[str]:
    """Columns of whole numbers some of which begin with a zero, as codes do, or are hexadecimal. Of a large file the
    first rows tell: what is a code is one from the beginning."""
    whole = [name for name in dict.fromkeys(table.column_names) if pa.types.is_integer(table.column(name).type)]
    if not whole:
        return []
    with _beginning(data) as file:
        part = file.read(LARGE)
        part = part[: part.rfind(b"\n") + 1] if file.size() > LARGE else part
    if not re.search(rb"0\x00?[0-9xX]", part):
        return []
    written = as_texts(whole, part)
    matching = arrow.compute().match_substring_regex
    return [name for name in whole if arrow.compute().any(matching(written.column(name), CODE)).as_py()]


def _in_parts(
    data: Path | bytes,
    read: pyarrow.csv.ReadOptions,
    parse: pyarrow.csv.ParseOptions,
    convert: pyarrow.csv.ConvertOptions,
) -> pa.Table | None:
    """The same table read part by part, each moved into memory of its size: what Arrow reads at once lies in three
    times that. None where a later row is of another kind than the first ones, or wrong: only the whole tells what it
    is."""
    parts: list[pa.RecordBatch] = []
    whole: list[pa.RecordBatch] = []
    try:
        with _beginning(data) as file, pyarrow.csv.open_csv(file, read, parse, convert) as reader:
            for part in reader:
                parts.append(part)
                if len(parts) == PARTS:
                    whole += pa.Table.from_batches(parts).combine_chunks().to_batches()
                    parts.clear()
            return pa.Table.from_batches([*whole, *parts], reader.schema)
    except pa.ArrowInvalid:
        return None


def _sentence(said: str, name: str, separator: str, data: Path | bytes, encoding: str) -> str:
    """Arrow's complaint in nnlab's words, where it is a known one."""
    odd = _ragged(data, encoding, separator) if re.search(r"Expected \d+ columns, got \d+", said) else None
    if odd is None:
        return f"{name} cannot be read as CSV: {(said.splitlines() or ['unknown'])[0][:300].rstrip('.')}."
    row, got, width = odd
    shown = "tab" if separator == "\t" else separator
    return (
        f"{name} has {got} value{'s' * (got != 1)} in row {row}, where its header names {width} "
        f"column{'s' * (width != 1)} (the separator is {shown!r})."
    )


def _ragged(data: Path | bytes, encoding: str, separator: str) -> tuple[int, int, int] | None:
    """The first row with more or fewer values than the header: its number, its values, the header's."""
    width = 0
    file = data.open("rb") if isinstance(data, Path) else io.BytesIO(data)
    with long_cells(), io.TextIOWrapper(file, encoding, errors="replace", newline="") as text:
        try:
            for row, values in enumerate(csv.reader(text, delimiter=separator)):
                width = width or len(values)
                if values and len(values) != width:
                    return row, len(values), width
        except csv.Error:
            return None
    return None
