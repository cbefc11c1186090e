"""Rows for the scripts that are measured as whole commands: XOR, and the table of ten numbers and a class."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

EPOCHS, BATCH = {"xor": 200, "table": 20}, {"xor": 20, "table": 32}
WIDTHS = {"xor": (2, 10, 6, 2), "table": (10, 32, 16, 3)}
CLASSES = np.array(["high", "low", "middle"])

Rows = tuple[np.ndarray, np.ndarray]
"""Inputs float32 (rows, features) and classes int64 (rows,)."""


@dataclass(frozen=True)
class Parts:
    """What is trained on, what validates after each epoch, and what is tested on, as nnlab divides: 68, 12 and 20 %."""

    train: Rows
    valid: Rows
    test: Rows


def xor() -> Parts:
    x = np.random.RandomState(1).uniform(-1, 1, (1000, 2))
    return divided(x, np.where(x[:, 0] * x[:, 1] < 0, 0, 1))


def divided(x: np.ndarray, y: np.ndarray) -> Parts:
    order = np.random.default_rng(1).permutation(len(x))
    first, second = int(0.68 * len(x)), int(0.8 * len(x))
    train, valid, test = ((x[rows].astype(np.float32), y[rows]) for rows in np.split(order, [first, second]))
    return Parts(train, valid, test)


def read(path: str) -> Rows:
    """The table in a CSV, as it stands."""
    frame = pd.read_csv(path)
    return frame.drop(columns="kind").to_numpy(np.float32), np.searchsorted(CLASSES, frame["kind"])


def row(text: str) -> np.ndarray:
    """One row of numbers with commas between."""
    return np.array([text.split(",")], np.float32)


def write(probabilities: np.ndarray, path: str | Path) -> None:
    """Classes and probabilities into a CSV."""
    named: Any = [f"probability_{name}" for name in CLASSES]
    frame = pd.DataFrame(probabilities, columns=named)
    frame.insert(0, "prediction", CLASSES[probabilities.argmax(1)])
    frame.to_csv(path, index=False, float_format="%.6f")


def judged(probabilities: np.ndarray, y: np.ndarray) -> str:
    """The accuracy, and that of the most frequent class."""
    return f"accuracy {(probabilities.argmax(1) == y).mean():.4f}, of one class {np.bincount(y).max() / len(y):.4f}"
