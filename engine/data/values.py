"""Values of columns in bulk: texts as numbers and dates, categories as text and as codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pyarrow as pa

from ..errors import UsageError
from . import arrow

Decimal = Literal[".", ","]
MISSING = (
    *("", "?", "-", "--", "NA", "N/A", "n/a", "na", "#N/A", "#NA", "<NA>", "NULL", "Null", "null", "None"),
    *("NaN", "nan", "-NaN", "-nan", "#NULL!", "#DIV/0!", "#VALUE!"),
)
DATE_FORMATS = (
    *("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d", "%d.%m.%Y"),
    *("%d.%m.%Y %H:%M", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M", "%d %b %Y", "%b %d, %Y"),
)
_STYLES: dict[Decimal, tuple[str, str]] = {".": (r"\.", ", '\u00a0\u202f"), ",": (",", ". '\u00a0\u202f")}


def is_number(kind: pa.DataType) -> bool:
    """Whether a column of this type holds numbers."""
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of this type holds texts."""
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def distinct(names: list[str]) -> list[str]:
    """The names, of which nameless columns get their place as one; a name that comes again gets a number."""
    names, seen = list(names), set[str]()
    for place, name in enumerate(names):
        name = name or f"column {place + 1}"
        again, count = name, 2
        while again in seen or (count > 2 and again in names):
            again, count = f"{name}_{count}", count + 1
        seen.add(again)
        names[place] = again
    return names


def categories_of(column: pa.ChunkedArray) -> list[str]:
    """The categories that occur, as text: numbers in their order, true and false, other texts by the alphabet."""
    values = column.unique().drop_null()
    texts = as_text(pa.chunked_array([values.dictionary_decode() if pa.types.is_dictionary(values.type) else values]))
    return in_order(texts.unique().to_pylist())


def in_order(categories: list[str]) -> list[str]:
    """Categories as they are listed: by size where all are numbers, else by the alphabet."""
    try:
        return sorted(categories, key=lambda text: (float(text), text))
    except ValueError:
        return sorted(categories)


def category_codes(column: pa.ChunkedArray, categories: list[str]) -> np.ndarray:
    """The index of each value's text among the categories, int64; -1 for a missing or unknown one."""
    if pa.types.is_dictionary(column.type):
        encoded = arrow.whole(column)
        places = {name: place for place, name in reversed(list(enumerate(categories)))}
        names = (
            encoded.dictionary if pa.types.is_string(column.type.value_type) else encoded.dictionary.cast(pa.string())
        )
        codes = np.array([*(places.get(name, -1) for name in names.to_pylist()), -1])  # the last is for missing ones
        indices = encoded.indices.cast(pa.int64()) if encoded.null_count else encoded.indices
        return codes[arrow.to_numpy(indices, fill=-1)]
    codes = arrow.compute().index_in(as_text(column), value_set=arrow.strings(categories))
    return arrow.to_numpy(codes, fill=-1).astype(np.int64)


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Categories as text; whole numbers are written without a point, however they were read."""
    if pa.types.is_floating(column.type):
        known = arrow.to_numpy(column.cast(pa.float64()).drop_null())
        known = known[~np.isnan(known)]
        if (known == np.trunc(known)).all() and (np.abs(known) < 2**53).all():
            column = column.cast(pa.int64(), safe=False)
    return column.cast(pa.string())


def numbers(
    column: pa.ChunkedArray, name: str, fill: float | None, decimal: Decimal = ".", *, lenient: bool = False
) -> np.ndarray:
    """The column as float64, missing values filled; with `fill` None they are an error. Text that reads as a number is
    one, written with `decimal`; `lenient` takes other text for missing. UsageError with the row of a value that is
    none."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = _parse(column, name, decimal, lenient)
    try:
        values = arrow.to_numpy(column.cast(pa.float64(), safe=False))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise UsageError(f"The column {name!r} holds {column.type} values, which are no numbers.") from None
    if not np.isnan(values).any():
        return values
    if fill is None:
        raise UsageError(f"The column {name!r} has missing values in rows where a number is needed.")
    return np.where(np.isnan(values), fill, values)


