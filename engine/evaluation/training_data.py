"""The rows of a run's own data, read again to judge it: each stays in the split that it was trained in, whatever has
become of the data since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..checkpoint import Checkpoint
from ..data.columns.values import category_codes
from ..data.dataset import Dataset
from ..data.known_rows import MOST, find_again, mark, row_hashes
from ..data.prepare import complete, divide_rows, select_arrays, with_target
from ..data.schema import Schema
from ..data.sources import is_table, is_user_data, load, load_like
from ..errors import UsageError

RowNumbers = dict[str, np.ndarray]
NEW = "new"  # what the rows are called, as a split, that no split of the training held


@dataclass(frozen=True)
class Changes:
    """How data differ from those that were trained on: of each split how many rows it had and how many are `gone`, and
    how many rows are `new`. Without any the same rows stand in another order."""

    rows: Mapping[str, int]
    gone: Mapping[str, int]
    new: int


@dataclass(frozen=True)
class TrainingData:
    """A data set, the row numbers of its splits, and what is to be said of them."""

    dataset: Dataset
    splits: RowNumbers
    notes: tuple[str, ...] = ()
    changes: Changes | None = None


def training_data(checkpoint: Checkpoint, held: Dataset | None = None) -> TrainingData:
    """The data set that a checkpoint was trained on, divided as it was then; read again unless it is `held`.

    Where it has changed, the rows that it still holds are in the splits that they were in, and those that it did not
    hold in a split called `new`. Raises UsageError where it cannot be read, or has changed and the checkpoint knows too
    little of its rows to tell which were trained on.
    """
    config, known = checkpoint.config, checkpoint.known
    dataset = held or load(config.data, config.prepare)
    dataset, _ = complete(with_target(dataset, config.data), config.data, config.prepare)
    split = divide_rows(dataset, config.data)
    every = {"train": split.train, "valid": split.valid, "test": split.test}
    named = {name: rows for name, rows in every.items() if rows is not None}
    if not known:
        return TrainingData(dataset, named, (_untold(config.data.name),) if is_user_data(config.data.name) else ())
    used, hashes = np.zeros(len(dataset.table), dtype=bool), np.zeros(len(dataset.table), np.uint64)
    for rows in named.values():
        used[rows] = True
    _fill(hashes, np.flatnonzero(used), dataset, checkpoint.schema)
    if {name: mark(hashes[rows]) for name, rows in named.items()} == {name: one.mark for name, one in known.items()}:
        return TrainingData(dataset, named)
    if any(split.rows and not len(split.ids) for split in known.values()):
        raise UsageError(
            f"{config.data.name} has changed since the training, and of more than {MOST:,} rows a checkpoint does not "
            "keep which they were: bring the old data back, or name a file of rows that were not trained on, as in "
            "`nnlab eval latest new.csv`."
        )
    dataset, hashes = _hashed_as_then(checkpoint, dataset)
    found = find_again(known, hashes)
    changes = Changes({name: one.rows for name, one in known.items()}, found.gone, len(found.new))
    splits = found.splits | ({NEW: found.new} if len(found.new) else {})
    told = _told(config.data.name, changes, whole=bool(used.all()))
    return TrainingData(dataset, splits, (told, *dataset.notes), changes)


def _hashed_as_then(checkpoint: Checkpoint, dataset: Dataset) -> tuple[Dataset, np.ndarray]:
    """The data set, a table's columns read as the checkpoint keeps it: what has become of its rows may tell another
    order of day and month, or another decimal sign. And the hashes of all rows."""
    config, schema = checkpoint.config, checkpoint.schema
    if is_table(config.data.name):
        wanted = config.data.model_copy(update={"features": schema.inputs or None})
        dataset, _ = complete(load_like(config.data, schema, config.data), wanted, config.prepare)
    hashes = np.zeros(len(dataset.table), np.uint64)
    _fill(hashes, np.arange(len(hashes)), dataset, schema)
    return dataset, hashes


def _fill(hashes: np.ndarray, rows: np.ndarray, dataset: Dataset, schema: Schema) -> None:
    """Put in the hashes of these rows, but of those of a class that the training did not know: they are none of its."""
    if schema.classes and schema.target in dataset.table.column_names:
        read = schema.reading_of(schema.target).read(dataset.table.column(schema.target))
        rows = rows[category_codes(read.values, schema.classes)[rows] >= 0]
    if len(rows):
        hashes[rows] = row_hashes(select_arrays(dataset, schema, rows))


def _untold(data: str) -> str:
    return (
        f"this checkpoint is of an older nnlab, which kept nothing of its rows: whether {data} has changed since, so "
        "that rows of its test split were trained on, cannot be told"
    )


def _told(data: str, changes: Changes, *, whole: bool) -> str:
    """What has changed, and what the splits are now. Where the training did not use the `whole` of the data, rows that
    it left aside cannot be told from new ones."""
    gone = [f"{count:,} of {changes.rows[name]:,} {name}" for name, count in changes.gone.items() if count]
    listed = " and ".join([", ".join(gone[:-1]), *gone[-1:]] if gone[1:] else gone)
    said = [f"{listed} rows {_are(sum(changes.gone.values()))} no longer in it"] if gone else []
    if changes.new:
        what = "new" if whole else "new or in none of its splits"
        said.append(f"{changes.new:,} row{'s' * (changes.new > 1)} {_are(changes.new)} {what} (--split {NEW})")
    why = ", ".join(said) or "its rows stand in another order"
    return f"{data} has changed since the training ({why}): every row is in the split that it was in then"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
