"""Rows of a tensor by their numbers: fetched when they are asked for, so that large rows lie in memory once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@dataclass(frozen=True)
class Picked:
    """The rows of `source` (rows, ...) that `numbers` (int64, on the same device) lists, in that order. Indexing,
    slicing and splitting give tensors of copied rows, as they do for a tensor that holds these rows and no others."""

    source: Tensor
    numbers: Tensor

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, key: int | slice | Tensor) -> Tensor:
        return self.source[self.numbers[key]]

    @property
    def shape(self) -> torch.Size:
        """(rows, ...), the rows being those listed."""
        return self.numbers.shape + self.source.shape[1:]

    @property
    def nbytes(self) -> int:
        """Bytes that the rows would take by themselves."""
        return len(self) * self.source[:1].nbytes

    @property
    def device(self) -> torch.device:
        """Where the rows lie."""
        return self.source.device

    def split(self, size: int) -> Iterator[Tensor]:
        """So many rows after another, the last ones perhaps fewer."""
        return (self[start : start + size] for start in range(0, len(self), size))

    def to(self, device: torch.device) -> Tensor | Picked:
        """The rows on a device: these where they are there already, else a copy of them alone."""
        return self if device == self.device else self[:].to(device)


def pick(source: np.ndarray, rows: np.ndarray) -> Tensor | Picked:
    """These rows of an array, nothing of it copied: a tensor over its memory where they follow each other there."""
    import torch

    whole = torch.from_numpy(source)
    if len(rows) and rows[-1] - rows[0] == len(rows) - 1 and (np.diff(rows) == 1).all():
        return whole[int(rows[0]) : int(rows[-1]) + 1]
    return Picked(whole, torch.from_numpy(np.ascontiguousarray(rows, dtype=np.int64)))