def _parse(column: pa.ChunkedArray, name: str, decimal: Decimal, lenient: bool) -> pa.ChunkedArray:
    trimmed = clean_column(column)
    if decimal == ".":
        try:
            return trimmed.cast(pa.float64())
        except pa.ArrowInvalid:
            pass  # thousands, per cent signs, or no numbers at all
    plain = number_texts(trimmed, decimal)
    wrong = np.flatnonzero(arrow.missing(plain) & ~arrow.missing(trimmed))
    if len(wrong) and not lenient:
        value = trimmed[int(wrong[0])].as_py()
        raise UsageError(f"Row {wrong[0] + 1} of the column {name!r} is {value!r}, which is no number.")
    return plain.cast(pa.float64())


def number_texts(column: pa.ChunkedArray, decimal: Decimal = ".") -> pa.ChunkedArray:
    """Texts such as `1,234.5`, `12 %` or `$3` as plain `1234.5`, `12`, `3`; null where they are no numbers.

    `decimal` is the sign between whole and fraction; the other one may stand between thousands.
    """
    pc = arrow.compute()
    point, groups = _STYLES[decimal]
    money = "[$€£]?"
    shape = rf"^[-+]?{money}\s?([1-9]\d{{0,2}}([{groups}]\d{{3}})+|\d+)?({point}\d*)?([eE][-+]?\d+)?\s?[%€$£]?$"
    texts = pc.utf8_trim_whitespace(column.cast(pa.large_string()))
    fits = pc.and_(pc.match_substring_regex(texts, shape), pc.match_substring_regex(texts, r"^\D*\d"))
    plain = pc.replace_substring_regex(texts, r"[^0-9eE+\-.]" if decimal == "." else r"[^0-9eE+\-,]", "")
    plain = plain if decimal == "." else pc.replace_substring(plain, ",", ".")
    return pc.if_else(fits, plain, arrow.null(pa.large_string()))


def as_dates(
    column: pa.ChunkedArray, style: str | None = None, counts: np.ndarray | None = None
) -> tuple[pa.ChunkedArray, str]:
    """Texts or dates as timestamps in seconds, null where they are none, and the format they were read by: `style`, or
    the one of `DATE_FORMATS` that reads the most, each text counted as often as `counts` says."""
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        wide = column.cast(pa.int64()) if pa.types.is_integer(column.type) else column
        return wide.cast(pa.timestamp("s"), safe=False), ""
    styles = [style] if style else DATE_FORMATS
    strptime = arrow.compute().strptime
    read = [(strptime(column, format=form, unit="s", error_is_null=True), form) for form in styles]
    if counts is None:
        return min(read, key=lambda parsed: parsed[0].null_count)
    return min(read, key=lambda parsed: int(counts[arrow.missing(parsed[0])].sum()))


def clean_column(column: pa.ChunkedArray, na: Sequence[str] = ()) -> pa.ChunkedArray:
    """The column with trimmed texts, and null for `MISSING` texts and the values in `na`, be they texts or numbers."""
    pc, kind = arrow.compute(), column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if is_text(kind):
        return trimmed(column, [*MISSING, *na])
    codes = [value for value in map(_number, na) if value is not None]
    if codes and (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        for code in codes:
            column = pc.if_else(pc.equal(column, code), arrow.null(kind), column)
    return column


def trimmed(column: pa.ChunkedArray, missing: Sequence[str]) -> pa.ChunkedArray:
    """Texts without white space around them, null for those that mean missing."""
    pc = arrow.compute()
    texts = pc.utf8_trim_whitespace(column.cast(pa.large_string()))
    absent = pc.is_in(texts, value_set=arrow.strings(missing).cast(pa.large_string()))
    return pc.if_else(absent, arrow.null(pa.large_string()), texts)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
