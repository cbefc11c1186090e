"""Values of columns in bulk: which types they have, what means missing, categories as text and as codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pyarrow as pa

from . import arrow

Decimal = Literal[".", ","]
MISSING = (
    *("", "?", "-", "--", "NA", "N/A", "n/a", "na", "#N/A", "#NA", "<NA>", "NULL", "Null", "null", "None"),
    *("NaN", "nan", "-NaN", "-nan", "#NULL!", "#DIV/0!", "#VALUE!"),
)


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


def frequent(column: pa.ChunkedArray, most: int) -> list[str]:
    """The most frequent values as text, the most frequent one first; equally frequent ones by the alphabet."""
    texts = as_text(column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column)
    found = texts.drop_null().value_counts()
    names: list[str] = found.field("values").to_pylist()
    counts: list[int] = found.field("counts").to_pylist()
    ordered = sorted(zip(names, counts, strict=True), key=lambda one: (-one[1], one[0]))
    return [name for name, _ in ordered[:most]]


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


def trimmed(column: pa.ChunkedArray, missing: Sequence[str]) -> pa.ChunkedArray:
    """Texts without white space around them, null for those that mean missing."""
    pc = arrow.compute()
    texts = pc.utf8_trim_whitespace(column.cast(pa.large_string()))
    absent = pc.is_in(texts, value_set=arrow.strings(missing).cast(pa.large_string()))
    return pc.if_else(absent, arrow.null(pa.large_string()), texts)
