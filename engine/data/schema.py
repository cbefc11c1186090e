"""What was learnt of the columns on the train split, as plain data: how a row becomes numbers, and an answer a value.

The matrix's columns are: numbers in file order (standardised or as they are), then bucketized columns (the bucket's
index), then one-hot blocks, then one index for each embedded column.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute
from pydantic import BaseModel, ConfigDict, Field

from ..config import PrepareConfig, Task
from ..errors import UsageError, nearest
from . import arrow
from .dataset import Dataset

pc: Any = pyarrow.compute  # its functions are made at import, where no checker sees them

PART = 2**17  # values of images made floats at a time: they stay in the processor's cache

Name = Annotated[str, Field(max_length=10_000)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Categories = Annotated[list[Name], Field(max_length=1_000_000)]
Boundaries = Annotated[list[Finite], Field(max_length=100_000)]


class _Plain(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Number(_Plain):
    """A column of numbers: (value - mean) / std, missing ones filled. The std is the population's; 0 becomes 1."""

    kind: Literal["number"] = "number"
    name: Name
    fill: Finite
    mean: Finite = 0.0
    std: Annotated[Finite, Field(gt=0)] = 1.0

    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """float64 (rows, 1)."""
        return ((numbers(column, self.name, self.fill) - self.mean) / self.std)[:, None]


class Bucket(_Plain):
    """A column of numbers as the index of its bucket: as `torch.bucketize(right=True)`, boundary b opens a bucket."""

    kind: Literal["bucket"] = "bucket"
    name: Name
    fill: Finite
    boundaries: Boundaries

    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """float64 (rows, 1)."""
        values = numbers(column, self.name, self.fill)
        return np.searchsorted(self.boundaries, values, side="right").astype(np.float64)[:, None]


class OneHot(_Plain):
    """A column of categories as one 0/1 column each; a missing or unseen category is zero in all."""

    kind: Literal["one_hot"] = "one_hot"
    name: Name
    categories: Categories

    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """float64 (rows, categories)."""
        codes = category_codes(column, self.categories)
        block = np.zeros((len(codes), len(self.categories)))
        known = codes >= 0
        block[known, codes[known]] = 1
        return block


class Embedding(_Plain):
    """A column of categories as an index that the network embeds; the last index is for missing and unseen ones."""

    kind: Literal["embedding"] = "embedding"
    name: Name
    categories: Categories
    width: Annotated[int, Field(ge=1, le=10_000)]

    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """float64 (rows, 1)."""
        codes = category_codes(column, self.categories)
        return np.where(codes < 0, len(self.categories), codes).astype(np.float64)[:, None]


Column = Annotated[Number | Bucket | OneHot | Embedding, Field(discriminator="kind")]


class Image(_Plain):
    """Images as the network sees them: (pixel - shift) * scale. `shape` is (channels, height, width)."""

    shape: tuple[Annotated[int, Field(ge=1, le=65_536)], Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]]
    shift: Finite = 0.0
    scale: Finite = 1.0


