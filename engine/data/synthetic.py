"""Data sets drawn from a seed: two features x1 and x2, and a class or a number.

`xor`, `spiral`, `plane` and `gaussians` need NumPy alone; the others are scikit-learn's, whose import takes as long as
torch's and is therefore left to them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from ..config import DataConfig
from .arrow import labels, numbers
from .catalog import DataInfo
from .dataset import Dataset

Points = tuple[np.ndarray, np.ndarray]
PLAYGROUND_PEAKS = [
    (-0.67, 0.42, 1),
    (0, 0.42, -1),
    (0.67, 0.42, 1),
    (-0.67, -0.42, -1),
    (0, -0.42, 1),
    (0.67, -0.42, -1),
]


def draw(info: DataInfo, config: DataConfig) -> Dataset:
    """Draw the data set. Raises UsageError for a number of classes that it cannot have."""
    rows = config.samples or info.rows
    noise = info.noise if config.noise is None else config.noise
    info.check_classes(config.classes)
    classes = config.classes or info.classes
    x, y = DRAWERS[info.name](rows, noise, info.seed if config.seed is None else config.seed, classes)
    target = "y" if info.task == "regression" else "label"
    names = tuple(str(number) for number in range(classes))
    answers = labels(y, names) if names else numbers(y)
    table = pa.table({"x1": numbers(x[:, 0]), "x2": numbers(x[:, 1]), target: answers})
    task = info.task if not classes else "binary" if classes == 2 else "multiclass"
    return Dataset(info.name, task, table, target, {"train": np.arange(len(y))}, names)


def _xor(rows: int, noise: float, seed: int, _classes: int) -> Points:
    """Uniform points on a square, labelled by the sign of their product (Raschka et al. 2022, chapter 13)."""
    generator = np.random.RandomState(seed)
    x = generator.uniform(low=-1, high=1, size=(rows, 2))
    y = np.where(x[:, 0] * x[:, 1] < 0, 0, 1)
    return (x + generator.normal(scale=noise, size=x.shape) if noise else x), y


def _spiral(rows: int, noise: float, seed: int, classes: int) -> Points:
    """Arms of an Archimedean spiral, one a class, with normal noise on both features."""
    generator = np.random.RandomState(seed)
    y = np.arange(rows) % classes
    radius = np.sqrt(generator.uniform(0.01, 1, rows))
    angle = radius * 1.5 * math.pi + y * 2 * math.pi / classes
    x = 3 * radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return x + generator.normal(scale=noise, size=x.shape), y


def _plane(rows: int, noise: float, seed: int, _classes: int) -> Points:
    """y = (x1 + x2) / 2 on a square."""
    generator = np.random.RandomState(seed)
    x = generator.uniform(-1, 1, (rows, 2))
    return x, x.mean(axis=1) + generator.normal(scale=noise, size=rows)


def _gaussians(rows: int, noise: float, seed: int, _classes: int) -> Points:
    """Six hills and hollows in two rows, as TensorFlow Playground's second regression."""
    generator = np.random.RandomState(seed)
    x = generator.uniform(-1, 1, (rows, 2))
    y = np.zeros(rows)
    for first, second, sign in PLAYGROUND_PEAKS:
        height = np.clip(1 - np.hypot(x[:, 0] - first, x[:, 1] - second) / 0.33, 0, 1)
        y = np.where(height > np.abs(y), sign * height, y)
    return x, y + generator.normal(scale=noise, size=rows)


def _points(drawn: tuple[Any, ...]) -> Points:
    return np.asarray(drawn[0]), np.asarray(drawn[1])


def _blobs(rows: int, noise: float, seed: int, classes: int) -> Points:
    from sklearn.datasets import make_blobs

    return _points(make_blobs(n_samples=rows, centers=classes, cluster_std=noise, random_state=seed))


def _moons(rows: int, noise: float, seed: int, _classes: int) -> Points:
    from sklearn.datasets import make_moons

    return _points(make_moons(rows, noise=noise, random_state=seed))


def _circles(rows: int, noise: float, seed: int, _classes: int) -> Points:
    from sklearn.datasets import make_circles

    return _points(make_circles(rows, noise=noise, factor=0.5, random_state=seed))


def _gauss_quantiles(rows: int, noise: float, seed: int, classes: int) -> Points:
    from sklearn.datasets import make_gaussian_quantiles

    return _points(make_gaussian_quantiles(cov=max(noise, 1e-9), n_samples=rows, n_classes=classes, random_state=seed))


DRAWERS: dict[str, Callable[[int, float, int, int], Points]] = {
    "xor": _xor,
    "spiral": _spiral,
    "plane": _plane,
    "gaussians": _gaussians,
    "blobs": _blobs,
    "moons": _moons,
    "circles": _circles,
    "gauss-quantiles": _gauss_quantiles,
}
