"""What the mouse points at in a pane of the data page: a data set of the list, a row, a column, an image."""

from __future__ import annotations

from ...engine.data.overview.view import DatasetView
from ..render.palette import RenderOptions
from ..render.tables import around
from .browse import Browse
from .draw import GAP, images_view, listed_view, rows_view, tile_size


def touch(browse: Browse, name: str, at: tuple[int, int], size: tuple[int, int], options: RenderOptions) -> bool:
    """Move the cursor to what lies at a cell of a pane with this content size; whether a data set is to be shown."""
    (x, y), (width, height), dataset = at, size, browse.dataset
    if name == "data":
        return _touch_list(browse, y, listed_view(browse, width, height, options))
    if dataset is None or not dataset.columns:
        return False
    if name == "rows":
        _touch_rows(browse, dataset, at, size)
    elif name == "columns" and y > 0:
        view = around(browse.column, len(dataset.columns), height - 1)
        browse.move(across=_nth(view, y - 1, browse.column) - browse.column)
    elif name == "points" and dataset.images is not None:
        view, across, _ = images_view(browse, dataset, width, height, options)
        cells, lines = tile_size(dataset, width, options)
        browse.move(_nth(view, y // lines * across + min(x // cells, across - 1), browse.row) - browse.row)
    return False


def _touch_list(browse: Browse, y: int, view: range) -> bool:
    if y >= len(view):
        return False
    browse.list_move(view[y] - browse.listed)
    return browse.name not in (browse.dataset_name, browse.loading)


def _touch_rows(browse: Browse, dataset: DatasetView, at: tuple[int, int], size: tuple[int, int]) -> None:
    """A head chooses its column, a value its row and column, a number its row."""
    (x, y), (rows, left, columns) = at, rows_view(browse, dataset, *size)
    row = _nth(rows, y - 1, browse.row) if y > 0 else browse.row
    column, end = browse.column, left
    for place in columns:
        start, end = end, end + GAP + dataset.widths[place]
        column = place if start <= x < end else column
    browse.move(row - browse.row, column - browse.column)


def _nth(view: range, place: int, otherwise: int) -> int:
    return view[place] if 0 <= place < len(view) else otherwise
