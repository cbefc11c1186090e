"""From raw rows to tensors: missing rows dropped, splits divided, the schema learnt on train and applied to all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..config import Config, DataConfig, ModelConfig, PrepareConfig
from ..errors import UsageError, number_of, unknown
from .columns import arrow
from .columns.fitting import bin_edges
from .columns.values import category_codes
from .dataset import Dataset, SplitName
from .derived import sources
from .division import keys_of
from .features import choose_features, constant_notes, feature_notes
from .known_rows import KnownSplit, know, row_hashes
from .picked import Picked, pick
from .prepared import Prepared, Rows, TableRows
from .reading.tally import Tally
from .schema import Schema, fit
from .sources import is_user_data
from .splits import Split, divide
from .storage import take_rows


def prepare(dataset: Dataset, config: Config) -> Prepared:
    """Everything a training needs of a data set. Raises UsageError for what the data cannot serve."""
    dataset, notes = complete(with_target(dataset, config.data), config.data, config.prepare)
    features = choose_features(dataset, config.data, config.prepare)
    notes += feature_notes(dataset, features, config.data, config.prepare)
    arrow.release()  # what reading took
    split = divide_rows(dataset, config.data)
    schema = fit(dataset, split.train, features, config.prepare)
    notes += constant_notes(schema, features)
    arrow.release()
    rows = {
        name: None if numbers is None else select(dataset, schema, numbers)
        for name, numbers in (("valid", split.valid), ("test", split.test))
    }
    tally = Tally()
    train = select(dataset, schema, split.train, tally)
    schema = _for_network(schema, train, config.model)
    prepared = Prepared(
        dataset.name,
        dataset.task,
        schema,
        train,
        rows["valid"],
        rows["test"],
        split.validates_on_test,
        dataset.notes + notes + split.notes + tuple(tally.warnings()),
    )
    return replace(prepared, known=_known(prepared, split)) if is_user_data(config.data.name) else prepared


def _for_network(schema: Schema, train: Rows, config: ModelConfig) -> Schema:
    """The schema with what the config's network is to know of the train rows besides: bins, and the targets' ends."""
    if config.family != "tabm":
        return schema
    learnt: dict[str, Any] = {}
    if config.embedding in ("piecewise", "both") and not isinstance(train.x, Picked):
        learnt["bins"] = [bin_edges(train.x[:, place].numpy()) for place in range(schema.numbers)]
    if not schema.classes:
        learnt["limits"] = (train.y.min().item(), train.y.max().item())
    return schema.model_copy(update=learnt)


def _known(prepared: Prepared, split: Split) -> dict[SplitName, KnownSplit]:
    numbers: dict[SplitName, np.ndarray | None] = {"train": split.train, "valid": split.valid, "test": split.test}
    rows = prepared.splits
    return know({name: (one, row_hashes(rows[name])) for name, one in numbers.items() if one is not None})


def divide_rows(dataset: Dataset, config: DataConfig) -> Split:
    """Row numbers of the splits: by group or in time where the config says so, else classes keep their shares where it
    stratifies. UsageError for what cannot be divided so."""
    labels = None
    if dataset.classes and config.stratify:
        labels = category_codes(dataset.table.column(dataset.target), list(dataset.classes))
    return divide(dataset.native, config, keys_of(dataset.table, labels, config.group, config.time))


def with_target(dataset: Dataset, config: DataConfig) -> Dataset:
    """The data set, its target and task being those that the config names, if it names any. UsageError otherwise."""
    if config.task not in (None, dataset.task):
        raise UsageError(f"The task of {dataset.name} is {dataset.task}, not {config.task}: leave --task out.")
    if config.target is None or config.target == dataset.target:
        return dataset
    if config.target not in dataset.table.column_names:
        raise unknown("column", config.target, dataset.table.column_names)
    raise UsageError(f"The target of {dataset.name} is {dataset.target!r}.")


def complete(dataset: Dataset, config: DataConfig, preparation: PrepareConfig) -> tuple[Dataset, tuple[str, ...]]:
    """Leave out rows without a target and, where the config says drop, rows with any missing feature."""
    used = [dataset.target]
    if preparation.missing == "drop":
        features = choose_features(dataset, config, preparation) if dataset.images is None else []
        used += sources(features, dataset.table.column_names)
    lacking = np.zeros(len(dataset.table), dtype=bool)
    for name in used:
        lacking |= arrow.missing(dataset.table.column(name))
    if not lacking.any():
        return dataset, ()
    kept = np.flatnonzero(~lacking)
    if not len(kept):
        raise UsageError(
            f"Every row of {dataset.name} lacks a value: use --missing fill."
            if len(used) > 1
            else f"No row of {dataset.name} has a value of the target {dataset.target!r}."
        )
    place = np.cumsum(~lacking) - 1
    native = {name: place[rows[~lacking[rows]]] for name, rows in dataset.native.items()}
    images = None if dataset.images is None else take_rows(dataset.images, kept)
    table = dataset.table.take(arrow.from_numpy(kept))
    few = int(lacking.sum())
    have, are = ("has", "is") if few == 1 else ("have", "are")
    lacks = "missing values" if len(used) > 1 else f"no value of the target {dataset.target!r}"
    note = f"{few:,} of {number_of(len(lacking), 'row')} {have} {lacks} and {are} left out"
    weights = None if dataset.weights is None else dataset.weights[kept]
    numbers = kept if dataset.numbers is None else dataset.numbers[kept]
    changed = replace(dataset, table=table, native=native, images=images, weights=weights, numbers=numbers)
    return changed, (note,)


def select(dataset: Dataset, schema: Schema, rows: np.ndarray, tally: Tally | None = None) -> Rows:
    """The given rows as tensors, by a schema that may come from other data; `tally` counts what somebody should know of
    them. UsageError where they do not fit it."""
    targets = _targets(dataset, schema, rows)
    import torch

    y = torch.from_numpy(targets)
    weights = None if dataset.weights is None else torch.from_numpy(dataset.weights[rows])
    if schema.image is None:
        unseen = torch.from_numpy(schema.read_unseen(dataset.table, rows)) if schema.unseen else None
        return Rows(torch.from_numpy(schema.transform(dataset.table, rows, tally)), y, unseen, weights)
    if dataset.images is None or dataset.images.shape[1:] != schema.image.shape:
        raise UsageError(
            f"The network needs images of {schema.image.shape} (channels, height, width), and {dataset.name} has "
            + (f"{dataset.images.shape[1:]}." if dataset.images is not None else "none.")
        )
    return Rows(pick(dataset.images, rows), y, weights=weights)


def select_arrays(dataset: Dataset, schema: Schema, rows: np.ndarray, tally: Tally | None = None) -> TableRows | Rows:
    """The same, but of a table as arrays: what only judges them may do without torch. `tally` counts what somebody
    should know of them."""
    if schema.image is not None:
        return select(dataset, schema, rows)
    targets = _targets(dataset, schema, rows)
    return TableRows(schema.transform(dataset.table, rows, tally), targets)


def _targets(dataset: Dataset, schema: Schema, rows: np.ndarray) -> np.ndarray:
    if schema.target not in dataset.table.column_names:
        raise UsageError(f"The data set {dataset.name} has no column {schema.target!r}, which the network predicts.")
    return schema.encode_target(arrow.take(dataset.table.column(schema.target), rows))
