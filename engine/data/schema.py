"""What was learnt of the columns on the train split, as plain data: how a row becomes numbers, and an answer a value.

The matrix's columns are: numbers in file order (standardised or as they are), then all other kinds in the order of
`columns.ORDER`, the last being one index for each embedded column.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
from pydantic import Field, model_validator

from ..config import PrepareConfig, Task
from ..errors import UsageError, nearest, shown
from . import arrow
from .columns import (
    ORDER,
    Bucket,
    Categories,
    Column,
    Curve,
    Date,
    Embedding,
    Finite,
    Missing,
    Name,
    Number,
    Plain,
    Positive,
)
from .dataset import Dataset
from .derived import Derived, Source, derive, kind_of
from .fitting import check_columns, fit_column, moments
from .values import category_codes, clean_column, is_number, is_text, numbers

STRETCH = 2**18  # rows of a column encoded at a time
PART = 2**17  # values of images made floats at a time: they stay in the processor's cache


Side = Annotated[int, Field(ge=1, le=65_536)]


class Image(Plain):
    """Images as the network sees them: (pixel - shift) * scale. `shape` is (channels, height, width)."""

    shape: tuple[Side, Side, Side]
    shift: Finite = 0.0
    scale: Finite = 1.0


class Schema(Plain):
    """How rows of one data set become a network's input and its output an answer. Plain data throughout.

    `derived` says where columns come from that the data does not hold; they are numbers by name like all others.
    """

    task: Task
    target: Name
    classes: Categories = []
    target_mean: Finite = 0.0
    target_std: Positive = 1.0
    columns: Annotated[list[Column], Field(max_length=100_000, fail_fast=True)] = []
    derived: Annotated[list[Derived], Field(max_length=100_000, fail_fast=True)] = []
    na: Annotated[list[Name], Field(max_length=1000)] = []
    image: Image | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Schema:
        names = {column.name for column in self.derived}
        numeric = {column.name for column in self.columns if isinstance(column, Number | Curve | Bucket)}
        if len(names) < len(self.derived) or not names <= numeric:
            raise ValueError("its derived columns are not columns of numbers, each of a name of its own")
        return self

    @property
    def in_features(self) -> int:
        """Width of the matrix, or the number of an image's values."""
        if self.image is not None:
            channels, height, width = self.image.shape
            return channels * height * width
        return sum(column.span for column in self.columns)

    @property
    def owners(self) -> list[str]:
        """The feature that each column of the matrix belongs to."""
        return [column.name for column in self.columns for _ in range(column.span)]

    @property
    def embeddings(self) -> list[tuple[int, int]]:
        """(number of categories with the place for unseen ones, width) of each embedded column, the matrix's last."""
        return [(len(c.categories) + 1, c.width) for c in self.columns if isinstance(c, Embedding)]

    @property
    def readers(self) -> dict[str, Column | Source]:
        """What reads each column that a row must have, by the column's name; where several do, one that reads texts.
        In place of a derived column stand those that it comes from."""
        derived = {column.name: column.of for column in self.derived}
        found: dict[str, Column | Source] = {}
        for column in self.columns:
            for part in derived.get(column.name, [column]):
                if part.name not in found or not part.numeric:
                    found[part.name] = part
        return found

    @property
    def inputs(self) -> list[str]:
        """Names of the columns a row must have."""
        return list(self.readers)

    @property
    def typical(self) -> dict[str, float]:
        """The train rows' mean of each column that features are derived from."""
        return {source.name: source.typical for column in self.derived for source in column.of}

    @property
    def unseen(self) -> list[str]:
        """Those of them that are no columns of numbers themselves."""
        seen = {column.name for column in self.columns if isinstance(column, Number)}
        seen -= {column.name for column in self.derived}
        return [name for name in self.typical if name not in seen]

    def transform(self, table: pa.Table, rows: np.ndarray | None = None) -> np.ndarray:
        """float32 (rows, in_features) of a table, or of these rows of it; columns are found by name and may stand in
        any order. They are taken one by one, so that little more than the table and the matrix is in memory.

        Raises UsageError naming the columns that are missing, or the column and row of a value that is no number.
        """
        found = dict.fromkeys(table.column_names)
        missing = [name for name in self.inputs if name not in found]
        if missing:
            meant = nearest(missing[0], [name for name in found if name not in self.inputs])
            hint = f" (is it {meant!r}?)" if meant else ""
            several = "s" if len(missing) > 1 else ""
            raise UsageError(f"The data lack the column{several} {', '.join(map(repr, missing))}{hint}.")
        derived, read = {column.name: column for column in self.derived}, partial(self._read, table, rows)
        matrix = np.empty((len(table) if rows is None else len(rows), self.in_features), dtype=np.float32)
        start = 0
        for column in self.columns:
            values = derived[column.name].column(read) if column.name in derived else read(column.name)
            _encode(column, values, matrix[:, start : start + column.span])
            start += column.span
        return matrix

    def read_unseen(self, table: pa.Table, rows: np.ndarray) -> np.ndarray:
        """float32 (rows, unseen): their values in these rows of a table, typical where they are missing."""
        sources = {source.name: source for column in self.derived for source in column.of}
        block = np.empty((len(rows), len(self.unseen)), dtype=np.float32)
        for place, name in enumerate(self.unseen):
            values = sources[name].values(self._read(table, rows, name))
            with np.errstate(over="ignore"):
                values = values.astype(np.float32)
            block[:, place] = np.where(np.isfinite(values), values, sources[name].typical)
        return block

    def _read(self, table: pa.Table, rows: np.ndarray | None, name: str) -> pa.ChunkedArray:
        """A column with nulls for what the user said means missing."""
        column = table.column(name) if rows is None else arrow.take(table.column(name), rows)
        return clean_column(column, self.na) if self.na else column

    def encode_target(self, column: pa.ChunkedArray) -> np.ndarray:
        """int64 class indices, or float32 targets in the network's units. UsageError for an unknown class."""
        if self.task == "regression":
            return ((numbers(column, self.target, None) - self.target_mean) / self.target_std).astype(np.float32)
        codes = category_codes(column, self.classes)
        if (codes < 0).any():
            row = int(np.argmax(codes < 0))
            raise UsageError(
                f"Row {row + 1} has the {self.target} {shown(column[row].as_py())}, which is none of the network's "
                "classes."
            )
        return codes

    def decode_target(self, values: Any) -> Any:
        """Regression outputs (array or tensor) in the target's own units."""
        return values * self.target_std + self.target_mean


