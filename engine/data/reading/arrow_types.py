"""Arrow's types, as files, data frames and other programs bring them: which are read, and as what.

One table says it of each of them. What nothing is learnt from stays in the table and is left out with a word; what
cannot be kept in a table at all is refused by the name of its column.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Literal

import pyarrow as pa

from ..columns.arrow import compute, whole

Use = Literal["number", "boolean", "text", "date", "clock", "empty", "left out", "stored", "refused"]

_NAMES: Mapping[Use, str] = {
    "number": "INT8 INT16 INT32 INT64 UINT8 UINT16 UINT32 UINT64 HALF_FLOAT FLOAT DOUBLE "
    "DECIMAL32 DECIMAL64 DECIMAL128 DECIMAL256",
    "boolean": "BOOL",
    "text": "STRING LARGE_STRING STRING_VIEW",
    "date": "DATE32 DATE64 TIMESTAMP",
    "clock": "TIME32 TIME64 DURATION",
    "empty": "NA",
    "left out": "BINARY LARGE_BINARY FIXED_SIZE_BINARY BINARY_VIEW "
    "LIST LARGE_LIST FIXED_SIZE_LIST LIST_VIEW LARGE_LIST_VIEW MAP STRUCT",
    "stored": "EXTENSION DICTIONARY RUN_END_ENCODED",  # as what is in them
    "refused": "INTERVAL_MONTHS INTERVAL_DAY_TIME INTERVAL_MONTH_DAY_NANO DENSE_UNION SPARSE_UNION",
}
_EXTENSION = 31  # the one identifier that pyarrow gives no name
_IDENTIFIERS: Mapping[str, int] = {"EXTENSION": _EXTENSION} | {
    name.removeprefix("Type_"): number
    for name, number in vars(import_module("pyarrow.lib")).items()
    if name.startswith("Type_")
}
USES: Mapping[int, Use] = {
    _IDENTIFIERS[name]: use for use, names in _NAMES.items() for name in names.split() if name in _IDENTIFIERS
}

EARLIEST, LATEST = -62_135_596_800, 253_402_300_799  # seconds from 1970 to the years 1 and 9999
PLAIN_CATEGORIES = (pa.string(), pa.large_string(), pa.int64(), pa.float64(), pa.bool_())


def use_of(kind: pa.DataType) -> Use:
    """What columns of this type are read as; a type that nnlab has never heard of is refused."""
    return USES.get(kind.id, "refused")


def check_type(kind: pa.DataType, name: str) -> None:
    """Raise ValueError, naming the column, for a type that no table can be made of, however deep it lies."""
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    if use_of(kind) == "refused":
        raise ValueError(f"the column {name[:100]!r} holds {kind} values, which are not read: leave it out")
    inner = [kind.field(place).type for place in range(kind.num_fields)]
    for one in [kind.value_type] if pa.types.is_dictionary(kind) else inner:
        check_type(one, name)


def settled(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """The column without the types that only store others, in those that the rest of nnlab knows.

    Raises ValueError for types that are not read, for dates that Python has none for, and for durations beyond 292,000
    years.
    """
    kind = column.type
    check_type(kind, name)
    if isinstance(kind, pa.BaseExtensionType):
        return settled(pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type), name)
    if pa.types.is_run_end_encoded(kind):
        return settled(compute().run_end_decode(column), name)
    if pa.types.is_dictionary(kind):
        return column if kind.value_type in PLAIN_CATEGORIES else _decoded(column, name)
    if pa.types.is_string_view(kind):
        return column.cast(pa.large_string())
    if pa.types.is_binary_view(kind):
        return column.cast(pa.large_binary())
    if pa.types.is_duration(kind) and kind.unit in ("s", "ms"):
        return column.cast(pa.duration("us"))
    return _dated(column, name) if use_of(kind) == "date" else column


def _decoded(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """Each row's value in place of its number among the different ones."""
    known = [settled(pa.chunked_array([chunk.dictionary]), name) for chunk in column.chunks]
    parts = [whole(values).take(chunk.indices) for values, chunk in zip(known, column.chunks, strict=True)]
    return pa.chunked_array(parts, settled(pa.chunked_array([], column.type.value_type), name).type)


def _dated(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """Dates of the years 1 to 9999, in a time zone that there is, or in none."""
    ends = compute().min_max(column.cast(pa.timestamp("s"), safe=False))
    for end in (ends["min"], ends["max"]):
        if end.is_valid and not EARLIEST <= end.value <= LATEST:
            raise ValueError(f"the column {name[:100]!r} holds a date beyond the years 1 to 9999: leave it out")
    try:
        pa.scalar(0, column.type).as_py()
    except (ValueError, LookupError):
        return column.cast(pa.timestamp(column.type.unit))
    return column
