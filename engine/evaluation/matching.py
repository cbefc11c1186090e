"""Columns of rows to predict, matched with those that the network needs, and their values as it reads them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from ..data import arrow
from ..data.columns import Column
from ..data.derived import Source
from ..data.schema import Schema
from ..data.tables import distinct
from ..data.values import MISSING, Decimal, is_number, is_text, number_texts, trimmed
from ..errors import UsageError, nearest, shown

Note = Callable[[str], None]

SHOWN = 5  # names of columns in a sentence
TRUTHS = {"true", "false"}


def named(raw: Sequence[str], source: str, schema: Schema) -> list[str]:
    """A source's columns by the names that training gives them: trimmed, and told apart where two are called alike.

    Raises UsageError where two are called like one that the network needs, and it knows of but one.
    """
    raw = [name.strip() for name in raw]
    names, needed = distinct(raw), set(schema.inputs)
    for name, own in zip(raw, names, strict=True):
        if own != name and name in needed and own not in needed:
            count = raw.count(name)
            raise UsageError(f"{source} has {count} columns named {name!r}: which one is meant cannot be told.")
    return names


def match_columns(found: Sequence[str], source: str, schema: Schema, note: Note) -> None:
    """Refuse missing columns by name, with the nearest one there is; note unknown ones, the target not counted."""
    needed = dict.fromkeys(schema.inputs)
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
    listed = ", ".join(shown(name) for name in names[:SHOWN])
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"column{'s' if len(names) > 1 else ''} {listed}{more}"


def number_readers(schema: Schema) -> dict[str, Column | Source]:
    """The columns of numbers among those that a row must have."""
    return {name: reader for name, reader in schema.readers.items() if hasattr(reader, "decimal")}


def missing_texts(schema: Schema) -> list[str]:
    """What means that there is no value, as far as no category is called so."""
    categories = {text for column in schema.columns for text in getattr(column, "categories", ())}
    return [text for text in (*MISSING, *schema.na) if text not in categories]


def no_number(source: str, row: int, column: str, value: object) -> UsageError:
    """The error for a value in a column of numbers."""
    told = shown(value if isinstance(value, int) else str(value))
    return UsageError(f"{source}, row {row}: the column {column!r} is {told}, which is no number.")


def settled(table: pa.Table, source: str, schema: Schema, sign: Decimal | None, first_row: int) -> pa.Table:
    """The columns that the network needs, texts trimmed, missing ones null, and those of numbers read, however they
    came; `sign` is the source's decimal sign where it is known. UsageError for a text that is no number, by its row."""
    missing, numbers = missing_texts(schema), number_readers(schema)
    columns: dict[str, pa.ChunkedArray] = {}
    for name, reader in schema.readers.items():
        column = table.column(name)
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if not _is_read(column.type):
            told = shown(str(column.type))[1:-1]
            raise UsageError(f"{source}: the column {name!r} holds {told} values, which are no number or text.")
        if is_text(column.type):
            column = trimmed(column, missing)
            if name in numbers:
                column = _numbers(column, source, numbers[name], sign, first_row)
            elif getattr(reader, "whole", False) and sign == ",":
                column = number_texts(column, sign).cast(pa.float64())
            elif set(getattr(reader, "categories", ())) & TRUTHS:
                column = _truths(column)
        columns[name] = column
    return pa.table(columns)


def _is_read(kind: pa.DataType) -> bool:
    """Whether a column of this type holds what a network can be told: numbers, texts, truths, dates, or nothing."""
    known = (pa.types.is_boolean, pa.types.is_date, pa.types.is_timestamp, pa.types.is_time, pa.types.is_null)
    return is_number(kind) or is_text(kind) or any(test(kind) for test in known)


def _numbers(
    texts: pa.ChunkedArray, source: str, reader: Column | Source, sign: Decimal | None, first_row: int
) -> pa.ChunkedArray:
    """Texts as float64: plain ones for a column that the network learnt as numbers, else as they were read then."""
    own: Decimal = getattr(reader, "decimal", ".")
    sign = sign or own
    if reader.numeric:
        plain = texts if sign == "." else arrow.compute().replace_substring(texts, ",", ".")
        try:
            return plain.cast(pa.float64())
        except pa.ArrowInvalid:
            pass  # the sentence names the row
    found = number_texts(texts, sign)
    wrong = np.flatnonzero(arrow.missing(found) & ~arrow.missing(texts))
    if len(wrong) and not getattr(reader, "lenient", False):
        raise no_number(source, first_row + int(wrong[0]), reader.name, texts[int(wrong[0])].as_py())
    return found.cast(pa.float64())


def _truths(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts of which True and TRUE are written as Arrow writes them."""
    pc = arrow.compute()
    lower = pc.utf8_lower(texts)
    return pc.if_else(pc.is_in(lower, value_set=arrow.strings(sorted(TRUTHS)).cast(pa.large_string())), lower, texts)
