"""Rows of a table as the schema reads them, not yet encoded: what trees learn from and people look at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from ..data.columns import arrow
from ..data.dataset import Dataset
from ..data.schema import Schema


@dataclass(frozen=True)
class RawRows:
    """The rows of these `numbers` (rows,) of a data set, read as a network's schema says."""

    dataset: Dataset
    schema: Schema
    numbers: np.ndarray

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, places: np.ndarray) -> RawRows:
        """Those of the rows that stand at these places among them."""
        return replace(self, numbers=self.numbers[places])

    def read(self, name: str) -> pa.ChunkedArray:
        """A column that the network needs, or one that is derived of these. UsageError for what cannot be read."""
        derived = next((one for one in self.schema.derived if one.name == name), None)
        if derived is not None:
            return derived.column(self.read)
        return self.schema.reading_of(name).read(arrow.take(self.dataset.table.column(name), self.numbers)).values

    @cached_property
    def targets(self) -> np.ndarray:
        """int64 class indices, or float32 values in the network's units, (rows,)."""
        return self.schema.encode_target(arrow.take(self.dataset.table.column(self.schema.target), self.numbers))

    @property
    def weights(self) -> np.ndarray | None:
        """How much each counts in the loss; None where they count alike."""
        return None if self.dataset.weights is None else self.dataset.weights[self.numbers]
