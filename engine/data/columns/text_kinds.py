"""What columns of texts are: yes and no, numbers, times, dates, categories, identifiers or texts to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from ...errors import UsageError, number_of
from ..reading.dates import learn_order, parse_dates
from ..reading.numbers import has_groups, parse_clock, parse_numbers
from ..reading.readings import FALSE, TRUE, TRUTHS, BooleanReading, CategoryReading, DateReading, NumberReading
from . import arrow
from .column_kind import DISTINCT, FEW_ROWS, LONG, MOSTLY, ColumnKind, lenient
from .doubts import unit_notes
from .values import Decimal, is_text

WORDS = 4.0  # words a value, on average, from which it is text and no name
YES_NO = tuple(zip(FALSE, TRUE, strict=True))
LONGEST = 10_000  # characters of a category's name
SPELT = 8  # ways in which yes and no may be spelt in one column
_PADDED = r"^[-+]?0[0-9]+$"  # whole numbers with leading zeros: codes, whatever they are called
_COMMA = r"^[-+]?[0-9]*,([0-9]{1,2}|[0-9]{4,})$"  # no other reading than a decimal comma


def decimal_sign_of(table: pa.Table) -> Decimal:
    """The decimal sign of a file: a comma where one of its columns can be read in no other way."""
    for column in table.columns:
        if is_text(column.type):
            texts = arrow.compute().utf8_trim_whitespace(column.slice(0, LONG).drop_null())
            matching = arrow.compute().match_substring_regex(texts, _COMMA)
            if len(texts) and arrow.compute().any(matching).as_py() and _read_as(texts, ",") >= MOSTLY:
                return ","
    return "."


def judge_texts(known: pa.ChunkedArray, counted: ColumnKind, sign: Decimal) -> ColumnKind:
    """The kind of a column of texts, of which `known` are those that are not missing."""
    unique, pc = counted.unique, arrow.compute()
    common: dict[str, Any] = {"name": counted.name, "missing": counted.reading.missing}
    lower = sorted({str(value).lower() for value in known.unique()[:SPELT].to_pylist()}) if unique <= SPELT else []
    if tuple(lower) in YES_NO:
        reading = BooleanReading(**common, counted=lower == ["0", "1"])
        return replace(counted, kind="boolean", why=f"{lower[0]} and {lower[1]}", reading=reading)
    values, counts = _counted(known, unique)
    share, decimal = share_of_numbers(values, counts, sign)
    padded = share >= MOSTLY and pc.any(pc.match_substring_regex(values, _PADDED)).as_py()
    if share >= MOSTLY and not padded:
        how = "numbers with decimal commas" if decimal == "," else "numbers written as text"
        reading = number_reading(values, decimal, common)
        doubts = unit_notes(values, counts, counted.name)
        return lenient(replace(counted, kind="number", why=how, reading=reading, doubts=doubts), known)
    if share_of_clocks(values, counts) >= MOSTLY:
        why = "times of day or durations, in seconds"
        return lenient(replace(counted, kind="number", why=why, reading=clock_reading(common)), known)
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
    why = number_of(unique, "different text" if not padded else "different number") + " with leading zeros" * padded
    return replace(counted, kind="category", why=why, reading=CategoryReading(**common, truths=all_truths(values)))


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
    return lenient(replace(counted, kind="date", why=why, reading=reading), known)


def check_length(texts: pa.ChunkedArray, name: str) -> None:
    """Raise UsageError for texts that are too long to be the names of categories or classes."""
    longest = arrow.compute().max(arrow.compute().utf8_length(texts)).as_py() or 0
    if longest > LONGEST:
        raise UsageError(
            f"The column {name!r} holds texts of up to {longest:,} characters, and categories and classes have "
            f"{LONGEST:,} at most."
        )


def all_truths(texts: pa.ChunkedArray) -> bool:
    """Whether the texts are true and false, however they are spelt."""
    found = {str(text).lower() for text in texts.unique()[: 2 * len(TRUTHS) + 2].to_pylist()}
    return bool(found) and found <= set(TRUTHS)


def number_reading(texts: pa.ChunkedArray, decimal: Decimal, common: Mapping[str, Any]) -> NumberReading:
    """How such texts are read as numbers."""
    grouped = bool(arrow.compute().any(has_groups(texts, decimal)).as_py())
    return NumberReading(**common, decimal=decimal, grouped=grouped)


def clock_reading(common: Mapping[str, Any]) -> NumberReading:
    """How times of day and durations are read."""
    return NumberReading(**common, clock=True)


def share_of_clocks(values: pa.ChunkedArray, counts: np.ndarray) -> float:
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


def share_of_numbers(values: pa.ChunkedArray, counts: np.ndarray, sign: Decimal) -> tuple[float, Decimal]:
    """The share of texts that read as numbers, by the decimal sign that reads more of them, in doubt the file's."""
    point, comma = (_read_as(values, decimal, counts) for decimal in (".", ","))
    return (comma, ",") if comma > point or (comma == point and sign == ",") else (point, ".")


def _read_as(values: pa.ChunkedArray, decimal: Decimal, counts: np.ndarray | None = None) -> float:
    """The share of texts that read as numbers with this decimal sign."""
    weights = np.ones(len(values)) if counts is None else counts
    return 1 - float(weights[parse_numbers(values, decimal)[1]].sum()) / max(1, float(weights.sum()))
