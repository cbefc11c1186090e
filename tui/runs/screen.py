"""The runs page: all runs, their curves over each other, details and differences, and what can be done with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Grid
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from ...engine.errors import NnlabError
from ...engine.runs.reader import Reading, RunReader
from ...engine.sweep.listing import SweepReader, SweepRun
from ..actions import RUNS, Actions
from ..page import SMALLEST
from ..render.blocks import Lines
from ..widgets.asked import AskedValue
from ..widgets.pane import Pane
from ..widgets.parts import bindings, pane, tabs, warm_up
from ..widgets.value import ValueInput
from . import draw as runs_draw
from .acting import RunActing
from .draw import PANES
from .evaluation_pane import EvaluationPane
from .evaluator import Evaluates, EvaluationProcess
from .run_table import RunTable

READ_EVERY = 2.0  # seconds between two looks at the folders of all runs
DRAWS = ("plotext", "..render.charts")


class RunsScreen(RunActing):
    """Shows what `list` knows, read anew every two seconds, in a thread; `evaluates` begins to evaluate a run."""

    CSS = """
    RunsScreen {
        layout: vertical; background: $background;
        #tabs, #title, #keys { height: 1; background: $surface; }
        #panes { height: 1fr; grid-size: 1 1; grid-columns: 1fr; grid-rows: 1fr; }
        #panes > * { display: none; }
        #panes > .-current { display: block; }
        &.-wide.-high, &.-wide.-highest, &.-widest.-high {
            #panes { grid-size: 1 2; grid-rows: 1fr 1fr; }
            #runs, #panes > .-beside { display: block; }
            &.-evaluating #panes { grid-rows: 1fr 2fr; }
        }
        &.-widest.-highest {
            #panes { grid-size: 2 2; grid-columns: 11fr 9fr; grid-rows: 1fr 1fr; }
            #panes > * { display: block; }
            #curves, #evaluation { row-span: 2; }
            #evaluation { display: none; }
        }
        &.-widest.-highest.-evaluating {
            #panes { grid-columns: 2fr 3fr; grid-rows: 1fr 1fr; }
            #curves { display: none; }
            #evaluation { display: block; }
        }
        &.-wide, &.-widest { .-current { border: round $accent; } }
        &.-ascii.-wide, &.-ascii.-widest { .-current { border: ascii $accent; } }
        &.-narrowest #panes, &.-lowest #panes { display: none; }
        #filter { display: none; height: 1; border: none; padding: 0 1; background: $panel; }
    }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrowest"), (SMALLEST[0], "-narrow"), (100, "-wide"), (160, "-widest")]
    VERTICAL_BREAKPOINTS = [(0, "-lowest"), (SMALLEST[1], "-low"), (30, "-high"), (36, "-highest")]
    ACTIONS: ClassVar[Actions] = RUNS
    FIRST_KEYS = runs_draw.FIRST_KEYS
    BINDINGS = bindings(RUNS)

    def __init__(self, evaluates: Evaluates = EvaluationProcess) -> None:
        super().__init__()
        self._evaluates = evaluates
        self._reader, self._sweeps = RunReader(), SweepReader()
        self._pane, self._beside = "runs", "curves"
        self._reading = self._again = False
        self._seen: tuple[object, ...] = ()
        self._filtered = ""  # by what the runs were filtered before another filter was typed

    @property
    def chosen(self) -> bool:
        """Whether there is a run under the cursor."""
        return self.list.current is not None

    @property
    def single(self) -> bool:
        """Whether that is one training, and no sweep."""
        return self.chosen and not isinstance(self.list.current, SweepRun)

    @property
    def has_trials(self) -> bool:
        """Whether there are trials of sweeps, to be shown or folded away."""
        return bool(self.list.trials)

    @property
    def known(self) -> bool:
        """Whether there are runs, whose settings can be told."""
        return bool(self.list.runs)

    @property
    def resumable(self) -> bool:
        """Whether the run under the cursor can go on."""
        run = self.list.current
        return run is not None and run.resumable and not run.live

    @property
    def askable(self) -> bool:
        """Whether the run under the cursor has a network, and there is a page to ask it on."""
        run = self.list.current
        return run is not None and run.checkpoint is not None and "predict" in self.shell.pages

    @property
    def judgeable(self) -> bool:
        """Whether the run under the cursor has a network to evaluate."""
        return self.single and self.list.current is not None and self.list.current.checkpoint is not None

    def compose(self) -> ComposeResult:
        """Tabs, title, panes, the filter or a column while it is typed, keys."""
        yield tabs("runs")
        yield pane("title", self._title, self._version, bare=True)
        with Grid(id="panes"):
            yield RunTable(self.list)
            yield pane("curves", partial(self._draw, "curves"), self._curved)
            yield EvaluationPane(self.list, self._evaluates)
            yield pane("details", partial(self._draw, "details"), self._version)
        yield ValueInput(id="filter", hint="data:xor lr<0.01 state:running reached>=0.9 when>yesterday spiral")
        yield AskedValue(id="column")
        yield AskedValue(id="epochs", restrict=r"[0-9]*")
        yield pane("keys", self.draw_keys, self._version, bare=True)

    def _version(self) -> tuple[object, ...]:
        return self.list.revision, self._pane, self.tiny

    def _curved(self) -> tuple[object, ...]:
        """What the curves depend on; as before for the moment in which those of another run are read."""
        if not (self._reading and self.list.awaited):
            self._seen = self._version()
        return self._seen

    def _draw(self, name: str, width: int, height: int) -> Lines:
        return runs_draw.DRAW[name](self.list, width, height, self.options)

    def _title(self, width: int, height: int) -> Lines:
        draw = runs_draw.too_small if self.tiny else runs_draw.title
        return draw(self.list, width, height, self.options)

    def redraw(self) -> None:
        """Show what is new, in the list too."""
        for one in self.query(RunTable):
            one.tick()
        super().redraw()

    def on_mount(self) -> None:
        """Look at the folders, now and ever again."""
        self.set_interval(READ_EVERY, self.read)
        self.read()

    def on_screen_resume(self) -> None:
        """Much may have happened while another page was seen."""
        self.read()

    def read(self) -> None:
        """Read the runs anew in a thread, one reading after the other."""
        if not self.is_current or not self.is_mounted:
            return
        self._again = self._reading
        if not self._reading:
            self._start(self._reader.read)

    def _start(self, read: Callable[[Sequence[Path]], Reading]) -> None:
        self._reading = True
        shown = tuple(self.list.looked_at)
        self.run_worker(lambda: _read(read, self._sweeps, shown), thread=True)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Take what was read."""
        if event.state == WorkerState.SUCCESS and event.worker.result is not None:
            self.list.take(*event.worker.result)
            self.query_one(EvaluationPane).evaluations.keep({run.folder.path for run in self.list.runs})
            self.tick()  # somebody who has gone to this run waits for its curves
        if event.worker.is_finished:
            self._reading = False
            if self._again:
                self.read()
            self._moved()

    def fit_panes(self) -> None:
        """Mark the panes; the styles show those that there is room for."""
        if self._beside in ("curves", "evaluation"):  # of which there is room for one
            self.set_class(self._beside == "evaluation", "-evaluating")
        self.mark_panes(PANES, self._pane, self._beside, details="differences" if self.list.compares else "details")

    def action_mark(self) -> None:
        """Mark the run, or take the mark away."""
        try:
            self.list.mark()
        except NnlabError as error:
            self.say(str(error), wrong=True)
        self._moved()

    def action_unmark(self) -> None:
        """Clear all marks."""
        self.list.unmark()

    def action_fold(self) -> None:
        """Show the trials of sweeps, or fold them away."""
        self.list.fold()
        self._moved()

    def action_filter(self) -> None:
        """Type a filter."""
        self._filtered = self.list.text
        self.query_one("#filter", ValueInput).ask(self.list.text)

    @on(Input.Changed, "#filter")
    def filter_runs(self, event: Input.Changed) -> None:
        """Filter while typing."""
        self._choose(event.value)

    @on(Input.Submitted, "#filter")
    def keep_filter(self) -> None:
        """Keep what was typed; where that is wrong, the filter from before."""
        if wrong := self.list.error:
            self._choose(self._filtered)
            self.say(wrong, wrong=True)

    @on(ValueInput.Left, "#filter")
    def leave_filter(self) -> None:
        """No filter any more."""
        self._choose("")

    def key_escape(self) -> None:
        """Show all runs, unless it is an input that is left."""
        if self.focused is None:
            self._choose("")

    def _choose(self, text: str) -> None:
        self.list.choose(text)
        self._moved()

    def action_sort(self, other_way: bool) -> None:
        """Sort by the next column, or the other way round."""
        self.list.sort(other_way=other_way)

    def action_sort_by(self, name: str) -> None:
        """Sort by a column, or by the same the other way round."""
        self.list.sort_by(name)

    def action_ask_column(self) -> None:
        """Ask for a setting; those that differ come first."""
        names = list(self.list.settings())
        self._asked("column").ask("column", choices=names, hint=", ".join(names))

    @on(Input.Submitted, "#column")
    def toggle_column(self, event: Input.Submitted) -> None:
        """Add the column of the setting, or take it away."""
        if not event.value.strip():
            return
        try:
            name = self.list.toggle_column(event.value)
        except NnlabError as error:
            self.say(str(error), wrong=True)
            return
        self.redraw()
        self.query_one(RunTable).show_column(name)

    def action_compare(self) -> None:
        """Differences instead of details, or back."""
        self.list.compare(yes=not (self.list.compares and self._pane == "details"))
        self._go("details")

    def action_evaluate(self) -> None:
        """Evaluate the run under the cursor, and show what is known of it; a second time, anew."""
        if (run := self.list.current) is None:
            return
        shown = self.query_one(EvaluationPane)
        seen = self._pane == "evaluation" and not shown.evaluations.is_awaited(run)
        if seen or not shown.evaluations.knows(run):
            shown.evaluate(run)
        self._go("evaluation")

    def action_step(self, by: int) -> None:
        """Another run; in the details or the evaluation, a line up or down."""
        if self._pane == "evaluation":
            self.query_one(EvaluationPane).scroll_lines(by)
        elif self._pane == "details":
            shown = self.query_one("#details", Pane).content_size
            self.list.scroll(runs_draw.scrolled(self.list, by, *shown, self.options))
        else:
            self.list.move(by)
            self.query_one(RunTable).move_cursor(row=self.list.place)  # which is in view then, wherever the wheel was
            self._moved()

    def action_go_to(self, row: int) -> None:
        """Put the cursor on the run in a row of the list."""
        self._go("runs")
        self.action_step(row - self.list.place)

    def action_page(self, by: int) -> None:
        """A page up or down."""
        self.action_step(by * max(1, self.query_one(f"#{self._pane}").content_size.height - 2))

    def action_aside(self, by: int) -> None:
        """Other columns of the list, where not all have room."""
        self.query_one(RunTable).aside(by)

    def _moved(self) -> None:
        """Another run may be under the cursor, whose curves are not known yet."""
        if self.is_current and not self._reading and self.list.awaited:
            self._start(self._reader.look)

    def action_cursor(self, step: int) -> None:
        """Read the curves' values an epoch further; in the evaluation, go to another part."""
        if self._pane == "evaluation":
            self.query_one(EvaluationPane).part(step)
        else:
            self.list.read_values(step)

    def action_look(self, at: str) -> None:
        """Look at the curves another way."""
        self.list.look(at)

    def action_next_pane(self) -> None:
        """The next pane."""
        self._go(PANES[(PANES.index(self._pane) + 1) % len(PANES)])

    def _go(self, name: str) -> None:
        self._pane = name
        self._beside = name if name != "runs" else self._beside
        self.fit_panes()


def _read(read: Callable[[Sequence[Path]], Reading], sweeps: SweepReader, shown: Sequence[Path]) -> Reading:
    """In a thread: what is slow to import and needed to draw curves is imported here, before there are any."""
    runs, curves = read(shown)
    warm_up(DRAWS if runs else ())
    return [*runs, *sweeps.read()], curves
