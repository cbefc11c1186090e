"""The sweep page: the leaderboard as it grows, the trials' curves and settings, and keys that steer the search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Grid
from textual.widgets import Input

from ...engine.runs.folder import RunFolder, runs_root
from ...engine.sweep.folder import SweepFolder
from ..actions import SWEEP, Action, Actions
from ..live.screen import LiveScreen
from ..page import SMALLEST, Page
from ..render.blocks import Lines
from ..trainer.monitor import RunMonitor
from ..trainer.tail import RunTail
from ..widgets.asked import AskedValue
from ..widgets.pane import Pane
from ..widgets.parts import bindings, pane
from ..widgets.question import Question
from . import draw as sweep_draw
from .draw import PANES, TITLES
from .state import SweepState

LOOK_EVERY = 0.5  # seconds between two looks at the sweep's log


class SweepScreen(Page):
    """Shows a sweep that is at work, or was; its keys ask the sweep's process for what a user wants of it.

    `over` tells, of one that was started here, whether its process has ended, which leaves the page; `detached` says
    that its user has left it to go on. `leave` closes it where there is a page behind it.
    """

    CSS = """
    SweepScreen {
        layout: vertical; background: $background;
        #title, #keys { height: 1; background: $surface; }
        #panes { height: 1fr; grid-size: 1 1; grid-columns: 1fr; grid-rows: 1fr; }
        #panes > * { display: none; }
        #panes > .-current { display: block; }
        &.-high #panes { grid-size: 1 2; grid-rows: 1fr 1fr; }
        &.-high #trials, &.-high #panes > .-beside { display: block; }
        &.-wide.-high #panes { grid-size: 2 2; grid-columns: 1fr 1fr; }
        &.-wide.-high #trials { row-span: 2; }
        &.-wide.-high #panes > .-above { display: block; }
        &.-widest.-high #panes { grid-size: 3 6; grid-columns: 1fr 1fr 1fr; grid-rows: 1fr; }
        &.-widest.-high #panes > * { display: block; row-span: 2; }
        &.-widest.-high #trials { row-span: 6; }
        &.-widest.-high #curves, &.-widest.-high #best, &.-widest.-high #setting { row-span: 3; }
        &.-widest.-high #importance { row-span: 1; }
        &.-high .-current { border: round $accent; }
        &.-ascii.-high .-current { border: ascii $accent; }
        &.-narrowest #panes, &.-lowest #panes { display: none; }
    }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrowest"), (SMALLEST[0], "-narrow"), (110, "-wide"), (160, "-widest")]
    VERTICAL_BREAKPOINTS = [(0, "-lowest"), (SMALLEST[1], "-low"), (30, "-high")]
    ACTIONS: ClassVar[Actions] = SWEEP
    FIRST_KEYS = sweep_draw.FIRST_KEYS
    BINDINGS = bindings(SWEEP)

    def __init__(
        self,
        folder: SweepFolder,
        over: Callable[[], bool] | None = None,
        *,
        leave: Callable[[], object] | None = None,
    ) -> None:
        super().__init__()
        self.sweep, self.detached = SweepState(folder), False
        self._over, self._leave = over, leave
        self._pane, self._beside = PANES[0], "best"
        self._answers: int | None = None  # of the sweep's, that were told

    @property
    def owned(self) -> bool:
        """Whether the sweep was started here."""
        return self._over is not None

    @property
    def within(self) -> bool:
        """Whether there is a page behind this one."""
        return self._leave is not None

    @property
    def at_work(self) -> bool:
        """Whether there is a process to steer."""
        return self.sweep.live

    @property
    def growing(self) -> bool:
        """Whether more trials can be asked for."""
        return self.sweep.live and not self.sweep.seeds and self.sweep.planned is not None

    @property
    def promotable(self) -> bool:
        """Whether the trial under the cursor can be kept, or trained on."""
        trial = self.sweep.current
        return self.sweep.live and not self.sweep.seeds and trial is not None and trial.promotable

    @property
    def stoppable(self) -> bool:
        """Whether the trial under the cursor is trained now."""
        trial = self.sweep.current
        return self.sweep.live and trial is not None and trial.running

    @property
    def several(self) -> bool:
        """Whether the trials can be shown by another setting."""
        return len(self.sweep.space) > 1

    @property
    def offered(self) -> list[Action]:
        """What can be done now; what leaves says so if it stops the sweep."""
        said = {"quit": "stop and leave"} if self.owned else {}
        said |= {"toggle_pause": "go on"} if self.sweep.paused else {}
        return [replace(one, label=said.get(one.name, one.label)) for one in super().offered]

    @property
    def chosen(self) -> bool:
        """Whether there is a trial under the cursor."""
        return self.sweep.current is not None

    def compose(self) -> ComposeResult:
        """Title, panes, keys."""
        yield pane("title", self._title, self._version, bare=True)
        with Grid(id="panes"):
            for name in PANES:
                yield pane(name, partial(self._draw, name), self._version)
        yield AskedValue(id="more", restrict=r"[0-9]*")
        yield pane("keys", self.draw_keys, self._version, bare=True)

    def _version(self) -> tuple[object, ...]:
        return self.sweep.revision, self._pane, self.tiny

    def _draw(self, name: str, width: int, height: int) -> Lines:
        return sweep_draw.DRAW[name](self.sweep, width, height, self.options)

    def _title(self, width: int, height: int) -> Lines:
        return sweep_draw.title(self.sweep, width, height, self.options)

    def on_mount(self) -> None:
        """Look at the log, now and ever again."""
        self.set_interval(LOOK_EVERY, self.look)
        self.look()

    def on_screen_resume(self) -> None:
        """Much may have happened while a trial was watched."""
        self.look()

    def look(self) -> None:
        """Take what is new."""
        if self.is_current:
            self.sweep.look()
            self._tell()
            if self._over is not None and self._over():
                self.app.exit()

    def _tell(self) -> None:
        """Tell what the sweep has answered, but for what it did before this screen was there."""
        if self._answers is not None and self.sweep.answers > self._answers:
            self.say(f"{self.sweep.said[:1].upper()}{self.sweep.said[1:]}.")
        self._answers = self.sweep.answers

    def fit_panes(self) -> None:
        """Mark the panes; the styles show those that there is room for. Where there is room for three, the curves are
        one of them."""
        self.query_one("#curves").set_class(self._beside != "curves", "-above")
        self.query_one("#best").set_class(self._beside == "curves", "-above")
        self.mark_panes(PANES, self._pane, self._beside, **TITLES)

    def _change(self, act: Callable[[], object]) -> None:
        """Do what changes the sweep, if that is meant: who only watches one is asked once."""
        path = self.sweep.folder.path
        if self.owned or path in self.shell.steered:
            act()
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.shell.steered.add(path)
                act()

        self.app.push_screen(Question("This sweep was started elsewhere. Change it?"), answered)

    def _ask(self, request: str, **values: object) -> None:
        """Ask the sweep's process for something; what it answers is told."""
        try:
            self.sweep.send(request, **values)
        except OSError as error:
            self.say(f"The sweep cannot be asked: {error.strerror}.", wrong=True)

    def action_toggle_pause(self) -> None:
        """Pause all trials, or go on."""
        self._change(lambda: self._ask("resume" if self.sweep.paused else "pause"))

    def action_more(self) -> None:
        """Ask how many more trials there are to be."""
        self._change(lambda: self.query_one(AskedValue).ask("how many more trials:", "10"))

    @on(Input.Submitted, "#more")
    def make_more(self, event: Input.Submitted) -> None:
        """Have so many more made."""
        if int(event.value or 0):
            self._ask("more", trials=int(event.value))

    def action_promote(self) -> None:
        """Have the trial kept, or trained on."""
        if trial := self.sweep.current:
            self._change(lambda: self._ask("promote", trial=trial.number))

    def action_stop_trial(self) -> None:
        """Stop the trial, if that is meant."""
        if trial := self.sweep.current:
            question = f"Stop trial {trial.short}? It saves first; the sweep goes on with others."
            self.app.push_screen(Question(question), lambda yes: self._ask("stop", trial=trial.number) if yes else None)

    def action_next_setting(self) -> None:
        """Show the trials by another setting."""
        self.sweep.next_axis()

    def action_step(self, by: int) -> None:
        """Another trial."""
        self.sweep.move(by)

    def action_page(self, by: int) -> None:
        """A page up or down."""
        self.action_step(by * max(1, self.query_one("#trials", Pane).content_size.height - 3))

    def action_open(self) -> None:
        """Watch the trial under the cursor."""
        if trial := self.sweep.current:
            folder = RunFolder(runs_root() / trial.run)
            monitor = RunMonitor(lambda: RunTail(folder))
            self.app.push_screen(LiveScreen(monitor, title=trial.run, stay=True, leave=self.app.pop_screen))

    def action_copy(self) -> None:
        """Copy the command that makes the trial once more."""
        if trial := self.sweep.current:
            self.copy(f"nnlab train --config {self.sweep.folder.configs / f'{trial.run}.toml'}")

    def action_back(self) -> None:
        """Back to the page behind this one."""
        self.action_quit()

    def action_quit(self) -> None:
        """Leave; what a sweep that was started here does then, its command knows."""
        (self._leave or self.app.exit)()

    def action_detach(self) -> None:
        """Leave the screen while the sweep goes on."""
        self.detached = True
        self.app.exit()

    def action_next_pane(self) -> None:
        """The next pane."""
        self._pane = PANES[(PANES.index(self._pane) + 1) % len(PANES)]
        self._beside = self._pane if self._pane != PANES[0] else self._beside
        self.fit_panes()