class Schema(_Plain):
    """How rows of one data set become a network's input and its output an answer. Plain data throughout."""

    task: Task
    target: Name
    classes: Categories = []
    target_mean: Finite = 0.0
    target_std: Annotated[Finite, Field(gt=0)] = 1.0
    columns: Annotated[list[Column], Field(max_length=100_000)] = []
    image: Image | None = None

    @property
    def in_features(self) -> int:
        """Width of the matrix, or the number of an image's values."""
        if self.image is not None:
            channels, height, width = self.image.shape
            return channels * height * width
        return sum(len(column.categories) if isinstance(column, OneHot) else 1 for column in self.columns)

    @property
    def embeddings(self) -> list[tuple[int, int]]:
        """(number of categories with the place for unseen ones, width) of each embedded column, the matrix's last."""
        return [(len(c.categories) + 1, c.width) for c in self.columns if isinstance(c, Embedding)]

    @property
    def inputs(self) -> list[str]:
        """Names of the columns a row must have."""
        return [column.name for column in self.columns]

    def transform(self, table: pa.Table) -> np.ndarray:
        """float32 (rows, in_features) of a table, whose columns are found by name and may stand in any order.

        Raises UsageError naming the columns that are missing, or the column and row of a value that is no number.
        """
        missing = [name for name in self.inputs if name not in table.column_names]
        if missing:
            meant = nearest(missing[0], [name for name in table.column_names if name not in self.inputs])
            hint = f" (is it {meant!r}?)" if meant else ""
            several = "s" if len(missing) > 1 else ""
            raise UsageError(f"The data lack the column{several} {', '.join(map(repr, missing))}{hint}.")
        matrix = np.empty((len(table), self.in_features), dtype=np.float32)
        start = 0
        for column in self.columns:
            block = column.encode(table.column(column.name))
            matrix[:, start : start + block.shape[1]] = block
            start += block.shape[1]
        return matrix

    def encode_target(self, column: pa.ChunkedArray) -> np.ndarray:
        """int64 class indices, or float32 targets in the network's units. UsageError for an unknown class."""
        if self.task == "regression":
            return ((numbers(column, self.target, None) - self.target_mean) / self.target_std).astype(np.float32)
        codes = category_codes(column, self.classes)
        if (codes < 0).any():
            row = int(np.argmax(codes < 0))
            raise UsageError(
                f"Row {row + 1} has the {self.target} {column[row].as_py()!r}, which is none of the network's classes."
            )
        return codes.astype(np.int64)

    def decode_target(self, values: Any) -> Any:
        """Regression outputs (array or tensor) in the target's own units."""
        return values * self.target_std + self.target_mean


def fit(dataset: Dataset, rows: np.ndarray, features: list[str], config: PrepareConfig) -> Schema:
    """Learn the schema from the given rows (the train split's) alone. Raises UsageError for columns that are not there
    or cannot be prepared as asked."""
    classes = list(dataset.classes)
    target = dataset.table.column(dataset.target).take(arrow.numbers(rows))
    mean, std = 0.0, 1.0
    if not classes and config.standardize_target:
        mean, std = _moments(numbers(target, dataset.target, None), dataset.target)
    common: dict[str, Any] = {"task": dataset.task, "target": dataset.target, "classes": classes}
    if dataset.images is not None:
        return Schema(**common, image=_fit_image(dataset.images, rows, config))
    _check_columns(features, config)
    table = dataset.table.select(features).take(arrow.numbers(rows))
    columns = [_fit_column(table.column(name), name, config) for name in features]
    order = ("number", "bucket", "one_hot", "embedding")
    columns.sort(key=lambda column: order.index(column.kind))
    return Schema(**common, target_mean=mean, target_std=std, columns=columns)


