"""What each column of a table is, and why: number, category, boolean, date, text, identifier or constant.

Judged on all rows, in bulk; what a column is decides only whether and how a network sees it, and `--kind` overrules it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

import numpy as np
import pyarrow as pa

from ..config import KindName
from ..errors import UsageError, unknown
from . import arrow
from .reading.dates import learn_order, parse_dates, unit_of
from .reading.numbers import has_groups, parse_clock, parse_numbers
from .reading.readings import (
    FALSE,
    TRUE,
    TRUTHS,
    BooleanReading,
    CategoryReading,
    DateReading,
    NumberReading,
    Reading,
    as_written,
    is_bytes,
    plain_values,
)
from .values import MISSING, Decimal, is_number, is_text

KINDS: tuple[str, ...] = get_args(KindName)
UNUSED = ("text", "identifier", "constant")  # kinds that no network sees unless asked

MOSTLY = 0.9  # share of values that must read as numbers, or dates, for the column to be one
DISTINCT = 0.95  # share of rows with a value of their own from which texts are no categories
FEW_ROWS = 20  # with fewer rows, values that all differ mean nothing
LONG = 100_000  # rows by which a long column's distinct values are estimated...
MANY = 10_000  # ...where they have more than these
WORDS = 4.0  # words a value, on average, from which it is text and no name
CODES = 50  # distinct whole numbers up to which a name such as `zip` makes them categories
YES_NO = tuple(zip(FALSE, TRUE, strict=True))
LONGEST = 10_000  # characters of a category's name
SPELT = 8  # ways in which yes and no may be spelt in one column
TOLD = "as you said"
_IDENTIFIER = re.compile(
    r"(^|[\W_])(id|ids|uuid|guid|key|index|idx)$|^(unnamed|column \d+)|(?<=[a-z])I[dD]$", re.IGNORECASE
)
_PADDED = r"^[-+]?0[0-9]+$"  # whole numbers with leading zeros: codes, whatever they are called
_COMMA = r"^[-+]?[0-9]*,([0-9]{1,2}|[0-9]{4,})$"  # no other reading than a decimal comma
_CODE = re.compile(
    r"(^|[\W_])(code|zip|zipcode|plz|postcode|postal|type|category|class|group|cluster)($|[\W_])", re.IGNORECASE
)


@dataclass(frozen=True)
class ColumnKind:
    """What a column is taken for. `why` is half a sentence for the user; `unique` counts its different values, of a
    long column with over 10,000 at least so many; `reading` is how its values are read. `absent` counts the texts that
    were taken for missing values, `odd` those that cannot be read and count as missing too, as far as there are any;
    `first` is a value, `whole` says that all are whole numbers, however they are stored."""

    name: str
    kind: KindName
    why: str
    missing: int
    unique: int
    reading: Reading
    absent: Mapping[str, int] = field(default_factory=dict[str, int])
    odd: Mapping[str, int] = field(default_factory=dict[str, int])
    first: Any = None
    whole: bool = False


def judge(
    table: pa.Table, told: Mapping[str, KindName], na: Sequence[str] = (), keep: Collection[str] = ()
) -> dict[str, ColumnKind]:
    """The kind of every column; `told` are those that the user decides, `na` the values that mean missing besides the
    usual ones, `keep` the columns in which the usual ones are values. UsageError for a name that is no column."""
    for name in [*told, *keep]:
        if name not in table.column_names:
            raise unknown("column", name, table.column_names)
    usual = [*MISSING, *na] if na else None
    sign = decimal_sign_of(table)
    return {
        name: judge_column(column, name, told.get(name), missing=["", *na] if name in keep else usual, sign=sign)
        for name, column in zip(table.column_names, table.columns, strict=True)
    }


def decimal_sign_of(table: pa.Table) -> Decimal:
    """The decimal sign of a file: a comma where one of its columns can be read in no other way."""
    for column in table.columns:
        if is_text(column.type):
            texts = arrow.compute().utf8_trim_whitespace(column.slice(0, LONG).drop_null())
            matching = arrow.compute().match_substring_regex(texts, _COMMA)
            if len(texts) and arrow.compute().any(matching).as_py() and _read_as(texts, ",") >= MOSTLY:
                return ","
    return "."


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
    opened = plain_values(column, missing)
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
        _counts_of(column, lacking) if is_text(kind) else {},
        first=known[0].as_py() if len(known) else None,
        whole=whole and _are_whole(arrow.to_numpy(known.cast(pa.float64(), safe=False))),
    )
    found = _judge(known, counted, sign)
    return found if told is None or told == found.kind else _told(known, counted, found, told, sign)


def _told(known: pa.ChunkedArray, counted: ColumnKind, found: ColumnKind, told: KindName, sign: Decimal) -> ColumnKind:
    """The kind that the user decides, and the reading that serves it best."""
    kind = replace(found, kind=told, why=TOLD, odd={})
    common: dict[str, Any] = {"name": found.name, "missing": found.reading.missing}
    if told == "number":
        if found.kind == "boolean" or pa.types.is_boolean(known.type):
            return replace(kind, reading=NumberReading(**common, truths=True))
        if is_number(known.type):
            return replace(kind, reading=counted.reading)
        if is_text(known.type):
            clock = _clock(known.cast(pa.large_string()), np.ones(len(known), dtype=np.int64))
            share, decimal = _share_of_numbers(known, np.ones(len(known), dtype=np.int64), sign)
            reading = NumberReading(**common, clock=True) if clock > share else _number_reading(known, decimal, common)
            return _lenient(replace(kind, reading=reading), known)
        return replace(kind, reading=NumberReading(**common, clock=True))
    if told == "date":
        if is_number(known.type):
            return replace(kind, reading=DateReading(**common, unit=_unit(known, found.name)))
        order, _ = learn_order(known, np.ones(len(known), dtype=np.int64)) if is_text(known.type) else ("", True)
        return _lenient(replace(kind, reading=DateReading(**common, order=order)), known)
    if told == "boolean":
        return replace(kind, reading=_two_words(known, found))
    texts = as_written(known)
    truths = pa.types.is_boolean(known.type) or _all_truths(texts)
    return replace(kind, reading=CategoryReading(**common, whole=is_number(known.type), truths=truths))


def _unit(known: pa.ChunkedArray, name: str) -> Any:
    values = arrow.to_numpy(known.cast(pa.float64(), safe=False))
    unit = unit_of(values)
    if len(values) and not unit:
        raise UsageError(
            f"The column {name!r} holds numbers such as {values[0]:g}, which are no dates: seconds, milliseconds, "
            "microseconds or nanoseconds since 1970, days as Excel counts them, or numbers such as 20220420 are."
        )
    return unit


def _two_words(known: pa.ChunkedArray, found: ColumnKind) -> BooleanReading:
    """Which of two values is yes: as everybody has it, else the later one in the alphabet."""
    usual = BooleanReading(name=found.name, missing=found.reading.missing)
    if not len(known) or not usual.read(known).odd.any():
        return usual
    words = sorted({text.lower() for text in as_written(known).unique().to_pylist()[:LONG]})
    if len(words) != 2:
        raise UsageError(
            f"The column {found.name!r} has {len(words):,} different values, and yes and no are two: leave out "
            f"--kind {found.name!r}=boolean."
        )
    return usual.model_copy(update={"no": [words[0]], "yes": [words[1]]})


def _lenient(kind: ColumnKind, known: pa.ChunkedArray) -> ColumnKind:
    """With the texts that cannot be read, which count as missing."""
    odd = kind.reading.read(known).odd
    if not odd.any():
        return kind
    if odd.all():
        raise UsageError(
            f"The column {kind.name!r} holds no {kind.reading.wanted}s, but values such as {known[0].as_py()!r}"
            f": leave out --kind {kind.name!r}={kind.kind}."
        )
    told = _counts_of(known, odd)
    reading = kind.reading.model_copy(update={"lenient": True})
    why = f"{kind.why}; {int(odd.sum()):,} that are none count as missing"
    return replace(kind, why=why, reading=reading, odd=told)


def _counts_of(column: pa.ChunkedArray, rows: np.ndarray) -> dict[str, int]:
    """How often each different text occurs in these rows, blanks aside, the most frequent first; at most a thousand."""
    pc = arrow.compute()
    if not rows.any():
        return {}
    texts = pc.utf8_trim_whitespace(as_written(column.filter(arrow.mask(rows))).drop_null())
    found = {str(one["values"]): int(one["counts"]) for one in texts.value_counts().to_pylist()[:1000]}
    return dict(sorted(((text, count) for text, count in found.items() if text), key=lambda one: -one[1]))


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
        return replace(counted, kind="number", why=f"{kind} values, in seconds", reading=_clock_reading(common))
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return replace(counted, kind="date", why=f"{kind} values", reading=DateReading(**common))
    if is_number(kind):
        return _judge_numbers(known, counted)
    if is_text(kind):
        return _judge_texts(known.cast(pa.large_string()), counted, sign)
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
        return replace(counted, kind="boolean", why="0 and 1", reading=BooleanReading(**common))
    if counted.unique <= CODES and _CODE.search(counted.name):
        why = f"{counted.unique} whole numbers, and its name says code"
        return replace(counted, kind="category", why=why, reading=CategoryReading(**common, whole=True))
    return replace(counted, kind="number", why="whole numbers")


def _counts(values: np.ndarray) -> bool:
    """Whether the values are 0, 1, 2... or 1, 2, 3..., in this order."""
    return values[0] in (0, 1) and bool((np.diff(values) == 1).all())


def _are_whole(values: np.ndarray) -> bool:
    """Whether all are whole numbers, however they are stored."""
    return bool((values == np.trunc(values)).all())


def _judge_texts(known: pa.ChunkedArray, counted: ColumnKind, sign: Decimal) -> ColumnKind:
    unique, pc = counted.unique, arrow.compute()
    common: dict[str, Any] = {"name": counted.name, "missing": counted.reading.missing}
    lower = sorted({str(value).lower() for value in known.unique()[:SPELT].to_pylist()}) if unique <= SPELT else []
    if tuple(lower) in YES_NO:
        return replace(counted, kind="boolean", why=f"{lower[0]} and {lower[1]}", reading=BooleanReading(**common))
    values, counts = _counted(known, unique)
    share, decimal = _share_of_numbers(values, counts, sign)
    padded = share >= MOSTLY and pc.any(pc.match_substring_regex(values, _PADDED)).as_py()
    if share >= MOSTLY and not padded:
        how = "numbers with decimal commas" if decimal == "," else "numbers written as text"
        reading = _number_reading(values, decimal, common)
        return _lenient(replace(counted, kind="number", why=how, reading=reading), known)
    if _clock(values, counts) >= MOSTLY:
        why = "times of day or durations, in seconds"
        return _lenient(replace(counted, kind="number", why=why, reading=_clock_reading(common)), known)
    dated = None if padded else _judge_dates(known, values, counts, counted)
    if dated is not None:
        return dated
    longest = int(pc.max(pc.utf8_length(values)).as_py())
    if longest > LONGEST:
        return replace(counted, kind="text", why=f"texts of up to {longest:,} characters")
    words = 1 + np.average(arrow.to_numpy(pc.count_substring_regex(values, r"\S\s+\S")), weights=counts)
    if len(known) >= FEW_ROWS and unique >= DISTINCT * len(known):
        if words >= WORDS:
            return replace(counted, kind="text", why=f"{words:.0f} words a value, hardly one twice")
        return replace(counted, kind="identifier", why="hardly a value occurs twice")
    why = f"{unique:,} different texts" if not padded else f"{unique:,} different numbers with leading zeros"
    return replace(counted, kind="category", why=why, reading=CategoryReading(**common, truths=_all_truths(values)))


def _judge_dates(
    known: pa.ChunkedArray, values: pa.ChunkedArray, counts: np.ndarray, counted: ColumnKind
) -> ColumnKind | None:
    """The column as dates, if most of its texts are some; the order of day and month is told where it matters."""
    order, sure = learn_order(values, counts)
    read = parse_dates(values, order)[1]
    if counts[~read].sum() > (1 - MOSTLY) * len(known):
        return None
    orders = {"dmy": "day before month", "mdy": "month before day", "": ""}
    why = "dates written as text" + (f", {orders[order]}" if order else "")
    why += "" if sure else " (no date among them tells, so that is a guess)"
    reading = DateReading(name=counted.name, missing=counted.reading.missing, order=order)
    return _lenient(replace(counted, kind="date", why=why, reading=reading), known)


def _all_truths(texts: pa.ChunkedArray) -> bool:
    """Whether the texts are true and false, however they are spelt."""
    found = {str(text).lower() for text in texts.unique()[: 2 * len(TRUTHS) + 2].to_pylist()}
    return bool(found) and found <= set(TRUTHS)


def _number_reading(texts: pa.ChunkedArray, decimal: Decimal, common: Mapping[str, Any]) -> NumberReading:
    grouped = bool(arrow.compute().any(has_groups(texts, decimal)).as_py())
    return NumberReading(**common, decimal=decimal, grouped=grouped)


def _clock_reading(common: Mapping[str, Any]) -> NumberReading:
    return NumberReading(**common, clock=True)


def _clock(values: pa.ChunkedArray, counts: np.ndarray) -> float:
    """The share of texts that are times of day or durations."""
    found = arrow.to_numpy(arrow.compute().match_substring_regex(values, r"\d:\d\d"))
    if counts[found].sum() < MOSTLY * counts.sum():
        return 0.0
    return 1 - float(counts[parse_clock(values)[1]].sum()) / max(1, int(counts.sum()))


def _counted(known: pa.ChunkedArray, unique: int) -> tuple[pa.ChunkedArray, np.ndarray]:
    """The different texts and how often each occurs; where most differ, the texts as they are, each of them once."""
    if 2 * unique > len(known):
        return known, np.ones(len(known), dtype=np.int64)
    counted = arrow.compute().value_counts(known)
    return pa.chunked_array([counted.field("values")]), arrow.to_numpy(counted.field("counts"))


def _share_of_numbers(values: pa.ChunkedArray, counts: np.ndarray, sign: Decimal) -> tuple[float, Decimal]:
    """The share of texts that read as numbers, by the decimal sign that reads more of them, in doubt the file's."""
    point, comma = (_read_as(values, decimal, counts) for decimal in (".", ","))
    return (comma, ",") if comma > point or (comma == point and sign == ",") else (point, ".")


def _read_as(values: pa.ChunkedArray, decimal: Decimal, counts: np.ndarray | None = None) -> float:
    """The share of texts that read as numbers with this decimal sign."""
    weights = np.ones(len(values)) if counts is None else counts
    return 1 - float(weights[parse_numbers(values, decimal)[1]].sum()) / max(1, float(weights.sum()))


def _shown(value: Any) -> str:
    text = str(value)
    return repr(text if len(text) <= 30 else text[:29] + "…") if isinstance(value, str) else text
