"""The list of runs as textual's table: it shows what a `RunList` holds, and the mouse does there what keys do."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Self

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.geometry import Region, Spacing
from textual.strip import Strip
from textual.widgets import DataTable
from textual.widgets.data_table import ColumnKey

from ...engine.runs.reader import Run
from ..render.blocks import Line, fit, width_of
from ..render.palette import RenderOptions
from ..widgets.parts import options_of
from . import draw as runs_draw
from .columns import Column
from .table import RunList

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

MARK = "mark"  # the column of cursor and letter, which comes first
AT_ONCE = 150  # rows that are added between two looks at the keys
FEW = 8  # rows that are taken away one by one; for more, the table is filled anew


@dataclass(frozen=True)
class Cell:
    """A line at the width of its column."""

    line: Line
    numeric: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The line, left or right in its column."""
        yield from fit(self.line, options.max_width, "right" if self.numeric else "left")


@dataclass(frozen=True)
class Mark:
    """A run's letter, if it is marked; in the row of the cursor that stands before it."""

    table: RunTable
    key: str
    letter: Line

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Cursor and letter. The table draws it anew whenever its cursor comes or goes."""
        yield from fit([*self.table.cursor_at(self.key), *self.letter], options.max_width)


def put(strip: Strip, start: int, end: int, char: str) -> Strip:
    """The strip with these cells showing another character, in the styles that they have."""
    before, there, after = strip.divide([start, end, max(end, strip.cell_length)])
    return Strip([*before, *(Segment(char * cell_len(part.text), part.style) for part in there), *after])


class RunTable(DataTable[Cell | Mark], can_focus=False):
    """Keys are the page's. Of what was read anew, only the cells that say something else are touched; a long list is
    filled in part after part."""

    SCOPED_CSS = False  # whether there is ASCII alone, a class of the page tells
    DEFAULT_CSS = """
    RunTable {
        height: 100%; border: round $primary 50%; border-title-color: $text; scrollbar-size: 1 1;
        scrollbar-background: $background; scrollbar-background-hover: $background;
        scrollbar-background-active: $background; scrollbar-corner-color: $background;
        background: $background; color: $foreground;
        & > .datatable--header, &:ansi > .datatable--header {
            background: $background; color: $foreground; text-style: bold;
        }
        & > .datatable--fixed { background: $background; color: $foreground; }
        & > .datatable--cursor, & > .datatable--fixed-cursor {
            background: $panel; color: $foreground; text-style: bold;
        }
        & > .datatable--hover { background: $surface; }
        & > .datatable--header-hover { background: $surface; color: $foreground; text-style: bold underline; }
    }
    .-ascii RunTable { border: ascii $primary 50%; }
    """

    _still = False  # whether a change of a cell is not to draw all others anew

    def __init__(self, runs: RunList) -> None:
        super().__init__(id="runs", cursor_type="row", fixed_columns=2, cursor_foreground_priority="renderable")
        self.list = runs
        self._drawn: dict[str, tuple[Run, list[Cell]]] = {}
        self._marks: dict[str, Line] = {}
        self._complete: list[Run] | None = None
        self._form: tuple[object, ...] = ()
        self._version: tuple[object, ...] = ()

    def tick(self) -> None:
        """Show what is new."""
        options = options_of(self)
        form, version = (options, self.list.columns), (options, self.list.revision)
        if version == self._version:
            return
        if form != self._form:
            self._form, self._complete = form, None
            self.clear(columns=True)
            self._add_columns(self.list.columns, options)
        if self.list.shown is not self._complete:
            before, shown = self.row_count, self._in_time()
            self._put_rows(shown, options)
            self._put_order(shown)
            self._complete = self.list.shown if len(shown) == len(self.list.shown) else None
            if not shown or self.row_count != before:
                self.refresh()
        self._put_marks(options)
        self.show_cursor = self.list.place < self.row_count
        if self.show_cursor and self.cursor_row != self.list.place:
            self.move_cursor(row=self.list.place)
        self._version = version if self._complete is not None else ()

    def show_column(self, name: str) -> None:
        """Have the column of this name in view, if it is there."""
        names = [column.name for column in self.list.columns]
        if name in names:
            widths = [column.get_render_width(self) for column in self.ordered_columns]
            place = names.index(name) + 1
            column = Region(sum(widths[:place]), self.scroll_offset.y + 1, widths[place], 1)
            fixed = sum(widths[: self.fixed_columns])
            self.scroll_to_region(column, spacing=Spacing(left=fixed), animate=False)

    def aside(self, by: int) -> None:
        """Go aside by a column: the next one (`by` 1) stands beside the names then, or the one before."""
        places, x = [start for start, _ in self._places()], self.scroll_offset.x
        after, before = [at for at in places if at > x], [at for at in places if at < x]
        self.scroll_to(x=after[0] if by > 0 and after else before[-1] if by < 0 and before else x, animate=False)

    def _places(self) -> list[tuple[int, int]]:
        """Where the columns that go aside begin and end, beside those that stay."""
        widths = [column.get_render_width(self) for column in self.ordered_columns]
        ends = list(accumulate(widths[self.fixed_columns :]))
        return list(zip([0, *ends], ends, strict=False))

    def _render_line(self, y: int, x1: int, x2: int, base_style: Style) -> Strip:
        """A line without the columns that have no room as a whole; the head says on which side there are more."""
        strip, places = super()._render_line(y, x1, x2, base_style), self._places()
        fixed = sum(column.get_render_width(self) for column in self.ordered_columns[: self.fixed_columns])
        room = x2 - x1 - fixed
        for start, end in ((start - x1, end - x1) for start, end in places):
            if start < 0 < end - 1:
                strip = put(strip, fixed, fixed + end, " ")
            elif 0 < start < room < end - (end + x1 == places[-1][1]):  # the last one needs no space behind it
                strip = put(strip, fixed + start, fixed + room, " ")
            elif start == 0 and end - 1 > room > 0:  # there is no more room than this for any column
                strip = put(strip, fixed + room - 1, fixed + room, options_of(self).pick("…", "~"))
        if y == 0 and x1 > 0:
            strip = put(strip, fixed - 1, fixed, options_of(self).pick("‹", "<"))
        if y == 0 and places and places[-1][1] - 1 > x1 + room > x1:
            strip = put(strip, fixed + room - 1, fixed + room, options_of(self).pick("›", ">"))
        return strip

    def _in_time(self) -> dict[str, Run]:
        """As many of the runs as can be shown now, the first ones, by their keys."""
        shown = {str(run.folder.path): run for run in self.list.shown[: self.row_count + AT_ONCE]}
        if len(self._drawn.keys() - shown.keys()) > FEW or len(shown.keys() - self._drawn.keys()) > AT_ONCE:
            self.clear()
            return dict(islice(shown.items(), AT_ONCE))
        return shown

    def clear(self, columns: bool = False) -> Self:
        """Forget all rows."""
        self._drawn.clear()
        self._marks.clear()
        return super().clear(columns)

    def cursor_at(self, key: str) -> Line:
        """The sign of the cursor, or the room for it."""
        there = self.show_cursor and self.get_row_index(key) == self.cursor_row
        return runs_draw.cursor(options_of(self)) if there else runs_draw.NO_CURSOR

    def _add_columns(self, columns: tuple[Column, ...], options: RenderOptions) -> None:
        """Each as wide as its head with the sign of the order, at least."""
        self.add_column("", key=MARK, width=3)
        for column in columns:
            widest = cell_len(runs_draw.head(column, options, falls=True))
            self.add_column("", key=column.name, width=widest)

    def _put_rows(self, shown: dict[str, Run], options: RenderOptions) -> None:
        for key in self._drawn.keys() - shown.keys():
            self.remove_row(key)
            del self._drawn[key]
        columns = [self.columns[ColumnKey(column.name)] for column in self.list.columns]
        for key, run in shown.items():
            before = self._drawn.get(key)
            if before is not None and before[0] is run:
                continue
            cells = [Cell(*drawn) for drawn in runs_draw.cells(run, self.list.columns, options)]
            if before is None:
                self.add_row(Mark(self, key, []), *cells, key=key)
            self._drawn[key] = run, cells
            for column, cell, old in zip(columns, cells, before[1] if before else cells, strict=True):
                width = width_of(cell.line)
                wider, column.width = width > column.width, max(width, column.width)
                if cell != old:
                    self._change(key, column.key, cell, wider=wider)

    def _change(self, key: str, column: ColumnKey | str, cell: Cell | Mark, *, wider: bool = False) -> None:
        """Change a cell and draw its row anew, or all rows if its column is wider than before."""
        self._still = not wider
        self.update_cell(key, column, cell, update_width=wider)
        self._still = False
        self.refresh_row(self.get_row_index(key))

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Draw parts anew, or the whole; not the whole because of one cell."""
        return self if self._still else super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def _put_marks(self, options: RenderOptions) -> None:
        marks = {str(path): runs_draw.letter(self.list, path, options) for path in self.list.marked}
        for key in (marks.keys() | self._marks.keys()) & self._drawn.keys():
            if marks.get(key) != self._marks.get(key):
                self._change(key, MARK, Mark(self, key, marks.get(key, [])))
        self._marks = {key: mark for key, mark in marks.items() if key in self._drawn}

    def _put_order(self, shown: dict[str, Run]) -> None:
        """Heads and rows as they are sorted; all of it is drawn anew if that is another order."""
        heads = [runs_draw.head(one, options_of(self), falls=self.list.falls(one)) for one in self.list.columns]
        columns = [self.columns[ColumnKey(column.name)] for column in self.list.columns]
        before = [column.label.plain for column in columns]
        for head, column, made in zip(heads, self.list.columns, columns, strict=True):
            made.label = Text(head, justify="right" if column.numeric else "left")
        if heads != before or [row.key.value for row in self.ordered_rows] != list(shown):
            places = {key: place for place, key in enumerate(shown)}
            self.sort(MARK, key=lambda mark: places[mark.key])

    def render_line(self, y: int) -> Strip:
        """A line of the table, or what to do where there is none."""
        if self.row_count:
            return super().render_line(y)
        lines = runs_draw.nothing(self.list, self.size.width, options_of(self))
        line = lines[y] if y < len(lines) else []
        return Strip([*line]).apply_style(self.rich_style).adjust_cell_length(self.size.width, self.rich_style)

    async def on_click(self, event: events.Click) -> None:
        """A head sorts by its column, or the other way round; a run gets the cursor, or is opened if it has it."""
        event.prevent_default()
        at: dict[str, int] = event.style.meta
        row = at.get("row")
        if row is None or not self.row_count:
            return
        if row >= 0:
            await self.run_action("screen.open" if row == self.cursor_row else f"screen.go_to({row})")
        elif at["column"] > 0:
            await self.run_action(f"screen.sort_by({self.list.columns[at['column'] - 1].name!r})")
