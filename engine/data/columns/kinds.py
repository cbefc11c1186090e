"""What each column of a table is, and why: number, category, boolean, date, text, identifier or constant.

Judged on all rows, in bulk; what a column is decides only whether and how a network sees it, and `--kind` overrules it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from ...config import KindName
from ...errors import UsageError, number_of, unknown
from ..reading.dates import learn_order, unit_of
from ..reading.readings import (
    BooleanReading,
    CategoryReading,
    DateReading,
    NumberReading,
    as_written,
    is_bytes,
    plain_values,
)
from . import arrow
from .column_kind import DISTINCT, FEW_ROWS, LONG, ColumnKind, counts_of, lenient
from .doubts import alike_notes, unit_notes
from .text_kinds import (
    all_truths,
    check_length,
    clock_reading,
    decimal_sign_of,
    judge_texts,
    number_reading,
    share_of_clocks,
    share_of_numbers,
)
from .values import MISSING, Decimal, is_number, is_text

MANY = 10_000  # distinct values from which those of a column of more than `LONG` rows are estimated
CODES = 50  # distinct whole numbers up to which a name such as `zip` makes them categories
TOLD = "as you said"
_IDENTIFIER = re.compile(
    r"(^|[\W_])(id|ids|uuid|guid|key|index|idx)$|^(unnamed|column \d+)|(?<=[a-z])I[dD]$", re.IGNORECASE
)
_CODE = re.compile(
    r"(^|[\W_])(code|zip|zipcode|plz|postcode|postal|type|category|class|group|cluster)($|[\W_])", re.IGNORECASE
)


def judge(
    table: pa.Table,
    told: Mapping[str, KindName],
    na: Sequence[str] = (),
    keep: Collection[str] = (),
    decimal: Decimal | None = None,
) -> dict[str, ColumnKind]:
    """The kind of every column; `told` are those that the user decides, `na` the values that mean missing besides the
    usual ones, `keep` the columns in which the usual ones are values, `decimal` the sign between whole and fraction.
    UsageError for a name that is no column."""
    names = dict.fromkeys(table.column_names)
    unheard = next((name for name in [*told, *keep] if name not in names), None)
    if unheard is not None:
        raise unknown("column", unheard, names)
    usual = [*MISSING, *na] if na else None
    sign = decimal or decimal_sign_of(table)
    return {
        name: judge_column(column, name, told.get(name), missing=["", *na] if name in keep else usual, sign=sign)
        for name, column in zip(table.column_names, table.columns, strict=True)
    }


def judge_column(
    column: pa.ChunkedArray,
    name: str,
    told: KindName | None = None,
    *,
    missing: list[str] | None = None,
    sign: Decimal = ".",
) -> ColumnKind:
    """The kind of one column; `missing` are the texts that mean missing, where not the usual ones, `sign` is the
    decimal sign of its file."""
    plain = CategoryReading(name=name, missing=missing)
    if pa.types.is_nested(column.type) or is_bytes(column.type):
        why = f"holds {column.type} values, which nnlab does not learn from"
        gone = int(column.null_count)
        return ColumnKind(name, "text" if gone < len(column) else "constant", why, gone, len(column) - gone, plain)
    opened = plain_values(column, missing, sign)
    lacking = arrow.missing(opened)
    known = opened.drop_null() if not pa.types.is_floating(opened.type) else opened.filter(arrow.mask(~lacking))
    kind = opened.type
    whole, truths = is_number(kind), pa.types.is_boolean(kind)
    counted = ColumnKind(
        name,
        "constant",
        "every value is missing",
        int(lacking.sum()),
        _distinct(known),
        NumberReading(name=name, missing=missing, decimal=sign if pa.types.is_integer(kind) else ".")
        if whole
        else CategoryReading(name=name, missing=missing, truths=truths),
        counts_of(column, lacking) if is_text(kind) else {},
        first=known[0].as_py() if len(known) else None,
        whole=whole and _are_whole(arrow.to_numpy(known.cast(pa.float64(), safe=False))),
    )
    found = _judge(known, counted, sign)
    judged = found if told is None or told == found.kind else _told(known, counted, found, told, sign)
    if judged.kind not in ("category", "boolean"):
        return judged
    merged = judged.kind == "boolean" or getattr(judged.reading, "truths", False)
    return replace(judged, doubts=alike_notes(column, name, missing, merged=merged))


def _told(known: pa.ChunkedArray, counted: ColumnKind, found: ColumnKind, told: KindName, sign: Decimal) -> ColumnKind:
    """The kind that the user decides, and the reading that serves it best."""
    kind = replace(found, kind=told, why=TOLD, odd={}, doubts=())
    common: dict[str, Any] = {"name": found.name, "missing": found.reading.missing}
    if told == "number":
        if found.kind == "boolean" or pa.types.is_boolean(known.type):
            return replace(kind, reading=NumberReading(**common, truths=True))
        if is_number(known.type):
            return replace(kind, reading=counted.reading)
        if is_text(known.type):
            clock = share_of_clocks(known.cast(pa.large_string()), np.ones(len(known), dtype=np.int64))
            share, decimal = share_of_numbers(known, np.ones(len(known), dtype=np.int64), sign)
            reading = NumberReading(**common, clock=True) if clock > share else number_reading(known, decimal, common)
            doubts = unit_notes(known, np.ones(len(known), dtype=np.int64), found.name)
            return lenient(replace(kind, reading=reading, doubts=doubts), known)
        return replace(kind, reading=NumberReading(**common, clock=True))
    if told == "date":
        if is_number(known.type):
            return replace(kind, reading=DateReading(**common, unit=_unit(known, found.name)))
        order, _ = learn_order(known, np.ones(len(known), dtype=np.int64)) if is_text(known.type) else ("", True)
        return lenient(replace(kind, reading=DateReading(**common, order=order)), known)
    if told == "boolean":
        return replace(kind, reading=_two_words(known, found))
    texts = as_written(known)
    check_length(texts, found.name)
    truths = pa.types.is_boolean(known.type) or all_truths(texts)
    return replace(kind, reading=CategoryReading(**common, whole=is_number(known.type), truths=truths))


def _unit(known: pa.ChunkedArray, name: str) -> Any:
    values = arrow.to_numpy(known.cast(pa.float64(), safe=False))
    unit = unit_of(values)
    if len(values) and not unit:
        raise UsageError(
            f"The column {name!r} holds numbers such as {values[0]:g}, which are not dates: seconds, milliseconds, "
            "microseconds or nanoseconds since 1970, days as Excel counts them, or numbers such as 20220420 are."
        )
    return unit


def _two_words(known: pa.ChunkedArray, found: ColumnKind) -> BooleanReading:
    """Which of two values is yes: as everybody has it, else the later one in the alphabet."""
    usual = BooleanReading(name=found.name, missing=found.reading.missing, counted=is_number(known.type))
    if not len(known) or not usual.read(known).odd.any():
        return usual
    words = sorted({text.lower() for text in as_written(known).unique().to_pylist()[:LONG]})
    if len(words) != 2:
        raise UsageError(
            f"The column {found.name!r} has {number_of(len(words), 'different value')}, and yes and no are two: "
            f"leave out --kind {found.name!r}=boolean."
        )
    return usual.model_copy(update={"no": [words[0]], "yes": [words[1]]})


def _distinct(known: pa.ChunkedArray) -> int:
    """How many different values there are; of a long column that begins with very many, at least so many."""
    if not len(known):
        return 0
    count_distinct = arrow.compute().count_distinct
    first = int(count_distinct(known.slice(0, LONG)).as_py())
    if len(known) <= LONG:
        return first
    settled = pa.types.is_floating(known.type) or first < DISTINCT * LONG
    return first if first > MANY and settled else int(count_distinct(known).as_py())


def _judge(known: pa.ChunkedArray, counted: ColumnKind, sign: Decimal) -> ColumnKind:
    kind = known.type
    common: dict[str, Any] = {"name": counted.name, "missing": counted.reading.missing}
    if not len(known):
        return counted
    if counted.unique == 1 and not counted.missing:
        return replace(counted, kind="constant", why=f"every value is {_shown(known[0].as_py())}")
    if pa.types.is_boolean(kind):
        return replace(counted, kind="boolean", why="true and false", reading=BooleanReading(**common))
    if pa.types.is_time(kind) or pa.types.is_duration(kind):
        what = "times of day" if pa.types.is_time(kind) else "durations"
        return replace(counted, kind="number", why=f"{what}, in seconds", reading=clock_reading(common))
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return replace(counted, kind="date", why=f"{kind} values", reading=DateReading(**common))
    if is_number(kind):
        return _judge_numbers(known, counted)
    if is_text(kind):
        return judge_texts(known.cast(pa.large_string()), counted, sign)
    return replace(counted, kind="text", why=f"holds {kind} values, which nnlab does not learn from")


def _judge_numbers(known: pa.ChunkedArray, counted: ColumnKind) -> ColumnKind:
    values = arrow.to_numpy(known if not pa.types.is_decimal(known.type) else known.cast(pa.float64()))
    if not counted.whole:
        return replace(counted, kind="number", why="numbers with fractions")
    common: dict[str, Any] = {"name": counted.name, "missing": counted.reading.missing}
    own = counted.unique == len(values) >= FEW_ROWS
    if own and _counts(values):
        return replace(counted, kind="identifier", why="counts the rows")
    if own and _IDENTIFIER.search(counted.name):
        return replace(counted, kind="identifier", why="a whole number for each row, and its name says identifier")
    if counted.unique == 2 and set(np.unique(values).tolist()) == {0, 1}:
        return replace(counted, kind="boolean", why="0 and 1", reading=BooleanReading(**common, counted=True))
    if counted.unique <= CODES and _CODE.search(counted.name):
        why = f"{number_of(counted.unique, 'whole number')}, and its name says code"
        return replace(counted, kind="category", why=why, reading=CategoryReading(**common, whole=True))
    return replace(counted, kind="number", why="whole numbers")


def _counts(values: np.ndarray) -> bool:
    """Whether the values are 0, 1, 2... or 1, 2, 3..., in this order."""
    return values[0] in (0, 1) and bool((np.diff(values) == 1).all())


def _are_whole(values: np.ndarray) -> bool:
    """Whether all are whole numbers, however they are stored."""
    return bool((values == np.trunc(values)).all())


def _shown(value: Any) -> str:
    text = str(value)
    return repr(text if len(text) <= 30 else text[:29] + "…") if isinstance(value, str) else text
