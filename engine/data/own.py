"""A user's table as a data set: what its columns are, what is to be predicted, and which columns a network sees."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from ..config import DataConfig, PrepareConfig, Task
from ..errors import NoTargetError, UsageError, unknown
from . import arrow
from .dataset import Dataset
from .files import stem_of
from .kinds import UNUSED, ColumnKind, judge
from .narrow import narrowed
from .schema import Schema
from .tables import read
from .values import as_dates, as_text, categories_of, is_number, number_texts, numbers

FEW_CLASSES = 10  # distinct whole numbers up to which a target is taken for classes
MOST_CLASSES = 10_000


def load_table(config: DataConfig, preparation: PrepareConfig | None = None) -> Dataset:
    """The data set in the files that the config names, its target and features chosen.

    Columns of numbers and dates that were written as text are parsed. With `preparation`, which it is then to be
    prepared by, a large one takes half of the memory. Raises UsageError where no target is named or it cannot be
    predicted.
    """
    if preparation is None:
        table = read(config.name, config.na)
    else:
        table = narrowed(read(config.name, config.na), config, preparation)
    return dataset_of(table, config, {"train": np.arange(len(table))})


def load_table_like(config: DataConfig, schema: Schema) -> Dataset:
    """The files' rows for a network that was trained on others: columns are read as the schema needs them.

    Raises UsageError where the column that the network predicts is not there.
    """
    texts = [name for name, column in schema.readers.items() if not column.numeric]
    table = read(config.name, schema.na, texts)
    for name in set(schema.inputs).difference(texts).intersection(table.column_names):
        table = table.set_column(table.column_names.index(name), name, _with_points(table.column(name)))
    native = {"train": np.arange(len(table))}
    return Dataset(stem_of(config.name), schema.task, table, schema.target, native, tuple(schema.classes))


def dataset_of(table: pa.Table, config: DataConfig, native: dict[str, np.ndarray]) -> Dataset:
    """A table, read and cleaned, as a data set; `native` are the splits it brings."""
    name = stem_of(config.name)
    target = choose_target(table, config, name)
    kinds = judge(table, config.kinds)
    for drop in config.drop:
        if drop not in table.column_names:
            raise unknown("column", drop, table.column_names)
    task, _ = infer_task(table.column(target), kinds[target], config.task)
    column, classes = answers(table.column(target), kinds[target], task)
    columns = {other: parsed(table.column(other), kinds[other]) for other in table.column_names if other != target}
    columns[target] = column
    ignore = [
        other
        for other in table.column_names
        if other != target and (kinds[other].kind in UNUSED or other in config.drop)
    ]
    ordered = pa.table({other: columns[other] for other in table.column_names})
    told = {other: kind for other, kind in kinds.items() if other != target}
    return Dataset(
        name,
        task,
        ordered,
        target,
        native,
        classes,
        ignore=tuple(ignore),
        kinds=told,
        na=tuple(config.na),
    )


def choose_target(table: pa.Table, config: DataConfig, name: str) -> str:
    """The column to predict. NoTargetError where none is named, UsageError where it does not exist."""
    names = table.column_names
    if config.target is None:
        shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
        raise NoTargetError(
            f"Which column of {name} should be predicted? "
            f"Say --target {names[-1]!r}, or another of its columns: {shown}."
        )
    if config.target not in names:
        raise unknown("column", config.target, names)
    return config.target


def infer_task(column: pa.ChunkedArray, kind: ColumnKind, told: Task | None = None) -> tuple[Task, str]:
    """The task that predicting the column is, and why. UsageError for a column that cannot be predicted, or not so."""
    name, unique = kind.name, kind.unique
    if not unique:
        raise UsageError(f"The target {name!r} has no value in any row.")
    if unique == 1:
        raise UsageError(f"The target {name!r} is {column.drop_null()[0].as_py()!r} in every row: nothing is to learn.")
    numeric = is_number(column.type) or kind.kind == "number"
    if told == "regression":
        if not numeric:
            raise UsageError(f"The target {name!r} holds no numbers ({kind.why}): say --task multiclass or binary.")
        return told, "as you said"
    if told is not None:
        if (told == "binary") != (unique == 2):
            meant = "binary" if unique == 2 else "multiclass"
            raise UsageError(f"The target {name!r} has {unique:,} different values: its task is {meant}, not {told}.")
        return _classes(kind, len(column), "as you said")
    if kind.kind == "date" or kind.kind == "text":
        raise UsageError(f"The target {name!r} is {kind.kind} ({kind.why}), which nnlab does not predict.")
    if not numeric or kind.kind in ("boolean", "category"):
        return _classes(kind, len(column), kind.why)
    if pa.types.is_integer(column.type) and unique <= FEW_CLASSES and unique * 5 <= len(column):
        return _classes(kind, len(column), f"{unique} different whole numbers")
    return "regression", kind.why


def answers(column: pa.ChunkedArray, kind: ColumnKind, task: Task) -> tuple[pa.ChunkedArray, tuple[str, ...]]:
    """The target as float64, or as class names, with the classes in order."""
    if task == "regression":
        return pa.chunked_array([arrow.numbers(_values(column, kind))]), ()
    texts = as_text(column)
    return texts, tuple(categories_of(column))


def parsed(column: pa.ChunkedArray, kind: ColumnKind) -> pa.ChunkedArray:
    """The column with numbers and dates that were written as text parsed, and infinite numbers missing."""
    text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    if kind.kind == "date" and text:
        return as_dates(column, kind.style)[0]
    if kind.kind == "number" and text:
        column = pa.chunked_array([arrow.numbers(_values(column, kind))])
    pc = arrow.compute()
    if pa.types.is_floating(column.type) and pc.any(pc.is_inf(column)).as_py():
        return pc.if_else(pc.is_inf(column), pa.scalar(None, column.type), column)
    return column


def _with_points(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts as numbers where all are written with decimal commas and cannot be read otherwise; else the column."""
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column
    comma, point = number_texts(column, ","), number_texts(column, ".")
    sure = comma.null_count == column.null_count < point.null_count
    return comma.cast(pa.float64()) if sure else column


def _values(column: pa.ChunkedArray, kind: ColumnKind) -> np.ndarray:
    return numbers(column, kind.name, np.nan, kind.decimal, lenient=kind.lenient)


def _classes(kind: ColumnKind, rows: int, why: str) -> tuple[Task, str]:
    if kind.unique > MOST_CLASSES or (rows >= 20 and kind.unique > rows / 2):
        raise UsageError(
            f"The target {kind.name!r} has {kind.unique:,} different values in {rows:,} rows, too many for classes."
        )
    return ("binary" if kind.unique == 2 else "multiclass"), why
