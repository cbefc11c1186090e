"""What the data page knows: the data sets to choose from, the one that is looked at, and where. No textual."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...engine.data.catalog import CATALOG
from ...engine.data.overview.view import DatasetView


@dataclass
class DataState:
    """`names` are those of the catalogue and of what was opened; `listed` is the place of the cursor among them.
    `dataset` is the data set in view, `loading` the name of one that is being read, `error` why one could not be.
    `row` and `column` are the cursor's, `second_axis` is the column of the second axis and `told_by` that by which
    points are told apart, where the user has chosen. `revision` grows with all that can be seen."""

    names: list[str] = field(default_factory=lambda: list(CATALOG))
    listed: int = 0
    dataset: DatasetView | None = None
    loading: str = ""
    error: str = ""
    row: int = 0
    column: int = 0
    second_axis: str = ""
    told_by: str = ""
    revision: int = 0

    @property
    def name(self) -> str:
        """The data set under the cursor of the list."""
        return self.names[self.listed]

    @property
    def chosen(self) -> str:
        """The column under the cursor, empty where there is none."""
        return self.dataset.columns[self.column] if self.dataset is not None and self.dataset.columns else ""

    @property
    def group(self) -> str:
        """The column by which points are told apart."""
        return self.told_by or (self.dataset.group if self.dataset is not None else "")

    @property
    def axes(self) -> tuple[str, str] | None:
        """The columns of the two axes: the one under the cursor if it can be one, and another; None without two."""
        numbers = self.dataset.numbers if self.dataset is not None else []
        if len(numbers) < 2:
            return None
        inputs = [name for name in numbers if self.dataset is not None and name != self.dataset.target] or numbers
        first = self.chosen if self.chosen in numbers else inputs[0]
        others = [name for name in [*inputs, *numbers] if name != first]
        return first, self.second_axis if self.second_axis in others else others[0]

    def begin(self, name: str) -> None:
        """Another data set is being read."""
        if name not in self.names:
            self.names.append(name)
        self.listed = self.names.index(name)
        self.loading, self.error = name, ""
        self.revision += 1

    def take(self, dataset: DatasetView) -> None:
        """It is there."""
        self.dataset, self.loading, self.error = dataset, "", ""
        self.row = self.column = 0
        self.second_axis = self.told_by = ""
        self.revision += 1

    def fail(self, why: str) -> None:
        """It cannot be read: what was in view stays, and what never could be read is no longer offered."""
        if self.loading not in CATALOG and self.loading != self.dataset_name:
            self.names = [name for name in self.names if name != self.loading]
        self.listed = self.names.index(self.dataset_name) if self.dataset is not None else 0
        self.loading, self.error = "", why
        self.revision += 1

    @property
    def dataset_name(self) -> str:
        """By which name the data set in view was opened."""
        return self.dataset.asked if self.dataset is not None else ""

    def list_move(self, by: int) -> None:
        """Move the cursor of the list."""
        self.listed, self.error = max(0, min(len(self.names) - 1, self.listed + by)), ""
        self.revision += 1

    def move(self, down: int = 0, across: int = 0) -> None:
        """Move the cursor in the table, staying within it."""
        if self.dataset is not None:
            self.row = max(0, min(self.dataset.rows - 1, self.row + down))
            self.column = max(0, min(len(self.dataset.columns) - 1, self.column + across))
            self.error = ""
            self.revision += 1

    def next_second_axis(self) -> None:
        """Another column for the second axis."""
        if self.dataset is not None and (axes := self.axes) is not None:
            others = [name for name in self.dataset.numbers if name != axes[0]]
            self.second_axis = others[(others.index(axes[1]) + 1) % len(others)]
            self.revision += 1

    def tell_by(self) -> None:
        """Tell points apart by the column under the cursor; a second time as before."""
        self.told_by = "" if self.told_by == self.chosen else self.chosen
        self.revision += 1