def _encode(column: Column, values: pa.ChunkedArray, block: np.ndarray) -> None:
    """Write the encoded column into its part of a matrix, some rows at a time where they are read as all of them are:
    what lies between is wider than both."""
    step = STRETCH if _separable(column, values.type) else max(1, len(values))
    for first in range(0, len(values), step):
        part = values.slice(first, step)
        try:
            encoded = column.encode(part)
        except UsageError:
            column.encode(values)  # names the row among all of them
            raise
        with np.errstate(over="ignore"):  # a number too large for float32 is infinite, and the answer says so
            block[first : first + step] = encoded


def _separable(column: Column, kind: pa.DataType) -> bool:
    """Whether a row is read alike whichever rows are read with it. It is not where the style of texts is found out, or
    whether all numbers are whole."""
    if isinstance(column, Number | Curve | Bucket | Missing):
        return is_number(kind)
    return not (is_text(kind) if isinstance(column, Date) else pa.types.is_floating(kind))


def fit(dataset: Dataset, rows: np.ndarray, features: list[str], config: PrepareConfig) -> Schema:
    """Learn the schema from the given rows (the train split's) alone. Raises UsageError for columns that are not there
    or cannot be prepared as asked."""
    classes = list(dataset.classes)
    mean, std = 0.0, 1.0
    if not classes and config.standardize_target:
        target = arrow.take(dataset.table.column(dataset.target), rows)
        mean, std = moments(numbers(target, dataset.target, None), dataset.target)
    common: dict[str, Any] = {"task": dataset.task, "target": dataset.target, "classes": classes}
    if dataset.images is not None:
        return Schema(**common, image=_fit_image(dataset.images, rows, config))
    check_columns(features, config)

    def read(name: str) -> pa.ChunkedArray:
        return arrow.take(dataset.table.column(name), rows)

    derived = derive(features, dataset, read)

    columns = [
        part
        for name in features
        for part in (
            fit_column(derived[name].column(read), name, kind_of(derived[name], dataset), config)
            if name in derived
            else fit_column(read(name), name, dataset.kinds.get(name), config)
        )
    ]
    columns.sort(key=lambda column: ORDER.index(column.kind))
    shape: dict[str, Any] = {"columns": columns, "derived": list(derived.values()), "na": list(dataset.na)}
    return Schema(**common, target_mean=mean, target_std=std, **shape)


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
