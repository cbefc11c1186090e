"""What there is to plot of a data set: points of two features, the values of columns, or a few images."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from ..columns import arrow
from ..columns.values import category_codes, is_number
from ..dataset import Dataset

MOST_POINTS = 5000
BINS = 5  # groups that a regression's targets are shown in


@dataclass(frozen=True)
class Points:
    """Rows as points of two features. `kinds` are indices into `classes`; a regression's are equal parts of its
    target's values, named by their ranges."""

    names: tuple[str, str]
    xs: np.ndarray
    ys: np.ndarray
    kinds: np.ndarray
    classes: list[str]


def points(dataset: Dataset) -> Points | None:
    """The rows as points, at most 5000 evenly chosen; None unless the features are exactly two numbers."""
    names = dataset.features
    if dataset.images is not None or len(names) != 2 or not all(is_number(dataset.table[name].type) for name in names):
        return None
    rows = np.linspace(0, len(dataset.table) - 1, min(len(dataset.table), MOST_POINTS)).astype(int)
    xs, ys = (_floats(dataset.table[name])[rows] for name in names)
    target = dataset.table[dataset.target]
    if dataset.classes:
        classes = list(dataset.classes)
        kinds = category_codes(target, classes)[rows]
    else:
        values = _floats(target)[rows]
        edges = np.quantile(values, np.linspace(0, 1, BINS + 1))
        kinds = np.searchsorted(edges[1:-1], values, side="right")
        classes = [f"{dataset.target} {low:.3g} to {high:.3g}" for low, high in pairwise(edges)]
    return Points((names[0], names[1]), xs, ys, kinds, classes)


def number_columns(dataset: Dataset) -> dict[str, np.ndarray]:
    """The values of every number column that is a feature or the target, missing ones as NaN."""
    names = [name for name in dataset.table.column_names if name not in dataset.ignore]
    columns = {name: dataset.table[name] for name in names if is_number(dataset.table[name].type)}
    return {name: _floats(column) for name, column in columns.items()}


def category_columns(dataset: Dataset) -> dict[str, dict[str, int]]:
    """How often each value of every other such column occurs, the most frequent first."""
    names = [name for name in dataset.table.column_names if name not in dataset.ignore]
    counted: dict[str, dict[str, int]] = {}
    for name in names:
        if not is_number(dataset.table[name].type):
            tally = Counter(str(value) for value in dataset.table[name].drop_null().to_pylist())
            counted[name] = dict(tally.most_common())
    return counted


def sample_images(dataset: Dataset, count: int) -> list[tuple[np.ndarray, str]]:
    """Images (uint8, 0 to 255) with their classes, class by class in turn, the first of each first."""
    assert dataset.images is not None
    codes = category_codes(dataset.table[dataset.target], list(dataset.classes))
    by_class = [np.flatnonzero(codes == index) for index in range(len(dataset.classes))]
    turns = range(max(map(len, by_class), default=0))
    chosen = (int(rows[turn]) for turn in turns for rows in by_class if turn < len(rows))
    picked = [row for row, _ in zip(chosen, range(count), strict=False)]
    brightest = int(dataset.images.max()) or 1
    scale = 255 // brightest if brightest <= 127 else 1
    return [(dataset.images[row] * np.uint8(scale), dataset.classes[codes[row]]) for row in picked]


def _floats(column: pa.ChunkedArray) -> np.ndarray:
    return arrow.to_numpy(column.cast(pa.float64(), safe=False))
