"""The two shapes in which rows travel: as they were read, and ready for a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ..config import Task

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from .columns.column_kind import ColumnKind

SplitName = Literal["train", "valid", "test"]


@dataclass(frozen=True)
class Dataset:
    """Rows as they were read, before any preparation.

    `table` holds every column, the target included; missing values are nulls. Image data has only its target there
    and its pixels in `images`, uint8 of shape (rows, channels, height, width). `native` maps the splits that the
    data itself brings to row numbers; data without any brings {"train": all rows}. `classes` are the class names in
    the order of their index, empty for regression; the target column of a classification holds these names.
    `ignore` are columns no network should see unless asked (names, identifiers). `kinds` says what each column of a
    user's table was taken for, `na` which values stand for missing there, `notes` what the user should know of it.
    `weights`, float32 (rows,) of mean 1, say how much each row counts in the loss; None counts them alike. `numbers`,
    int64 (rows,), are the rows' own where others were left out, from 0; None where all are there.
    """

    name: str
    task: Task
    table: pa.Table
    target: str
    native: Mapping[str, np.ndarray]
    classes: tuple[str, ...] = ()
    images: np.ndarray | None = None
    ignore: tuple[str, ...] = ()
    kinds: Mapping[str, ColumnKind] = field(default_factory=dict[str, "ColumnKind"])
    na: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    weights: np.ndarray | None = None
    numbers: np.ndarray | None = None

    @property
    def features(self) -> list[str]:
        """Names of the columns a network may see, in file order."""
        return [name for name in self.table.column_names if name != self.target and name not in self.ignore]
