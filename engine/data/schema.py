"""What was learnt of the columns on the train split, as plain data: how a row becomes numbers, and an answer a value.

The matrix's columns are: numbers in file order (standardised or as they are), then all other kinds in the order of
`columns.ORDER`, the last being one index for each embedded column.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
from pydantic import Field, model_validator

from ..bounds import Boundaries, Categories, Name
from ..config import PrepareConfig, Task
from ..errors import UsageError, nearest, shown
from .columns import arrow
from .columns.column_kind import UNUSED
from .columns.encoders import ORDER, Column, Embedding, Finite, Number, Plain, Positive, Smooth
from .columns.fitting import check_columns, fit_column, moments, reading_for
from .columns.values import Decimal, category_codes, is_text
from .dataset import Dataset
from .derived import Derived, derive, kind_of
from .drift import Seen, SeenColumns, seen
from .reading.decimals import decimal_sign
from .reading.early import early_reading
from .reading.readings import (
    NumberReading,
    Reading,
)
from .reading.tally import Tally

CHUNK = 2**18  # rows of a table encoded at a time
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
    `readings` say how the values of each column that a row must have, and the target's, are read; what they lack was
    not kept by the nnlab that wrote the checkpoint, and follows from the columns. `bins` are edges between the train
    rows' quantiles of each of the `numbers`, `limits` the least and the largest target, all in the network's units and
    learnt for networks that ask for them. `seen` is what the train rows held in each of the `inputs`, by which others
    are told to be unlike them; a checkpoint of an older nnlab has none.
    """

    task: Task
    target: Name
    classes: Categories = []
    target_mean: Finite = 0.0
    target_std: Positive = 1.0
    columns: Annotated[list[Column], Field(max_length=100_000, fail_fast=True)] = []
    derived: Annotated[list[Derived], Field(max_length=100_000, fail_fast=True)] = []
    readings: Annotated[list[Reading], Field(max_length=100_000, fail_fast=True)] = []
    na: Annotated[list[Name], Field(max_length=1000)] = []
    image: Image | None = None
    bins: Annotated[list[Boundaries], Field(max_length=100_000, fail_fast=True)] = []
    limits: tuple[Finite, Finite] | None = None
    seen: SeenColumns = []

    @model_validator(mode="after")
    def _consistent(self) -> Schema:
        names = {column.name for column in self.derived}
        numeric = {column.name for column in self.columns if column.numeric}
        if len(names) < len(self.derived) or not names <= numeric:
            raise ValueError("its derived columns are not columns of numbers, each of a name of its own")
        if len({one.name for one in self.seen} & set(self.inputs)) < len(self.seen):
            raise ValueError("what it keeps of the train rows is not of its columns, once for each")
        return self

    @property
    def in_features(self) -> int:
        """Width of the matrix, or the number of an image's values."""
        if self.image is not None:
            channels, height, width = self.image.shape
            return channels * height * width
        return sum(column.span for column in self.columns)

    @property
    def numbers(self) -> int:
        """How many columns of the matrix, its first ones, are numbers that a network may embed."""
        return sum(column.kind in ("number", "curve", "smooth") for column in self.columns)

    @property
    def owners(self) -> list[str]:
        """The feature that each column of the matrix belongs to."""
        return [column.name for column in self.columns for _ in range(column.span)]

    @property
    def embeddings(self) -> list[tuple[int, int]]:
        """(number of categories with the place for unseen ones, width) of each embedded column, the matrix's last."""
        return [(len(c.categories) + 1, c.width) for c in self.columns if isinstance(c, Embedding)]

    @property
    def inputs(self) -> list[str]:
        """Names of the columns a row must have: in place of a derived one stand those that it comes from."""
        derived = {column.name: [part.name for part in column.of] for column in self.derived}
        return list(dict.fromkeys(name for one in self.columns for name in derived.get(one.name, [one.name])))

    def reading_of(self, name: str) -> Reading:
        """How the values of a column are read."""
        kept = next((reading for reading in self.readings if reading.name == name), None)
        return kept or early_reading(self, name)

    def with_readings(self) -> Schema:
        """The schema, with readings where it kept none."""
        names = dict.fromkeys([*self.inputs, self.target])
        return self if self.readings else self.model_copy(update={"readings": [*map(self.reading_of, names)]})

    def told(self, decimal: Decimal | None) -> Schema:
        """The schema for a source of which the sign between whole and fraction is told."""
        kept = self.with_readings().readings
        signed = [
            one.model_copy(update={"decimal": decimal}) if isinstance(one, NumberReading) and not one.clock else one
            for one in kept
        ]
        return self if decimal is None else self.model_copy(update={"readings": signed})

    def for_source(self, table: pa.Table, told: Decimal | None = None) -> Schema:
        """The schema for a source that begins with this table: with the decimal sign that is told, or, where that can
        be no other one and more of them can be read by it, in which its numbers are written."""
        if told is not None:
            return self.told(told)
        kept = self.with_readings().readings
        numbers = [one for one in kept if isinstance(one, NumberReading) and not one.clock]
        there = set(table.column_names)
        written = [one.name for one in numbers if one.name in there and is_text(table.column(one.name).type)]
        if len({one.decimal for one in numbers if not one.truths}) > 1:  # each column has a sign of its own
            return self
        sign = decimal_sign(text for name in written for text in table.column(name).to_pylist())
        other = self.told(sign)

        def odd(schema: Schema) -> int:
            return sum(int(schema.reading_of(name).read(table.column(name)).odd.sum()) for name in written)

        return other if other is not self and odd(other) < odd(self) else self

    @property
    def texts(self) -> list[str]:
        """Columns to be taken from a file as they are written: more than plain numbers may stand there."""
        readings = self.with_readings().readings
        return [reading.name for reading in readings if not (isinstance(reading, NumberReading) and reading.plain)]

    @property
    def typical(self) -> dict[str, float]:
        """The train rows' mean of each column that features are derived from."""
        return {source.name: source.typical for column in self.derived for source in column.of}

    @property
    def unseen(self) -> list[str]:
        """Those of them that are no columns of numbers themselves."""
        seen = {column.name for column in self.columns if isinstance(column, Number | Smooth)}
        seen -= {column.name for column in self.derived}
        return [name for name in self.typical if name not in seen]

    def transform(self, table: pa.Table, rows: np.ndarray | None = None, tally: Tally | None = None) -> np.ndarray:
        """float32 (rows, in_features) of a table as it stands, or of these rows of it; columns are found by name and
        may stand in any order. They are taken one by one, so that little more than the table and the matrix is in
        memory. `tally` counts what somebody should know.

        Raises UsageError naming the columns that are missing, or the column and row of a value that cannot be read, and
        where the schema is of images.
        """
        if self.image is not None:
            raise UsageError("This network answers images, and these are rows of a table: name image files.")
        found = dict.fromkeys(table.column_names)
        missing = [name for name in self.inputs if name not in found]
        if missing:
            meant = nearest(missing[0], [name for name in found if name not in self.inputs])
            hint = f" (is it {meant!r}?)" if meant else ""
            several = "s" if len(missing) > 1 else ""
            raise UsageError(f"The data lack the column{several} {', '.join(map(repr, missing))}{hint}.")
        derived, tally = {column.name: column for column in self.derived}, tally or Tally()
        tally.early = not self.readings
        readings = {reading.name: reading for reading in self.with_readings().readings}
        matrix = np.empty((len(table) if rows is None else len(rows), self.in_features), dtype=np.float32)
        for first in range(0, len(matrix), CHUNK):
            part = None if rows is None else rows[first : first + CHUNK]
            source = table.slice(first, CHUNK) if rows is None else table
            read = cache(partial(_read, source, part, readings, tally, first))
            if tally.drifts is not None:
                for name in tally.drifts.columns:
                    tally.drifts.count(name, read(name))
            start = 0
            for column in self.columns:
                values = derived[column.name].column(read) if column.name in derived else read(column.name)
                if (unseen := column.unseen(values)) is not None:
                    tally.seen(column.name, values, unseen)
                with np.errstate(over="ignore"):  # a number too large for float32 is infinite, and the answer says so
                    matrix[first : first + CHUNK, start : start + column.span] = column.encode(values)
                start += column.span
        tally.row += len(matrix)
        return matrix

    def read_unseen(self, table: pa.Table, rows: np.ndarray) -> np.ndarray:
        """float32 (rows, unseen): their values in these rows of a table, typical where they are missing."""
        typical, readings = self.typical, {name: self.reading_of(name) for name in self.unseen}
        block = np.empty((len(rows), len(self.unseen)), dtype=np.float32)
        for index, name in enumerate(self.unseen):
            with np.errstate(over="ignore"):
                values = arrow.to_numpy(_read(table, rows, readings, Tally(), 0, name)).astype(np.float32)
            block[:, index] = np.where(np.isfinite(values), values, typical[name])
        return block

    def read(self, table: pa.Table, names: Sequence[str], tally: Tally) -> dict[str, pa.ChunkedArray]:
        """Those of the columns that the table has, as their readings give them. UsageError for a value that cannot be
        read."""
        there, kept = set(table.column_names), {reading.name: reading for reading in self.with_readings().readings}
        return {name: _read(table, None, kept, tally, 0, name) for name in names if name in there}

    def encode_target(self, column: pa.ChunkedArray) -> np.ndarray:
        """int64 class indices, or float32 targets in the network's units. UsageError for an unknown class."""
        reading = self.reading_of(self.target)
        read = reading.read(column)
        Tally().odd(reading, column, read, 0)
        if self.task == "regression":
            values = arrow.to_numpy(read.values)
            if np.isnan(values).any():
                raise UsageError(f"The column {self.target!r} has missing values in rows where a number is needed.")
            return ((values - self.target_mean) / self.target_std).astype(np.float32)
        codes = category_codes(read.values, self.classes)
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


