"""How the values of a column are read, as plain data: found once, on the rows that a network is trained on, and kept.

Each class has `read`, which takes a column of any type as it stands (texts of a CSV file, a Parquet file's own types, a
data frame's) and gives it in the one type that it is used in. What was read already is read again as it is, and a
value's reading depends on nothing but the value.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from ..columns import arrow
from ..columns.values import MISSING, Decimal, is_number, is_text, trimmed
from .dates import COUNTED, Order, Unit, from_unit, parse_dates, unit_of
from .numbers import float_text, number_text, parse_clock, parse_numbers

Name = Annotated[str, Field(max_length=10_000)]
Words = Annotated[list[Name], Field(max_length=1000)]

TRUE = ("true", "yes", "y", "t", "on", "1", "ja", "oui")
FALSE = ("false", "no", "n", "f", "off", "0", "nein", "non")
TRUTHS = ("false", "true")
LONGEST = 60  # characters of a value in a sentence


@dataclass(frozen=True)
class Read:
    """A column as it is used, and a mask of the rows that hold what cannot be read, which are null in it. So are those
    of `strange`, whose values are understood, but cannot be used: what they are the reading says by `strangers`."""

    values: pa.ChunkedArray
    odd: np.ndarray
    strange: np.ndarray | None = None


class _Reading(BaseModel, ABC):
    """What all have: `missing` are the texts that mean that there is no value, the usual ones where it is None;
    `lenient` says that texts which cannot be read count as missing, as they did on the train rows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    missing: Words | None = None
    lenient: bool = False

    def read(self, column: pa.ChunkedArray) -> Read:
        """The column as it is used. Values of a type that is no single number or text cannot be read."""
        if pa.types.is_nested(column.type) or is_bytes(column.type):
            nothing = pa.chunked_array([pa.nulls(len(column), self.type)])
            return Read(nothing, ~arrow.missing(column))
        return self.from_plain(self.opened(column))

    def opened(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """The column as plain numbers, moments or trimmed texts, null where there is no value."""
        return plain_values(column, self.missing)

    @abstractmethod
    def from_plain(self, column: pa.ChunkedArray) -> Read:
        """Read an opened column."""

    def refused(self, value: object) -> str:
        """Half a sentence about a value that cannot be read."""
        text = str(value)
        one = "" if " " in self.wanted else "a "
        return f"{text if len(text) <= LONGEST else text[:LONGEST] + '…'!r}, which is not {one}{self.wanted}"

    wanted: ClassVar[str]
    type: ClassVar[pa.DataType]
    strangers: ClassVar[tuple[str, str]] = ("", "")
    """What a `strange` value is, and why it counts as missing."""


class NumberReading(_Reading):
    """Numbers, read as float64; infinite ones are missing.

    `decimal` is the sign between whole and fraction of those that are written as text, `grouped` says that the other
    one may stand between thousands; `clock` says that they are times of day or durations, in seconds; `truths` that
    yes and no are 1 and 0.
    """

    kind: Literal["number"] = "number"
    decimal: Decimal = "."
    grouped: bool = False
    clock: bool = False
    truths: bool = False
    wanted: ClassVar[str] = "number"
    type: ClassVar[pa.DataType] = pa.float64()
    strangers: ClassVar[tuple[str, str]] = ("infinite", "")

    @property
    def plain(self) -> bool:
        """Whether a reader of texts may try to take the values for numbers as they are."""
        return self.decimal == "." and not self.lenient and not self.clock and not self.truths and self.missing is None

    def opened(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """As for all readings; numbers that mean missing are known by the column's own decimal sign."""
        return plain_values(column, self.missing, self.decimal)

    def from_plain(self, column: pa.ChunkedArray) -> Read:
        """float64, null where there is no value."""
        kind = column.type
        odd = np.zeros(len(column), dtype=bool)
        if is_text(kind):
            parsed = parse_clock(column) if self.clock else parse_numbers(column, self.decimal, grouped=self.grouped)
            values, odd = parsed
            if self.truths and odd.any():
                words = arrow.compute().utf8_lower(column)
                yes, no = (_among(words, accepted) for accepted in (TRUE, FALSE))
                values, odd = np.where(odd & (yes | no), yes, values), odd & ~yes & ~no
        elif pa.types.is_boolean(kind):
            values = arrow.to_numpy(column.cast(pa.uint8()).cast(pa.float64()))
        elif is_number(kind):
            values = arrow.to_numpy(column if pa.types.is_float64(kind) else column.cast(pa.float64(), safe=False))
        elif _is_clock(kind) and self.clock:
            values = _seconds(column)
        else:
            values, odd = np.full(len(column), np.nan), ~arrow.missing(column)
        infinite = np.isinf(values)
        return Read(from_floats(values), odd, infinite if infinite.any() else None)


class CategoryReading(_Reading):
    """Categories, read as texts. `whole` says that they are numbers, which are written in one way: 1, 1.0 and +1 are
    the same category; `truths` that they are true and false, however they are spelt."""

    kind: Literal["category"] = "category"
    whole: bool = False
    truths: bool = False
    wanted: ClassVar[str] = "category"
    type: ClassVar[pa.DataType] = pa.string()

    def from_plain(self, column: pa.ChunkedArray) -> Read:
        """Texts, null where there is no value. Nothing is odd: what no category is called is not known here."""
        if pa.types.is_dictionary(column.type):
            return Read(column, np.zeros(len(column), dtype=bool))
        texts = as_written(column)
        if is_text(column.type) and self.whole:
            texts = _each(texts, lambda text: number_text(text) or text)
        if is_text(column.type) and self.truths:
            texts = _each(texts, lambda text: text.lower() if text.lower() in TRUTHS else text)
        return Read(texts, np.zeros(len(column), dtype=bool))

    def opened(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """As for all readings, but class names by their numbers stay such where nothing is to be done."""
        return column if self._is_settled(column) else super().opened(column)

    def _is_settled(self, column: pa.ChunkedArray) -> bool:
        """Whether these are class names by their numbers, each written as it is read: so are those of nnlab's own
        images, of which no other list of texts need be made."""
        if not pa.types.is_dictionary(column.type) or self.whole or self.truths or self.missing is not None:
            return False
        names = {name for chunk in column.chunks for name in chunk.dictionary.to_pylist()}
        return all(isinstance(name, str) and name == name.strip() and name not in MISSING for name in names)


class BooleanReading(_Reading):
    """Yes and no. `yes` and `no` are the words for them, in lower case; `counted` says that they were the numbers 1 and
    0, so that another number is none that cannot be read, but one that no train row had."""

    kind: Literal["boolean"] = "boolean"
    yes: Words = list(TRUE)
    no: Words = list(FALSE)
    counted: bool = False
    wanted: ClassVar[str] = "yes or no"
    type: ClassVar[pa.DataType] = pa.bool_()
    strangers: ClassVar[tuple[str, str]] = ("neither 0 nor 1", ", as all train rows had 0 or 1")

    def from_plain(self, column: pa.ChunkedArray) -> Read:
        """Booleans, null where there is no value."""
        if pa.types.is_boolean(column.type):
            return Read(column, np.zeros(len(column), dtype=bool))
        words = _each(as_written(column), lambda text: (number_text(text) or text).lower())
        yes, no = _among(words, self.yes), _among(words, self.no)
        values = np.where(yes, 1.0, np.where(no, 0.0, np.nan))
        truths = from_floats(values).cast(pa.bool_())
        neither = ~arrow.missing(words) & ~yes & ~no
        if not self.counted or not neither.any():
            return Read(truths, neither)
        strange = neither & (is_number(column.type) or ~parse_numbers(words)[1])
        return Read(truths, neither & ~strange, strange)


class DateReading(_Reading):
    """Dates, read as microseconds in UTC. `order` is that of day and month where both are numbers, `unit` what whole
    numbers count."""

    kind: Literal["date"] = "date"
    order: Order = ""
    unit: Unit = ""
    wanted: ClassVar[str] = "date"
    type: ClassVar[pa.DataType] = pa.timestamp("us")

    def from_plain(self, column: pa.ChunkedArray) -> Read:
        """Timestamps, null where there is no value."""
        kind = column.type
        known = ~arrow.missing(column)
        if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
            return Read(_utc(column), np.zeros(len(column), dtype=bool))
        if is_text(kind):
            stamps, read = parse_dates(column, self.order)
            if self.unit:
                numbers, odd = parse_numbers(column)
                counted, fits = from_unit(numbers, self.unit)
                fits &= known & ~odd
                stamps, read = np.where(fits, counted, stamps), read | fits
        elif is_number(kind):
            values = arrow.to_numpy(column.cast(pa.float64(), safe=False))
            stamps, read = from_unit(values, self.unit) if self.unit else _sized(values)
        else:
            stamps, read = np.zeros(len(column), dtype=np.int64), np.zeros(len(column), dtype=bool)
        return Read(_stamps(stamps, read & known), known & ~read)


Reading = Annotated[NumberReading | CategoryReading | BooleanReading | DateReading, Field(discriminator="kind")]


def plain_values(
    column: pa.ChunkedArray, missing: Sequence[str] | None = None, decimal: Decimal = "."
) -> pa.ChunkedArray:
    """A column as plain numbers, moments or trimmed texts, null where there is no value: where the text is one of
    `missing`, the usual ones if that is None, or the number is one of them, however it is written: -999.0 is -999."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if is_text(column.type):
        return _without(trimmed(column, MISSING if missing is None else missing), missing or (), decimal)
    return _without(column, missing or ()) if is_number(column.type) else column


def plain_reading(column: pa.ChunkedArray, name: str) -> Reading:
    """How a column of data that nobody doubts is read: by its type, numbers as such, all others as categories."""
    if is_number(column.type):
        return NumberReading(name=name)
    return CategoryReading(name=name, truths=pa.types.is_boolean(column.type))


def as_written(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Values as texts: whole numbers without a point, however they are stored; NaN is null."""
    kind = column.type
    if pa.types.is_floating(kind):
        known = arrow.to_numpy(column.cast(pa.float64()))
        if ((known == np.trunc(known)) | np.isnan(known)).all() and (np.abs(known[~np.isnan(known)]) < 2**53).all():
            return from_floats(known).cast(pa.int64(), safe=False).cast(pa.string())
        coded = arrow.whole(from_floats(known).dictionary_encode())
        texts = [float_text(value) for value in arrow.to_numpy(coded.dictionary).tolist()]
        return pa.chunked_array([arrow.strings(texts).take(coded.indices)], pa.string())
    if pa.types.is_decimal(kind):
        return as_written(column.cast(pa.float64()))
    if pa.types.is_duration(kind):
        return as_written(from_floats(_seconds(column)))
    return column.cast(pa.string())


def _utc(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Dates and timestamps of any unit and zone as microseconds in UTC."""
    stamps = column.cast(pa.timestamp("us", getattr(column.type, "tz", None)), safe=False)
    return stamps.cast(pa.int64()).cast(pa.timestamp("us"))


def is_bytes(kind: pa.DataType) -> bool:
    """Whether values of this type are bytes."""
    types = pa.types
    return (
        types.is_binary(kind)
        or types.is_large_binary(kind)
        or types.is_fixed_size_binary(kind)
        or types.is_binary_view(kind)
    )


def _sized(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Numbers where dates were texts, each by its own size."""
    stamps, read = np.zeros(len(values), dtype=np.int64), np.zeros(len(values), dtype=bool)
    units = [unit_of(np.array([value])) for value in values.tolist()]
    for unit in COUNTED:
        found, fits = from_unit(values, unit)
        fits &= np.array([each == unit for each in units], dtype=bool)
        stamps, read = np.where(fits, found, stamps), read | fits
    return stamps, read


def _is_clock(kind: pa.DataType) -> bool:
    return pa.types.is_time(kind) or pa.types.is_duration(kind)


def _seconds(column: pa.ChunkedArray) -> np.ndarray:
    """Times of day and durations in seconds."""
    kind = column.type
    per = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}[kind.unit]
    width = pa.int32() if pa.types.is_time32(kind) else pa.int64()
    return arrow.to_numpy(column.cast(width).cast(pa.float64(), safe=False)) / per


def from_floats(values: np.ndarray) -> pa.ChunkedArray:
    """float64, null where they are no finite numbers."""
    finite = np.isfinite(values)
    plain = arrow.from_numpy(values.astype(np.float64, copy=False))
    if finite.all():
        return pa.chunked_array([plain])
    mask = arrow.mask(finite)
    return pa.chunked_array([arrow.compute().if_else(mask, plain, arrow.null(pa.float64()))])


def _stamps(values: np.ndarray, read: np.ndarray) -> pa.ChunkedArray:
    mask = arrow.mask(read)
    whole = arrow.compute().if_else(mask, arrow.from_numpy(values), arrow.null(pa.int64()))
    return pa.chunked_array([whole.cast(pa.timestamp("us"))])


def _among(texts: pa.ChunkedArray, words: Sequence[str]) -> np.ndarray:
    accepted = arrow.strings(words).cast(texts.type)
    return arrow.to_numpy(arrow.compute().is_in(texts, value_set=accepted))


def _each(texts: pa.ChunkedArray, change: Callable[[str], str]) -> pa.ChunkedArray:
    """Texts changed one by one; each different text once."""
    coded = arrow.whole(texts.cast(pa.string()).dictionary_encode())
    changed = [change(text) for text in coded.dictionary.to_pylist()]
    return pa.chunked_array([arrow.strings(changed).take(coded.indices)], pa.string())


def _without(column: pa.ChunkedArray, missing: Sequence[str], decimal: Decimal = ".") -> pa.ChunkedArray:
    """Numbers, or texts that may be some, with null in place of those that mean missing."""
    codes = [code for code in map(_code, missing) if code is not None]
    if not codes:
        return column
    if is_text(column.type):
        coded = arrow.whole(column.dictionary_encode())  # each different text is read once
        numbers = parse_numbers(pa.chunked_array([coded.dictionary]), decimal)[0]
        absent = arrow.mask(np.isin(numbers, codes)).take(coded.indices)
    else:
        absent = arrow.mask(np.isin(arrow.to_numpy(column.cast(pa.float64(), safe=False)), codes))
    return arrow.compute().if_else(absent, arrow.null(column.type), column)


def _code(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
