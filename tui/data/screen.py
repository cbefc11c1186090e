"""The data page: rows, columns, their spread, points or images of the data sets that nnlab knows and of files."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from shlex import join
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Grid
from textual.widgets import Input, OptionList
from textual.worker import Worker, WorkerState

from ...engine.data.overview.view import DatasetView
from ...engine.errors import NnlabError
from ..actions import DATA, Actions
from ..page import SMALLEST, Page
from ..render.blocks import Lines
from ..widgets.pane import Pane
from ..widgets.parts import bindings, pane, tabs, warm_up
from ..widgets.value import ValueInput
from . import draw as data_draw
from .data_list import DataList
from .draw import IMAGES, PANES
from .mouse import hit_test
from .picker import Picker
from .reader import DatasetProcess, DatasetReader
from .state import DataState

DRAWS = ("pyarrow", "pyarrow.compute", "..render.histogram", "..render.scatter", "..render.images")
VERY_MANY = 10**12
WHEEL = {"rows": 3}  # lines that one notch of the mouse's wheel moves


class DataScreen(Page):
    """Shows what `state` knows. A data set is read whole, by a process of its own: until it is there the page can be
    left, and `reads` begins another."""

    CSS = """
    DataScreen {
        layout: vertical; background: $background;
        #tabs, #title, #keys { height: 1; background: $surface; }
        #panes { height: 1fr; grid-size: 1 1; grid-columns: 1fr; grid-rows: 1fr; }
        #panes > * { display: none; }
        #panes > .-current { display: block; }
        &.-wide.-high, &.-wide.-highest, &.-widest.-high {
            #panes { grid-size: 2 1; grid-columns: 34 1fr; }
            #data, #panes > .-beside { display: block; }
        }
        &.-widest.-highest {
            #panes { grid-size: 3 2; grid-columns: 34 1fr 1fr; grid-rows: 1fr 1fr; }
            #panes > * { display: block; }
            #data { row-span: 2; }
        }
        &.-widest.-highest.-images {
            #panes { grid-columns: 34 2fr 3fr; }
            #points { row-span: 2; }
            #rows { display: none; }
        }
        &.-wide, &.-widest { .-current { border: round $accent; } }
        &.-ascii.-wide, &.-ascii.-widest { .-current { border: ascii $accent; } }
        &.-narrowest #panes, &.-lowest #panes { display: none; }
        #row { display: none; height: 1; border: none; padding: 0 1; background: $panel; }
    }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrowest"), (SMALLEST[0], "-narrow"), (100, "-wide"), (150, "-widest")]
    VERTICAL_BREAKPOINTS = [(0, "-lowest"), (SMALLEST[1], "-low"), (26, "-high"), (36, "-highest")]
    ACTIONS: ClassVar[Actions] = DATA
    FIRST_KEYS = data_draw.FIRST_KEYS
    BINDINGS = bindings(DATA)

    def __init__(self, data: str, reads: Callable[[str], DatasetReader] = DatasetProcess) -> None:
        super().__init__()
        self.state = DataState()
        self._data = data
        self._reads, self._coming = reads, list[DatasetReader]()
        self._pane, self._beside = "rows", "rows"

    @property
    def seen(self) -> bool:
        """Whether there is a data set to look at."""
        return self.state.dataset is not None

    @property
    def listing(self) -> bool:
        """Whether the cursor moves in the list."""
        return self._pane == "data"

    @property
    def has_axes(self) -> bool:
        """Whether there are points in a plane."""
        return self.state.dataset is not None and self.state.dataset.images is None and self.state.axes is not None

    @property
    def trainable(self) -> bool:
        """Whether there is something to train on, and a page for it."""
        return self.seen and "lab" in self.shell.pages

    def compose(self) -> ComposeResult:
        """Tabs, title, panes, a line for the number of a row while it is typed, keys."""
        yield tabs("data")
        yield pane("title", self._title, self._version, bare=True)
        with Grid(id="panes"):
            yield DataList(self.state)
            for name in data_draw.DRAW:
                yield pane(name, partial(self._draw, name), self._version)
        yield ValueInput(id="row", hint="the number of a row", restrict=r"[0-9]*")
        yield pane("keys", self.draw_keys, self._version, bare=True)

    def _draw(self, name: str, width: int, height: int) -> Lines:
        return data_draw.DRAW[name](self.state, width, height, self.options)

    def _title(self, width: int, height: int) -> Lines:
        draw = data_draw.too_small if self.tiny else data_draw.title
        return draw(self.state, width, height, self.options)

    def _version(self) -> tuple[object, ...]:
        return self.state.revision, self._pane, self.tiny

    @property
    def _has_images(self) -> bool:
        return self.state.dataset is not None and self.state.dataset.images is not None

    @property
    def _names(self) -> tuple[str, ...]:
        return IMAGES if self._has_images else PANES

    def redraw(self) -> None:
        """Show what is new, in the list too."""
        for one in self.query(DataList):
            one.tick()
        super().redraw()

    def on_mount(self) -> None:
        """Begin to read the first data set."""
        self.open(self._data)

    def open(self, name: str) -> None:
        """Read a data set; what was being read before is forgotten."""
        self._forget()
        self.state.begin(name)
        coming = self._reads(name)
        self._coming.append(coming)
        self.run_worker(partial(_await, coming), thread=True, exclusive=True, exit_on_error=False)
        self.tick()

    def on_unmount(self) -> None:
        """Nothing is read for a page that is gone."""
        self._forget()

    def _forget(self) -> None:
        while self._coming:
            self._coming.pop().close()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show what was read, or say why nothing was."""
        if event.state == WorkerState.SUCCESS and event.worker.result is not None:
            self._forget()
            result: DatasetView | NnlabError = event.worker.result
            if isinstance(result, DatasetView):
                self.state.take(result)
            else:
                self.state.fail(str(result))
                self.say(str(result), wrong=True)
            self.fit_panes()
            self.tick()

    def fit_panes(self) -> None:
        """Show the panes that there is room for."""
        names = self._names
        self._pane = self._pane if self._pane in names else "points"
        self._beside = self._beside if self._beside in names else "points"
        self.set_class(self._has_images, "-images")
        self.query_one("#rows").set_class(False, "-current", "-beside")
        self.mark_panes(names, self._pane, self._beside, points="images" if self._has_images else "points")

    def action_show(self) -> None:
        """Show the data set under the cursor of the list."""
        self.open(self.state.name)
        if len(self.shown_panes(self._names)) == 1:
            self._go("points" if self._has_images else "rows")

    def action_open_file(self) -> None:
        """Open a file or a folder."""
        picker = Picker(Path.cwd())
        self.app.push_screen(picker, lambda name: self.open(name) if name else None)

    def action_train(self) -> None:
        """Train on it in the lab."""
        if self.state.dataset is not None:
            page: Any = self.shell.go("lab")
            page.choose(self.state.dataset.asked)

    def action_next_pane(self) -> None:
        """The next pane."""
        self._go(self._names[(self._names.index(self._pane) + 1) % len(self._names)])

    def action_last_pane(self) -> None:
        """The pane before."""
        self._go(self._names[self._names.index(self._pane) - 1])

    def _go(self, name: str) -> None:
        self._pane = name
        self._beside = name if name != "data" else self._beside
        self.fit_panes()

    def action_move(self, down: int, across: int) -> None:
        """Move the cursor of the pane that has it."""
        self._move(self._pane, down, across)

    def _move(self, name: str, down: int, across: int) -> None:
        if name == "data":
            self.state.list_move(down)
            self.query_one(DataList).follow()
        elif name == "rows":
            self.state.move(down, across)
        elif name == "points" and self._has_images:
            self.state.move(down * (self._images[0] if abs(down) < VERY_MANY else 1) + across)
        else:
            self.state.move(0, down + across)

    @property
    def _images(self) -> tuple[int, int]:
        """How many images stand side by side and below each other."""
        if self.state.dataset is None:
            return 1, 1
        return data_draw.images_view(
            self.state, self.state.dataset, *self.query_one("#points", Pane).content_size, self.options
        )[1:]

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Go to what is pointed at."""
        name = self._under(event)
        if name:
            shown = self.query_one(f"#{name}", Pane)
            self._go(name)
            at = event.screen_offset - shown.content_region.offset
            hit_test(self.state, name, at, shown.content_size, self.options)
            self.tick()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Show the data set that was clicked on."""
        self._go("data")
        self.state.list_move(event.option_index - self.state.listed)
        if self.state.name not in (self.state.dataset_name, self.state.loading):
            self.action_show()
        self.tick()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Down; with shift or ctrl to the right."""
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Up; with shift or ctrl to the left."""
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, by: int) -> None:
        name = self._under(event)
        if name:
            aside = event.shift or event.ctrl
            self._move(name, 0 if aside else by * WHEEL.get(name, 1), by if aside else 0)
            self.tick()

    def _under(self, event: events.MouseEvent) -> str:
        """The pane whose content the mouse is over."""
        panes = {one.id or "": one for one in self.query(Pane) if one.display and one.id in self._names}
        return next((name for name, one in panes.items() if event.screen_offset in one.content_region), "")

    def action_page(self, by: int) -> None:
        """Move by what is in view."""
        images = self._pane == "points" and self._has_images
        height = self.query_one("#names" if self.listing else f"#{self._pane}").content_size.height
        self.action_move(by * (self._images[1] if images else max(1, height - 2)), 0)

    def action_end(self, by: int) -> None:
        """Move to the first or the last."""
        self.action_move(by * VERY_MANY, 0)

    def action_go_to(self) -> None:
        """Type the number of a row."""
        self.query_one(ValueInput).ask()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go to the typed row."""
        if event.value:
            self.state.move(int(event.value) - 1 - self.state.row)

    def action_next_across(self) -> None:
        """Another column for the second axis."""
        self.state.next_second_axis()

    def action_tell_by(self) -> None:
        """Tell the points apart by the column under the cursor."""
        self.state.tell_by()

    def action_copy(self) -> None:
        """Copy the command that shows the data set in a shell."""
        self.copy(join(["nnlab", "data", "show", self.state.dataset_name]))


def _await(coming: DatasetReader) -> DatasetView | NnlabError:
    """In a thread: the data set, or what is wrong with it; meanwhile what is needed to draw it is imported."""
    warm_up(DRAWS)
    return coming.result()