def _read(
    table: pa.Table, rows: np.ndarray | None, readings: Mapping[str, Reading], tally: Tally, first: int, name: str
) -> pa.ChunkedArray:
    """A column as its reading gives it."""
    column = table.column(name) if rows is None else arrow.take(table.column(name), rows)
    read = readings[name].read(column)
    tally.odd(readings[name], column, read, first)
    return read.values


def fit(dataset: Dataset, rows: np.ndarray, features: list[str], config: PrepareConfig) -> Schema:
    """Learn the schema from the given rows (the train split's) alone. Raises UsageError for columns that are not there
    or cannot be prepared as asked."""
    classes = list(dataset.classes)
    mean, std = 0.0, 1.0
    answer = reading_for(dataset, dataset.target, config)
    if not classes and config.standardize_target:
        target = answer.read(arrow.take(dataset.table.column(dataset.target), rows)).values
        mean, std = moments(arrow.to_numpy(target.drop_null()), dataset.target)
    common: dict[str, Any] = {"task": dataset.task, "target": dataset.target, "classes": classes}
    if dataset.images is not None:
        return Schema(**common, readings=[answer], image=_fit_image(dataset.images, rows, config))
    check_columns(features, config)
    readings, held = {dataset.target: answer}, dict[str, Seen]()

    def read(name: str) -> pa.ChunkedArray:
        readings[name] = reading_for(dataset, name, config)
        values = _read(dataset.table, rows, readings, Tally(), 0, name)
        if name not in held:
            held[name] = seen(name, values, free=name in dataset.kinds and dataset.kinds[name].kind in UNUSED)
        return values

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
    if not columns:
        raise UsageError(
            f"Every column of {dataset.name} that could be learnt from has one value in all train rows: there is "
            "nothing to learn."
        )
    columns.sort(key=lambda column: ORDER.index(column.kind))
    names = {column.name for column in columns}
    kept = [column for column in derived.values() if column.name in names]
    shape: dict[str, Any] = {"columns": columns, "derived": kept}
    schema = Schema(**common, target_mean=mean, target_std=std, **shape)
    wanted = [readings[name] for name in dict.fromkeys([*schema.inputs, dataset.target])]
    return schema.model_copy(update={"readings": wanted, "seen": [held[name] for name in schema.inputs]})


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
