"""The ways in which a column becomes numbers, each as plain data with what was learnt of the train rows.

Every class has all that there is of its kind: how it becomes numbers (`encode`, of whole columns as their reading gives
them), how many (`span`) and their names (`features`), how people are told of it (`summary`) and asked for a value
(`question`). What says here how texts are read is of checkpoints that were written before readings were kept.
"""

from __future__ import annotations

import math
import sys
import zlib
from abc import abstractmethod
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from ...bounds import Boundaries, Categories, Name
from ..reading.readings import TRUE, BooleanReading, NumberReading, Reading
from . import arrow
from .values import Decimal, category_codes

Finite = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[Finite, Field(gt=0)]

DAY = 86_400.0  # seconds
YEAR = 365.2425  # days
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DATES = 9  # examples of a date
SMOOTH = 3.0  # what a smoothly bent number stays below
BEYOND = 1e150  # scaled numbers are as far bent as any
REACH = 2.0  # deviations on each side of the mean, where a column does not remember its usual values


class Plain(BaseModel):
    """Plain data that a stranger's file may hold: nothing unknown, nothing to change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Column(Plain):
    """What all columns have. `numeric` ones may be derived from others."""

    name: Name
    numeric: ClassVar[bool] = False

    @property
    def span(self) -> int:
        """Columns of the matrix."""
        return 1

    @property
    def features(self) -> list[str]:
        """A name for each column of the matrix."""
        return [self.name] if self.span == 1 else [f"{self.name} {place + 1}" for place in range(self.span)]

    @property
    def summary(self) -> str:
        """What it becomes, in a few words."""
        return self._summary()

    @abstractmethod
    def _summary(self) -> str: ...

    @abstractmethod
    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """float64 (rows, span)."""

    def unseen(self, column: pa.ChunkedArray) -> np.ndarray | None:
        """A mask of the values that the train rows did not have, where that matters."""

    def question(self, reading: Reading) -> dict[str, Any]:  # noqa: ARG002  (others go by how texts are read)
        """What somebody must know to give a value, as `prediction/inputs.py` tells it."""
        return {"kind": "text"}


class _Numbers(_Column):
    """What all columns of numbers have: how missing ones are filled. `usual` are the values between which most train
    rows lie; they are told to people, and nothing is computed with them."""

    numeric: ClassVar[bool] = True
    fill: Finite
    usual: tuple[Finite, Finite] | None = None
    decimal: Decimal = "."
    lenient: bool = False

    def values(self, column: pa.ChunkedArray) -> np.ndarray:
        """The filled numbers, float64 (rows,)."""
        return arrow.to_numpy(column, fill=self.fill)

    @property
    def reach(self) -> tuple[float, float]:
        """Between which values the rows mostly lie; guessed where that is not remembered."""
        return self.usual if self.usual is not None and self.usual[0] < self.usual[1] else self._guess()

    def _guess(self) -> tuple[float, float]:
        return self.fill - max(abs(self.fill), 1.0), self.fill + max(abs(self.fill), 1.0)

    def question(self, reading: Reading) -> dict[str, Any]:
        """A number: its usual values, and the sign between whole and fraction."""
        return number_question(self.fill, *self.reach, reading)


def number_question(typical: float, low: float, high: float, reading: Reading) -> dict[str, Any]:
    """What somebody must know to give a number."""
    low, high = max(low, -sys.float_info.max), min(high, sys.float_info.max)  # JSON has no infinite numbers
    decimal = reading.decimal if isinstance(reading, NumberReading) else "."
    return {"kind": "number", "typical": typical, "low": low, "high": high, "decimal": decimal}


class Number(_Numbers):
    """A column of numbers: (value - mean) / std, missing ones filled. The std is the population's; 0 becomes 1."""

    kind: Literal["number"] = "number"
    mean: Finite = 0.0
    std: Positive = 1.0

    def _summary(self) -> str:
        return "scaled"

    def _guess(self) -> tuple[float, float]:
        return self.mean - REACH * self.std, self.mean + REACH * self.std

    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """float64 (rows, 1)."""
        return ((self.values(column) - self.mean) / self.std)[:, None]


class Curve(_Numbers):
    """Numbers bent before they are standardised: by sign(x) log(1 + |x|), or, where there are `knots` (the train rows'
    quantiles), to the share of train rows below."""

    kind: Literal["curve"] = "curve"
    knots: Boundaries = []
    mean: Finite = 0.0
    std: Positive = 1.0

    def _summary(self) -> str:
        return "quantiles, standardised" if self.knots else "logarithm, standardised"

    def _guess(self) -> tuple[float, float]:
        return (self.knots[0], self.knots[-1]) if len(self.knots) > 1 else super()._guess()

    def bend(self, values: np.ndarray) -> np.ndarray:
        """The bent values, not yet standardised."""
        if not self.knots:
            return np.sign(values) * np.log1p(np.abs(values))
        return np.interp(values, self.knots, np.linspace(0, 1, len(self.knots)))

    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """float64 (rows, 1)."""
        return ((self.bend(self.values(column)) - self.mean) / self.std)[:, None]