def _fit_image(images: np.ndarray, rows: np.ndarray, config: PrepareConfig) -> Image:
    """Shift and scale from the train images' sums, part by part; sums of so few whole numbers are exact."""
    shape = (int(images.shape[1]), int(images.shape[2]), int(images.shape[3]))
    if config.pixels == "raw":
        return Image(shape=shape)
    if config.pixels == "unit":
        return Image(shape=shape, scale=1 / 255)
    count = total = squares = 0
    part = max(1, PART // math.prod(shape))
    for start in range(0, len(rows), part):
        values = images[rows[start : start + part]].astype(np.float64).ravel()
        count, total, squares = count + len(values), total + int(values.sum()), squares + int(values.dot(values))
    std = math.sqrt(count * squares - total**2) / count
    return Image(shape=shape, shift=total / count, scale=1 / (std or 1.0))


def _check_columns(features: list[str], config: PrepareConfig) -> None:
    asked = {"standardize": config.standardize or [], "bucketize": config.bucketize, "one_hot": config.one_hot}
    first: dict[str, str] = {}
    for option, names in {**asked, "embed": config.embed}.items():
        for name in names:
            if name not in features:
                meant = nearest(name, features)
                hint = f"did you mean {meant!r}?" if meant else "the features are " + ", ".join(features) + "."
                raise UsageError(f"{option} names the column {name!r}, which is no feature: {hint}")
            if first.setdefault(name, option) != option:
                raise UsageError(f"The column {name!r} is named by {first[name]} and {option}: choose one of them.")


def _fit_column(column: pa.ChunkedArray, name: str, config: PrepareConfig) -> Number | Bucket | OneHot | Embedding:
    if name in config.embed:
        return Embedding(name=name, categories=_categories(column), width=config.embed[name])
    as_number = name in config.bucketize or name in (config.standardize or []) or is_number(column.type)
    if name in config.one_hot or not as_number:
        return OneHot(name=name, categories=config.one_hot.get(name) or _categories(column))
    values = numbers(column, name, np.nan)
    known = values[~np.isnan(values)]
    if not len(known):
        raise UsageError(f"The column {name!r} has no value in the train rows: leave it out of --features.")
    mean, std = _moments(np.where(np.isnan(values), fill := float(np.median(known)), values), name)
    if name in config.bucketize:
        boundaries = config.bucketize[name]
        if not boundaries or boundaries != sorted(set(boundaries)):
            raise UsageError(f"The boundaries of {name!r} must rise, as in --bucketize '{name}=10,20,30'.")
        return Bucket(name=name, fill=fill, boundaries=boundaries)
    if config.standardize is not None and name not in config.standardize:
        return Number(name=name, fill=fill)
    return Number(name=name, fill=fill, mean=mean, std=std)


def _moments(values: np.ndarray, name: str) -> tuple[float, float]:
    """Mean and the population's deviation, 1 where values do not differ. UsageError where these are not finite."""
    with np.errstate(over="ignore", invalid="ignore"):
        mean, std = float(values.mean()), float(values.std())
    if not (math.isfinite(mean) and math.isfinite(std)):
        raise UsageError(f"The column {name!r} has infinite or too large values: leave it out, or mend its rows.")
    return mean, std if values.min() < values.max() else 1.0


def is_number(kind: pa.DataType) -> bool:
    """Whether a column of this type holds numbers."""
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def _categories(column: pa.ChunkedArray) -> list[str]:
    """The categories that occur, as text, in the order of their values."""
    values = column.unique().drop_null()
    order = pc.sort_indices(values.dictionary_decode() if pa.types.is_dictionary(values.type) else values)
    return as_text(pa.chunked_array([values.take(order)])).to_pylist()


def category_codes(column: pa.ChunkedArray, categories: list[str]) -> np.ndarray:
    """The index of each value's text among the categories, int64; -1 for a missing or unknown one."""
    names = arrow.strings(categories)
    if pa.types.is_dictionary(column.type):
        encoded = column.combine_chunks()
        place = pc.index_in(encoded.dictionary.cast(pa.string()), value_set=names)
        codes = place.take(encoded.indices)
    else:
        codes = pc.index_in(as_text(column), value_set=names)
    return arrow.to_numpy(codes, fill=-1).astype(np.int64)


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Categories as text; whole numbers are written without a point, however they were read."""
    if pa.types.is_floating(column.type):
        known = arrow.to_numpy(column.cast(pa.float64()).drop_null())
        known = known[~np.isnan(known)]
        if (known == np.trunc(known)).all() and (np.abs(known) < 2**53).all():
            column = column.cast(pa.int64(), safe=False)
    return column.cast(pa.string())


def numbers(column: pa.ChunkedArray, name: str, fill: float | None) -> np.ndarray:
    """The column as float64, missing values filled; with `fill` None they are an error. Text that reads as a number is
    one. UsageError with the row of a value that is none."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = _parse(column, name)
    try:
        values = arrow.to_numpy(column.cast(pa.float64(), safe=False))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise UsageError(f"The column {name!r} holds {column.type} values, which are no numbers.") from None
    if not np.isnan(values).any():
        return values
    if fill is None:
        raise UsageError(f"The column {name!r} has missing values in rows where a number is needed.")
    return np.where(np.isnan(values), fill, values)


def _parse(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    trimmed = pc.utf8_trim_whitespace(column)
    trimmed = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, trimmed.type), trimmed)
    try:
        return trimmed.cast(pa.float64())
    except pa.ArrowInvalid:
        for row, value in enumerate(trimmed.to_pylist()):
            try:
                float(value or 0)
            except ValueError:
                raise UsageError(f"Row {row + 1} of the column {name!r} is {value!r}, which is no number.") from None
        raise
