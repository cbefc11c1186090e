"""What the mouse points at in a pane of the data page: a row, a column, an image."""

from __future__ import annotations

from ...engine.data.overview.view import DatasetView
from ..render.palette import RenderOptions
from ..render.tables import around
from .draw import GAP, images_view, rows_view, tile_size
from .state import DataState


def hit_test(state: DataState, name: str, at: tuple[int, int], size: tuple[int, int], options: RenderOptions) -> None:
    """Move the cursor to what lies at a cell of a pane with this content size."""
    (x, y), (width, height), dataset = at, size, state.dataset
    if dataset is None or not dataset.columns:
        return
    if name == "rows":
        _hit_rows(state, dataset, at, size)
    elif name == "columns" and y > 0:
        view = around(state.column, len(dataset.columns), height - 1)
        state.move(across=_nth(view, y - 1, state.column) - state.column)
    elif name == "points" and dataset.images is not None:
        view, across, _ = images_view(state, dataset, width, height, options)
        cells, lines = tile_size(dataset, width, options)
        state.move(_nth(view, y // lines * across + min(x // cells, across - 1), state.row) - state.row)


def _hit_rows(state: DataState, dataset: DatasetView, at: tuple[int, int], size: tuple[int, int]) -> None:
    """A head chooses its column, a value its row and column, a number its row."""
    (x, y), (rows, left, columns) = at, rows_view(state, dataset, *size)
    row = _nth(rows, y - 1, state.row) if y > 0 else state.row
    column, end = state.column, left
    for place in columns:
        start, end = end, end + GAP + dataset.widths[place]
        column = place if start <= x < end else column
    state.move(row - state.row, column - state.column)


def _nth(view: range, place: int, otherwise: int) -> int:
    return view[place] if 0 <= place < len(view) else otherwise