class Smooth(_Numbers):
    """Numbers scaled by median and quartiles, then bent so that outliers come no further than 3: z = (value - median) /
    width, then z / sqrt(1 + (z / 3)^2)."""

    kind: Literal["smooth"] = "smooth"
    median: Finite = 0.0
    width: Positive = 1.0

    def _summary(self) -> str:
        return "robustly scaled, outliers bent"

    def _guess(self) -> tuple[float, float]:
        return self.median - REACH * self.width, self.median + REACH * self.width

    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """float64 (rows, 1)."""
        with np.errstate(over="ignore"):
            scaled = np.clip((self.values(column) - self.median) / self.width, -BEYOND, BEYOND)
        return (scaled / np.hypot(1, scaled / SMOOTH))[:, None]

    def decode(self, encoded: np.ndarray) -> np.ndarray:
        """The numbers (rows,) that were encoded so, as far as they can be told apart."""
        bent = np.clip(encoded, -SMOOTH * (1 - 1e-7), SMOOTH * (1 - 1e-7))
        return self.median + self.width * bent / np.sqrt(1 - (bent / SMOOTH) ** 2)


class Bucket(_Numbers):
    """A column of numbers as the index of its bucket: as `torch.bucketize(right=True)`, boundary b opens a bucket."""

    kind: Literal["bucket"] = "bucket"
    boundaries: Boundaries

    def _summary(self) -> str:
        return "bucketized"

    def _guess(self) -> tuple[float, float]:
        return (self.boundaries[0], self.boundaries[-1]) if len(self.boundaries) > 1 else super()._guess()

    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """float64 (rows, 1)."""
        return np.searchsorted(self.boundaries, self.values(column), side="right").astype(np.float64)[:, None]


class Missing(_Numbers):
    """1 where a number is missing, else 0, beside the column that holds the filled numbers."""

    kind: Literal["missing"] = "missing"
    numeric: ClassVar[bool] = False
    fill: Finite = 0.0

    @property
    def features(self) -> list[str]:
        """The column's name, and that it is about what is missing."""
        return [f"{self.name} missing"]

    def _summary(self) -> str:
        return "a flag where it is missing"

    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """float64 (rows, 1)."""
        return arrow.missing(column).astype(np.float64)[:, None]


class Flag(_Column):
    """Yes and no as 1 and -1; what is missing as 0."""

    kind: Literal["flag"] = "flag"

    def _summary(self) -> str:
        return "1 and -1"

    def question(self, reading: Reading) -> dict[str, Any]:
        """The words for no and yes."""
        if isinstance(reading, BooleanReading) and reading.yes != list(TRUE):
            return {"kind": "flag", "values": [reading.no[0], reading.yes[0]]}
        return {"kind": "flag", "values": ["no", "yes"]}

    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """float64 (rows, 1)."""
        known = arrow.to_numpy(column.cast(pa.float64()), fill=0.5)
        return (2 * known - 1)[:, None]


