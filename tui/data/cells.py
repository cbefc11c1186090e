"""A data set's values as cells of a table: what they say and how wide their columns are."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from rich.cells import cell_len

from ...engine.data.overview.view import DatasetView

SAMPLE = 200  # rows at each end by which a column's width is set
WIDEST, NARROWEST = 24, 3  # cells of a column


def cell(value: Any) -> str:
    """A value in a table; a dash for a missing one."""
    if value is None or value != value:  # NaN
        return "–"
    if isinstance(value, datetime):
        return str(value).removesuffix(" 00:00:00")
    return f"{value:.5g}" if isinstance(value, float) else str(value)[:80]


def measured(dataset: DatasetView) -> DatasetView:
    """The data set with the widths of its columns, by their names and the rows at both ends."""
    rows = [*dataset.window(range(SAMPLE)), *dataset.window(range(max(SAMPLE, dataset.rows - SAMPLE), dataset.rows))]
    widths = [max([min(cell_len(name), 16), *(cell_len(cell(row[name])) for row in rows)]) for name in dataset.columns]
    return replace(dataset, widths=tuple(max(NARROWEST, min(width, WIDEST)) for width in widths))
