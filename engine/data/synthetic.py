"""Data sets drawn from a seed: two features x1 and x2, and a class or a number.

NumPy draws them all, and Arrow is imported only for a table of them. `blobs`, `moons`, `circles` and `gauss-quantiles`
are, number for number, those of scikit-learn's `make_...` functions, whose import alone takes as long as torch's.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..config import DataConfig
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
    import pyarrow as pa

    from .columns.arrow import from_numpy, labels

    classes = config.classes or info.classes
    x, y = points(info, config)
    target = "y" if info.task == "regression" else "label"
    names = tuple(str(number) for number in range(classes))
    answers = labels(y, names) if names else from_numpy(y)
    table = pa.table({"x1": from_numpy(x[:, 0]), "x2": from_numpy(x[:, 1]), target: answers})
    task = info.task if not classes else "binary" if classes == 2 else "multiclass"
    return Dataset(info.name, task, table, target, {"train": np.arange(len(y))}, names)


def points(info: DataInfo, config: DataConfig) -> Points:
    """The rows: positions (rows, 2), and each one's class or number. Raises UsageError as `draw` does."""
    info.check_classes(config.classes)
    rows, classes = config.samples or info.rows, config.classes or info.classes
    noise = info.noise if config.noise is None else config.noise
    seed = info.seed if config.seed is None else config.seed
    if info.turns:
        return _spiral(rows, noise, seed, classes, config.turns or info.turns)
    return DRAWERS[info.name](rows, noise, seed, classes)


def _xor(rows: int, noise: float, seed: int, _classes: int) -> Points:
    """Uniform points on a square, labelled by the sign of their product (Raschka et al. 2022, chapter 13)."""
    generator = np.random.RandomState(seed)
    x = generator.uniform(low=-1, high=1, size=(rows, 2))
    y = np.where(x[:, 0] * x[:, 1] < 0, 0, 1)
    return (x + generator.normal(scale=noise, size=x.shape) if noise else x), y


def _spiral(rows: int, noise: float, seed: int, classes: int, turns: float) -> Points:
    """Arms of an Archimedean spiral, one a class, with normal noise on both features."""
    generator = np.random.RandomState(seed)
    y = np.arange(rows) % classes
    radius = np.sqrt(generator.uniform(0.01, 1, rows))
    angle = radius * (2 * turns) * math.pi + y * 2 * math.pi / classes
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


def _blobs(rows: int, noise: float, seed: int, classes: int) -> Points:
    """Normal clouds around centres anywhere on a square, as scikit-learn's `make_blobs`."""
    generator = np.random.RandomState(seed)
    centres = generator.uniform(-10, 10, (classes, 2))
    y = np.repeat(np.arange(classes), [len(range(first, rows, classes)) for first in range(classes)])
    return _shuffled(generator, generator.normal(centres[y], noise), y)


def _moons(rows: int, noise: float, seed: int, _classes: int) -> Points:
    """Two half circles that reach into each other, as scikit-learn's `make_moons`."""
    y = _halves(rows)
    upper, lower = (np.linspace(0, math.pi, size) for size in np.bincount(y, minlength=2))
    x = np.append(np.cos(upper), 1 - np.cos(lower)), np.append(np.sin(upper), 1 - np.sin(lower) - 0.5)
    return _shuffled_with_noise(np.stack(x, axis=1), y, noise, seed)


def _circles(rows: int, noise: float, seed: int, _classes: int) -> Points:
    """A circle around one of half its size, as scikit-learn's `make_circles`."""
    y = _halves(rows)
    outer, inner = (np.linspace(0, 2 * math.pi, size, endpoint=False) for size in np.bincount(y, minlength=2))
    x = np.append(np.cos(outer), np.cos(inner) * 0.5), np.append(np.sin(outer), np.sin(inner) * 0.5)
    return _shuffled_with_noise(np.stack(x, axis=1), y, noise, seed)


def _gauss_quantiles(rows: int, noise: float, seed: int, classes: int) -> Points:
    """A normal cloud cut into rings of as many points each, as scikit-learn's `make_gaussian_quantiles`."""
    generator = np.random.RandomState(seed)
    x = generator.multivariate_normal(np.zeros(2), max(noise, 1e-9) * np.identity(2), rows)
    x = x[np.argsort((x**2).sum(axis=1))]
    return _shuffled(generator, x, np.minimum(np.arange(rows) // (rows // classes), classes - 1))


def _halves(rows: int) -> np.ndarray:
    return (np.arange(rows) >= rows // 2).astype(int)


def _shuffled(generator: np.random.RandomState, x: np.ndarray, y: np.ndarray) -> Points:
    order = np.arange(len(y))
    generator.shuffle(order)
    return x[order], y[order]


def _shuffled_with_noise(x: np.ndarray, y: np.ndarray, noise: float, seed: int) -> Points:
    generator = np.random.RandomState(seed)
    x, y = _shuffled(generator, x, y)
    return x + generator.normal(scale=noise, size=x.shape), y


DRAWERS: dict[str, Callable[[int, float, int, int], Points]] = {
    "xor": _xor,
    "plane": _plane,
    "gaussians": _gaussians,
    "blobs": _blobs,
    "moons": _moons,
    "circles": _circles,
    "gauss-quantiles": _gauss_quantiles,
}
