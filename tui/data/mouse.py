"""What the mouse points at in a pane of the data page: a data set of the list, a row, a column, an image."""

from __future__ import annotations

from ...engine.data.overview.view import Seen
from ..render.palette import RenderOptions
from ..render.tables import around
from .browse import Browse
from .draw import GAP, images_view, listed_view, rows_view, tile_size


def touch(browse: Browse, name: str, at: tuple[int, int], size: tuple[int, int], options: RenderOptions) -> bool:
    """Move the cursor to what lies at a cell of a pane with this content size; whether a data set is to be shown."""
    (x, y), (width, height), seen = at, size, browse.seen
    if name == "data":
        return _touch_list(browse, y, listed_view(browse, width, height, options))
    if seen is None or not seen.columns:
        return False
    if name == "rows":
        _touch_rows(browse, seen, at, size)
    elif name == "columns" and y > 0:
        view = around(browse.column, len(seen.columns), height - 1)
        browse.move(across=_nth(view, y - 1, browse.column) - browse.column)
    elif name == "points" and seen.images is not None:
        view, across, _ = images_view(browse, seen, width, height, options)
        cells, lines = tile_size(seen, width, options)
        browse.move(_nth(view, y // lines * across + min(x // cells, across - 1), browse.row) - browse.row)
    return False


def _touch_list(browse: Browse, y: int, view: range) -> bool:
    if y >= len(view):
        return False
    browse.list_move(view[y] - browse.listed)
    return browse.name not in (browse.seen_name, browse.loading)


def _touch_rows(browse: Browse, seen: Seen, at: tuple[int, int], size: tuple[int, int]) -> None:
    """A head chooses its column, a value its row and column, a number its row."""
    (x, y), (rows, left, columns) = at, rows_view(browse, seen, *size)
    row = _nth(rows, y - 1, browse.row) if y > 0 else browse.row
    column, end = browse.column, left
    for place in columns:
        start, end = end, end + GAP + seen.widths[place]
        column = place if start <= x < end else column
    browse.move(row - browse.row, column - browse.column)


def _nth(view: range, place: int, otherwise: int) -> int:
    return view[place] if 0 <= place < len(view) else otherwise
