"""The ways in which a column becomes numbers, each as plain data with what was learnt of the train rows.

Every class has `name`, `span` (how many columns of the matrix it fills) and `encode`, which works on whole columns as
their reading gives them (`reading/readings.py`). What says here how texts are read is of checkpoints that were written
before readings were kept.
"""

from __future__ import annotations

import math
import zlib
from typing import Annotated, ClassVar, Literal

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from ...bounds import Boundaries, Categories, Name
from . import arrow
from .values import Decimal, category_codes

Finite = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[Finite, Field(gt=0)]

DAY = 86_400.0  # seconds
YEAR = 365.2425  # days


class Plain(BaseModel):
    """Plain data that a stranger's file may hold: nothing unknown, nothing to change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Numbers(Plain):
    """What all columns of numbers have: how missing ones are filled. `usual` are the values between which most train
    rows lie; they are told to people, and nothing is computed with them."""

    name: Name
    fill: Finite
    usual: tuple[Finite, Finite] | None = None
    decimal: Decimal = "."
    lenient: bool = False
    span: ClassVar[int] = 1

    def values(self, column: pa.ChunkedArray) -> np.ndarray:
        """The filled numbers, float64 (rows,)."""
        return arrow.to_numpy(column, fill=self.fill)


class Number(_Numbers):
    """A column of numbers: (value - mean) / std, missing ones filled. The std is the population's; 0 becomes 1."""

    kind: Literal["number"] = "number"
    mean: Finite = 0.0
    std: Positive = 1.0

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

    def bend(self, values: np.ndarray) -> np.ndarray:
        """The bent values, not yet standardised."""
        if not self.knots:
            return np.sign(values) * np.log1p(np.abs(values))
        return np.interp(values, self.knots, np.linspace(0, 1, len(self.knots)))

    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """float64 (rows, 1)."""
        return ((self.bend(self.values(column)) - self.mean) / self.std)[:, None]


class Bucket(_Numbers):
    """A column of numbers as the index of its bucket: as `torch.bucketize(right=True)`, boundary b opens a bucket."""

    kind: Literal["bucket"] = "bucket"
    boundaries: Boundaries

    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """float64 (rows, 1)."""
        return np.searchsorted(self.boundaries, self.values(column), side="right").astype(np.float64)[:, None]


class Missing(_Numbers):
    """1 where a number is missing, else 0, beside the column that holds the filled numbers."""

    kind: Literal["missing"] = "missing"
    fill: Finite = 0.0

    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """float64 (rows, 1)."""
        return arrow.missing(column).astype(np.float64)[:, None]


class Flag(Plain):
    """Yes and no as 1 and -1; what is missing as 0."""

    kind: Literal["flag"] = "flag"
    name: Name
    span: ClassVar[int] = 1

    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """float64 (rows, 1)."""
        known = arrow.to_numpy(column.cast(pa.float64()), fill=0.5)
        return (2 * known - 1)[:, None]


class Date(Plain):
    """A date as its distance from the train rows' mean, its place in the year and in the week, and, if `timed`, in the
    day: places are points on a circle (sine, cosine). Missing ones are zero in all."""

    kind: Literal["date"] = "date"
    name: Name
    style: Annotated[str, Field(max_length=100)] = ""
    mean: Finite = 0.0
    std: Positive = 1.0
    timed: bool = False

    @property
    def span(self) -> int:
        """Columns of the matrix."""
        return 7 if self.timed else 5

    def days(self, column: pa.ChunkedArray) -> np.ndarray:
        """Days since 1970, float64 (rows,), NaN where missing."""
        return arrow.to_numpy(column.cast(pa.int64()).cast(pa.float64(), safe=False)) / (1e6 * DAY)

    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """float64 (rows, 5 or 7)."""
        days = self.days(column)
        turns = [days / YEAR, (np.floor(days) + 3) / 7, *([days] if self.timed else [])]  # 1970 began on a Thursday
        circles = [wave(2 * math.pi * turn) for turn in turns for wave in (np.sin, np.cos)]
        return np.nan_to_num(np.stack([(days - self.mean) / self.std, *circles], axis=1))


class Hashed(Plain):
    """Texts as counts of their words, each word in the place that its CRC-32 gives it, as log(1 + count)."""

    kind: Literal["hashed"] = "hashed"
    name: Name
    width: Annotated[int, Field(ge=1, le=65_536)] = 64

    @property
    def span(self) -> int:
        """Columns of the matrix."""
        return self.width

    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """float64 (rows, width)."""
        pc = arrow.compute()
        texts = pc.utf8_lower(column.cast(pa.large_string()).fill_null(""))
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


class _Categories(Plain):
    """What columns of categories have."""

    name: Name
    categories: Categories
    whole: bool = False

    def codes(self, column: pa.ChunkedArray) -> np.ndarray:
        """The index of each value's category, int64; -1 for missing and unseen ones."""
        return category_codes(column, self.categories)

    def unseen(self, column: pa.ChunkedArray) -> np.ndarray:
        """A mask of the values that are none of the categories."""
        return (self.codes(column) < 0) & ~arrow.missing(column)


class OneHot(_Categories):
    """A column of categories as one 0/1 column each; a missing or unseen category is zero in all, or, where `other` is
    true, one in a last column, which it shares with categories too rare to have their own."""

    kind: Literal["one_hot"] = "one_hot"
    other: bool = False

    @property
    def span(self) -> int:
        """Columns of the matrix."""
        return len(self.categories) + self.other

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

    span: ClassVar[int] = 1
    kind: Literal["embedding"] = "embedding"
    width: Annotated[int, Field(ge=1, le=10_000)]

    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """float64 (rows, 1)."""
        codes = self.codes(column)
        return np.where(codes < 0, len(self.categories), codes).astype(np.float64)[:, None]


ORDER = ("number", "curve", "missing", "bucket", "flag", "date", "hashed", "one_hot", "embedding")
Column = Annotated[
    Number | Curve | Missing | Bucket | Flag | Date | Hashed | OneHot | Embedding, Field(discriminator="kind")
]
