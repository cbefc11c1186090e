"""What each column of a table is, and why: number, category, boolean, date, text, identifier or constant.

Judged on all rows, in bulk; what a column is decides only whether and how a network sees it, and `--kind` overrules it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np
import pyarrow as pa

from ..config import KindName
from ..errors import unknown
from . import arrow
from .values import Decimal, as_dates, is_number, number_texts

KINDS: tuple[str, ...] = get_args(KindName)
UNUSED = ("text", "identifier", "constant")  # kinds that no network sees unless asked

MOSTLY = 0.9  # share of values that must read as numbers, or dates, for the column to be one
DISTINCT = 0.95  # share of rows with a value of their own from which texts are no categories
FEW_ROWS = 20  # with fewer rows, values that all differ mean nothing
LONG = 100_000  # rows by which a long column's distinct values are estimated...
MANY = 10_000  # ...where they have more than these
WORDS = 4.0  # words a value, on average, from which it is text and no name
CODES = 50  # distinct whole numbers up to which a name such as `zip` makes them categories
YES_NO = (("no", "yes"), ("n", "y"), ("f", "t"), ("false", "true"), ("off", "on"), ("nein", "ja"), ("non", "oui"))
TOLD = "as you said"
_IDENTIFIER = re.compile(
    r"(^|[\W_])(id|ids|uuid|guid|key|index|idx)$|^(unnamed|column \d+)|(?<=[a-z])I[dD]$", re.IGNORECASE
)
_CODE = re.compile(
    r"(^|[\W_])(code|zip|zipcode|plz|postcode|postal|type|category|class|group|cluster)($|[\W_])", re.IGNORECASE
)


@dataclass(frozen=True)
class ColumnKind:
    """What a column is taken for. `why` is half a sentence for the user; `unique` counts its different values, of a
    long column with over 10,000 at least so many; `decimal` is the sign between whole and fraction in numbers written
    as text, `lenient` that a few texts among them are no numbers and count as missing, `style` the format of dates
    written as text."""

    name: str
    kind: KindName
    why: str
    missing: int
    unique: int
    decimal: Decimal = "."
    lenient: bool = False
    style: str = ""


def judge(table: pa.Table, told: Mapping[str, KindName]) -> dict[str, ColumnKind]:
    """The kind of every column; `told` are those that the user decides. UsageError for a name that is no column."""
    for name in told:
        if name not in table.column_names:
            raise unknown("column", name, table.column_names)
    return {name: judge_column(table.column(name), name, told.get(name)) for name in table.column_names}


def judge_column(column: pa.ChunkedArray, name: str, told: KindName | None = None) -> ColumnKind:
    """The kind of one column."""
    known = column.drop_null()
    unique = 0 if pa.types.is_nested(column.type) else _distinct(known)
    counted = ColumnKind(name, "constant", "every value is missing", len(column) - len(known), unique)
    found = _judge(known, counted)
    if told is None or told == found.kind:
        return found
    if told == "number" and not is_number(known.type):
        share, decimal = _share_of_numbers(*_counted(known.cast(pa.large_string()), unique))
        return replace(counted, kind=told, why=TOLD, decimal=decimal, lenient=share < 1)
    style = as_dates(known)[1] if told == "date" and _is_text(known.type) else ""
    return replace(counted, kind=told, why=TOLD, style=style)


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


def _judge(known: pa.ChunkedArray, counted: ColumnKind) -> ColumnKind:
    kind = known.type
    if not len(known):
        return counted
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return replace(counted, kind="text", why=f"holds {kind} values, which nnlab does not learn from")
    if counted.unique == 1:
        return replace(counted, kind="constant", why=f"every value is {_shown(known[0].as_py())}")
    if pa.types.is_boolean(kind):
        return replace(counted, kind="boolean", why="true and false")
    if pa.types.is_temporal(kind):
        return replace(counted, kind="date", why=f"{kind} values")
    if is_number(kind):
        return _judge_numbers(known, counted)
    return _judge_texts(known.cast(pa.large_string()), counted)


def _judge_numbers(known: pa.ChunkedArray, counted: ColumnKind) -> ColumnKind:
    if not pa.types.is_integer(known.type):
        return replace(counted, kind="number", why="numbers with fractions")
    values = arrow.to_numpy(known)
    own = counted.unique == len(values) >= FEW_ROWS
    if own and _counts(values):
        return replace(counted, kind="identifier", why="counts the rows")
    if own and _IDENTIFIER.search(counted.name):
        return replace(counted, kind="identifier", why="a whole number for each row, and its name says identifier")
    if counted.unique == 2 and set(np.unique(values).tolist()) == {0, 1}:
        return replace(counted, kind="boolean", why="0 and 1")
    if counted.unique <= CODES and _CODE.search(counted.name):
        return replace(counted, kind="category", why=f"{counted.unique} whole numbers, and its name says code")
    return replace(counted, kind="number", why="whole numbers")


def _counts(values: np.ndarray) -> bool:
    """Whether the values are 0, 1, 2... or 1, 2, 3..., in this order."""
    return values[0] in (0, 1) and bool((np.diff(values) == 1).all())


def _judge_texts(known: pa.ChunkedArray, counted: ColumnKind) -> ColumnKind:
    unique = counted.unique
    lower = sorted(str(value).lower() for value in known.unique()[:3].to_pylist())
    if unique == 2 and tuple(lower) in YES_NO:
        return replace(counted, kind="boolean", why=f"{lower[0]} and {lower[1]}")
    values, counts = _counted(known, unique)
    share, decimal = _share_of_numbers(values, counts)
    if share >= MOSTLY:
        odd = round((1 - share) * len(known))
        how = "numbers with decimal commas" if decimal == "," else "numbers written as text"
        return replace(counted, kind="number", why=how + _count_as_missing(odd), decimal=decimal, lenient=bool(odd))
    dates, style = as_dates(values, counts=counts)
    odd = int(counts[arrow.missing(dates)].sum())
    if odd <= (1 - MOSTLY) * len(known):
        why = "dates written as text" + _count_as_missing(odd)
        return replace(counted, kind="date", why=why, style=style)
    pc = arrow.compute()
    words = 1 + np.average(arrow.to_numpy(pc.count_substring_regex(values, r"\S\s+\S")), weights=counts)
    if len(known) >= FEW_ROWS and unique >= DISTINCT * len(known):
        if words >= WORDS:
            return replace(counted, kind="text", why=f"{words:.0f} words a value, hardly one twice")
        return replace(counted, kind="identifier", why="hardly a value occurs twice")
    return replace(counted, kind="category", why=f"{unique:,} different texts")


def _count_as_missing(odd: int) -> str:
    return f"; {odd:,} that are none count as missing" if odd else ""


def _counted(known: pa.ChunkedArray, unique: int) -> tuple[pa.ChunkedArray, np.ndarray]:
    """The different texts and how often each occurs; where most differ, the texts as they are, each of them once."""
    if 2 * unique > len(known):
        return known, np.ones(len(known), dtype=np.int64)
    counted = arrow.compute().value_counts(known)
    return pa.chunked_array([counted.field("values")]), arrow.to_numpy(counted.field("counts"))


def _share_of_numbers(values: pa.ChunkedArray, counts: np.ndarray) -> tuple[float, Decimal]:
    """The share of texts that read as numbers, by the decimal sign that reads more of them."""
    wrong = (int(counts[arrow.missing(number_texts(values, decimal))].sum()) for decimal in (".", ","))
    point, comma = (1 - each / max(1, int(counts.sum())) for each in wrong)
    return (comma, ",") if comma > point else (point, ".")


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _shown(value: Any) -> str:
    text = str(value)
    return repr(text if len(text) <= 30 else text[:29] + "…") if isinstance(value, str) else text
