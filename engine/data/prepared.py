"""Rows ready for a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..config import Task
from .dataset import SplitName

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from .known_rows import KnownSplit
    from .picked import Picked
    from .schema import Schema


@dataclass(frozen=True)
class Rows:
    """Prepared rows in memory. `x`: float32 (rows, features), or uint8 images (rows, channels, height, width), which
    are the data set's own and not to be changed, picked by number where they do not lie together; `y`: int64 class
    indices, or float32 targets in the network's units (standardised if the schema says so).
    `unseen`: float32 (rows, columns), the schema's unseen columns, for maps; None where it has none. `weights`: float32
    (rows,), how much each counts in the loss; None where they count alike."""

    x: Tensor | Picked
    y: Tensor
    unseen: Tensor | None = None
    weights: Tensor | None = None

    def __len__(self) -> int:
        return len(self.y)

    def take(self, numbers: Tensor) -> Rows:
        """The rows of these numbers."""
        chosen = numbers.to(self.y.device)
        unseen = None if self.unseen is None else self.unseen[numbers.cpu()]
        return Rows(self.x[chosen], self.y[chosen], unseen, None if self.weights is None else self.weights[chosen])

    def to(self, device: torch.device) -> Rows:
        """The rows on a device; what no network sees stays where it is."""
        weights = None if self.weights is None else self.weights.to(device)
        return Rows(self.x.to(device), self.y.to(device), self.unseen, weights)


@dataclass(frozen=True)
class TableRows:
    """Rows of a table as arrays, which need no torch: `x` and `y` as `Rows` has them."""

    x: np.ndarray
    y: np.ndarray

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True)
class Prepared:
    """What a training needs of a data set. `valid` is None where nothing is validated on; `validates_on_test` is
    true when the rows of `valid` are test rows, as in the tutorial's recipes. `known` is by what the rows of a
    user's own data, which may change, are known again."""

    name: str
    task: Task
    schema: Schema
    train: Rows
    valid: Rows | None
    test: Rows | None
    validates_on_test: bool = False
    notes: tuple[str, ...] = field(default=())
    known: Mapping[SplitName, KnownSplit] = field(default_factory=dict[SplitName, "KnownSplit"])

    @property
    def splits(self) -> dict[SplitName, Rows]:
        """The splits that exist, by name, test last."""
        named: dict[SplitName, Rows | None] = {"train": self.train, "valid": self.valid, "test": self.test}
        return {name: rows for name, rows in named.items() if rows is not None}


def spaced(rows: int, most: int) -> np.ndarray:
    """Row numbers, at most `most` of them, evenly spaced."""
    return np.arange(rows) if rows <= most else np.arange(most) * rows // most