class Date(_Column):
    """A date as its distance from the train rows' mean, its place in the year and in the week, and, if `timed`, in the
    day: places are points on a circle (sine, cosine). Missing ones are zero in all."""

    kind: Literal["date"] = "date"
    style: Annotated[str, Field(max_length=100)] = ""
    mean: Finite = 0.0
    std: Positive = 1.0
    timed: bool = False

    @property
    def span(self) -> int:
        """Columns of the matrix."""
        return 7 if self.timed else 5

    @property
    def features(self) -> list[str]:
        """When it is, and the sine and cosine of its places on circles."""
        circles = [f"{self.name} {of} {wave}" for of in ("year", "week", "day") for wave in ("sin", "cos")]
        return [self.name, *circles][: self.span]

    def _summary(self) -> str:
        return f"{self.span} numbers: when, time of year, weekday" + (", time of day" if self.timed else "")

    def question(self, reading: Reading) -> dict[str, Any]:  # noqa: ARG002
        """Some dates from early to late, and a typical one."""
        steps = [REACH * (2 * index / (DATES - 1) - 1) for index in range(DATES)]
        dates = [self._written(self.mean + step * self.std) for step in steps]
        return {"kind": "date", "values": list(dict.fromkeys(dates)), "typical": dates[DATES // 2]}

    def _written(self, days: float) -> str:
        """A day in ISO form, or as an early checkpoint's rows write it; the first or last one there is beyond these."""
        first, last = -719_162.0, 2_932_896.0  # the years 1 and 9999
        moment = EPOCH + timedelta(seconds=round(min(max(days, first), last) * DAY))
        return moment.strftime(self.style or ("%Y-%m-%dT%H:%M:%S" if self.timed else "%Y-%m-%d"))

    def days(self, column: pa.ChunkedArray) -> np.ndarray:
        """Days since 1970, float64 (rows,), NaN where missing."""
        return arrow.to_numpy(column.cast(pa.int64()).cast(pa.float64(), safe=False)) / (1e6 * DAY)

    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """float64 (rows, 5 or 7)."""
        days = self.days(column)
        turns = [days / YEAR, (np.floor(days) + 3) / 7, *([days] if self.timed else [])]  # 1970 began on a Thursday
        circles = [wave(2 * math.pi * turn) for turn in turns for wave in (np.sin, np.cos)]
        return np.nan_to_num(np.stack([(days - self.mean) / self.std, *circles], axis=1))


class Hashed(_Column):
    """Texts as counts of their words, each word in the place that its CRC-32 gives it, as log(1 + count)."""

    kind: Literal["hashed"] = "hashed"
    width: Annotated[int, Field(ge=1, le=65_536)] = 64

    @property
    def span(self) -> int:
        """Columns of the matrix."""
        return self.width

    def _summary(self) -> str:
        return f"its words hashed to {self.width} counts"

    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """float64 (rows, width)."""
        pc = arrow.compute()
        texts = pc.utf8_lower(pc.fill_null(column.cast(pa.large_string()), arrow.text("")))
        words = pc.split_pattern_regex(texts, r"[^\p{L}\p{N}]+")
        rows = arrow.to_numpy(pc.list_parent_indices(words).cast(pa.int64()))
        encoded = pc.list_flatten(words).combine_chunks().dictionary_encode()
        vocabulary = encoded.dictionary.to_pylist()
        place = np.array([zlib.crc32(word.encode()) % self.width for word in vocabulary], dtype=np.int64)
        counted = np.array([word != "" for word in vocabulary], dtype=bool)
        codes = arrow.to_numpy(encoded.indices.cast(pa.int64()))
        block = np.zeros((len(texts), self.width))
        np.add.at(block, (rows[counted[codes]], place[codes][counted[codes]]), 1)
        return np.log1p(block)


class _Categories(_Column):
    """What columns of categories have."""

    categories: Categories
    whole: bool = False

    def codes(self, column: pa.ChunkedArray) -> np.ndarray:
        """The index of each value's category, int64; -1 for missing and unseen ones."""
        return category_codes(column, self.categories)

    def unseen(self, column: pa.ChunkedArray) -> np.ndarray:
        """A mask of the values that are none of the categories."""
        return (self.codes(column) < 0) & ~arrow.missing(column)

    def question(self, reading: Reading) -> dict[str, Any]:  # noqa: ARG002
        """All values that are known."""
        return {"kind": "category", "values": list(self.categories)}


class OneHot(_Categories):
    """A column of categories as one 0/1 column each; a missing or unseen category is zero in all, or, where `other` is
    true, one in a last column, which it shares with categories too rare to have their own."""

    kind: Literal["one_hot"] = "one_hot"
    other: bool = False

    @property
    def span(self) -> int:
        """Columns of the matrix."""
        return len(self.categories) + self.other

    @property
    def features(self) -> list[str]:
        """The column's name with each category."""
        return [f"{self.name}={value}" for value in [*self.categories, "other"][: self.span]]

    def _summary(self) -> str:
        return f"one-hot, {len(self.categories)} categories" + (" and others" if self.other else "")

    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """float64 (rows, categories, and one for others)."""
        codes = self.codes(column)
        block = np.zeros((len(codes), self.span))
        placed = np.where(codes < 0, len(self.categories), codes)
        known = placed < self.span
        block[known, placed[known]] = 1
        return block


class Embedding(_Categories):
    """A column of categories as an index that the network embeds as `width` numbers; the last index is for missing,
    unseen and rare ones."""

    kind: Literal["embedding"] = "embedding"
    width: Annotated[int, Field(ge=1, le=10_000)]

    def _summary(self) -> str:
        return f"embedded, {len(self.categories):,} categories in {self.width} numbers"

    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """float64 (rows, 1)."""
        codes = self.codes(column)
        return np.where(codes < 0, len(self.categories), codes).astype(np.float64)[:, None]


ORDER = ("number", "curve", "smooth", "missing", "bucket", "flag", "date", "hashed", "one_hot", "embedding")
Column = Annotated[
    Number | Curve | Smooth | Missing | Bucket | Flag | Date | Hashed | OneHot | Embedding, Field(discriminator="kind")
]
