"""Whole numbers that are codes, as of a commune or a person: each says more of the target by itself than by how large
it is, so that a network learns more of them as categories."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from math import sqrt

import numpy as np

from ..config import Config, KindName
from .columns import arrow
from .columns.fitting import bin_edges
from .columns.kinds import judge_column
from .columns.values import category_codes
from .dataset import Dataset
from .reading.readings import NumberReading

MOST_ROWS = 20_000  # that are looked at
FEWEST_VALUES = 20  # different ones, below which a network tells them apart anyway
ROWS_OF_A_VALUE = 3  # on average
GAIN = 0.1  # share of what a smooth function leaves unsaid that the values must say
DEVIATIONS = 5.0  # by which that must be more than chance
TINY = 1e-9


def codes(dataset: Dataset, config: Config, features: Collection[str], rows: np.ndarray) -> list[str]:
    """The features that are codes by these rows of a user's table, the train split's; none of those of which somebody
    has said what they are."""
    told = {*config.data.kinds, *(config.prepare.standardize or []), *config.prepare.scales, *config.prepare.bucketize}
    asked = [name for name in features if name in dataset.kinds and name not in told and _may_be(dataset, name)]
    if not asked:
        return []
    rows = rows[np.arange(min(len(rows), MOST_ROWS)) * len(rows) // min(len(rows), MOST_ROWS)]
    targets = _targets(dataset, rows)
    columns = {name: arrow.to_numpy(arrow.take(dataset.table.column(name), rows)) for name in asked}
    return [name for name, values in columns.items() if are_codes(values, targets)]


def as_categories(dataset: Dataset, config: Config, names: Collection[str]) -> tuple[Dataset, Config]:
    """The data set, whose columns of these names are categories, and the config that says so."""
    columns = dataset.table.column
    kinds = {name: judge_column(columns(name), name, "category") for name in names}
    table = dataset.table
    for name, kind in kinds.items():
        table = table.set_column(table.column_names.index(name), name, kind.reading.read(columns(name)).values)
    told: Mapping[str, KindName] = {**config.data.kinds, **dict.fromkeys(names, "category")}
    data = config.data.model_copy(update={"kinds": told})
    found = replace(dataset, table=table, kinds={**dataset.kinds, **kinds})
    return found, config.model_copy(update={"data": data})


def are_codes(values: np.ndarray, targets: np.ndarray) -> bool:
    """Whether the values (rows,) say more of the targets (rows, columns) each by itself than by how large they are, as
    told by a function that is linear between 48 quantiles: surely, by the F test, and not only a little. NaN is no
    value."""
    known = ~np.isnan(values)
    values, targets = values[known].astype(np.float64), targets[known]
    different, group = np.unique(values, return_inverse=True)
    rows, groups = len(values), len(different)
    if groups < FEWEST_VALUES or groups * ROWS_OF_A_VALUE > rows:
        return False
    basis = _pieces(values)
    smooth = targets - basis @ np.linalg.lstsq(basis, targets, rcond=None)[0]
    counts = np.bincount(group)[:, None]
    sums = np.stack([np.bincount(group, column) for column in smooth.T], axis=1)
    left, between = float((smooth**2).sum()), float((sums**2 / counts).sum())
    more, rest = groups - basis.shape[1], rows - groups
    if more < 1 or left < TINY:
        return False
    within = max((left - between) / rest, TINY)
    by_itself = left - within * (rows - basis.shape[1])
    chance = 1 + DEVIATIONS * sqrt(2 / more + 2 / rest)
    return by_itself >= GAIN * left and between / more / within > chance


def _may_be(dataset: Dataset, name: str) -> bool:
    kind = dataset.kinds[name]
    plain = isinstance(kind.reading, NumberReading) and kind.reading.plain
    return kind.kind == "number" and kind.whole and plain and kind.unique >= FEWEST_VALUES


def _targets(dataset: Dataset, rows: np.ndarray) -> np.ndarray:
    """float64 (rows, columns): the ranks of numbers, which outliers do not move, or one column a class."""
    column = arrow.take(dataset.table.column(dataset.target), rows)
    if dataset.classes:
        classes = category_codes(column, list(dataset.classes))
        return (classes[:, None] == np.arange(len(dataset.classes))).astype(np.float64)
    _, place, counts = np.unique(arrow.to_numpy(column), return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    return (ranks[place] / len(rows))[:, None]


def _pieces(values: np.ndarray) -> np.ndarray:
    """float64 (rows, pieces + 1): a constant, and how much of each piece between two quantiles lies below a value."""
    edges = np.array(bin_edges(values))
    shares = np.clip((values[:, None] - edges[:-1]) / np.diff(edges), 0, 1)
    return np.concatenate([np.ones((len(values), 1)), shares], axis=1)
