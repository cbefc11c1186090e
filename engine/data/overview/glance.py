"""The points of a data set at a glance, before anything is prepared or trained: with NumPy alone, in milliseconds."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np

from ..catalog import CATALOG, FILES, MISSING, DataInfo
from ..synthetic import points

if TYPE_CHECKING:
    from ...config import DataConfig

POINTS = 300
MOST_ROWS = 10_000  # that are drawn for a glance
MARGIN = 0.05  # of the points' range, added on each side


def glance(config: DataConfig) -> dict[str, Any] | None:
    """The points of a data set that comes with nnlab, on its two features or its two principal components, as the data
    of a `map` picture without a map (see `engine/pictures/maps.py`); None for images and for files of the user's own.
    Raises UsageError for what cannot be drawn."""
    info = CATALOG.get(config.name)
    if info is None or info.kind == "image":
        return None
    if info.synthetic:
        some = {"samples": min(config.samples or info.rows, MOST_ROWS)}
        x, y = points(info, config.model_copy(update=some))
        names, classes = ("x1", "x2"), [str(number) for number in range(config.classes or info.classes)]
    else:
        x, y, classes = _read(info)
        x, names = _components(x)
    low, high = x.min(0), x.max(0)
    margin = np.where(high > low, (high - low) * MARGIN, 1.0)
    (left, bottom), (right, top) = (low - margin).tolist(), (high + margin).tolist()
    shown = np.linspace(0, len(x) - 1, min(len(x), POINTS)).round().astype(int)
    return {
        "x": names[0],
        "y": names[1],
        "x_range": [left, right],
        "y_range": [bottom, top],
        "classes": classes,
        "value_range": [float(y.min()), float(y.max())],
        "points": [[*at, answer, 1] for at, answer in zip(x[shown].tolist(), y[shown].tolist(), strict=True)],
    }


def _read(info: DataInfo) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """The rows of numbers that lack none, the class or number of each, and the names of the classes."""
    with (FILES / f"{info.name}.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    target = header.index(info.target) if info.target else len(header) - 1
    used = [place for place, name in enumerate(header) if place != target and name not in info.ignore]
    whole = [row for row in rows if not set(row) & set(MISSING)]
    x = np.array([[float(row[place]) for place in used] for row in whole])
    answers = [row[target] for row in whole]
    if not info.classes:
        return x, np.array(answers, dtype=float), []
    classes = list(dict.fromkeys(answers))
    return x, np.array([classes.index(answer) for answer in answers]), classes


def _components(x: np.ndarray) -> tuple[np.ndarray, tuple[str, str]]:
    """Positions on the two directions along which standardised rows vary most, and how much of it these are."""
    x = (x - x.mean(0)) / np.where(x.std(0) > 0, x.std(0), 1)
    variances, vectors = np.linalg.eigh(x.T @ x)
    vectors = vectors[:, [-1, -2]]
    vectors = vectors * np.sign(np.take_along_axis(vectors, np.abs(vectors).argmax(0)[None], 0))
    first, second = variances[[-1, -2]] / variances.sum() * 100
    return x @ vectors, (f"component 1 ({first:.0f} %)", f"component 2 ({second:.0f} %)")
