"""The sweep page: the leaderboard as it grows, the curves of its trials, the best value so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Grid

from ...engine.runs.folder import RunFolder, runs_root
from ...engine.sweep.folder import SweepFolder
from ..actions import SWEEP, Action, Actions
from ..live.screen import LiveScreen
from ..page import SMALLEST, Page
from ..render.blocks import Lines
from ..trainer.monitor import RunMonitor
from ..trainer.tail import RunTail
from ..widgets.pane import Pane
from ..widgets.parts import bindings, pane
from . import draw as sweep_draw
from .draw import PANES
from .state import SweepState

LOOK_EVERY = 0.5  # seconds between two looks at the sweep's log


class SweepScreen(Page):
    """Shows a sweep that is at work, or was. It steers nothing: `open` shows a trial, where that can be done.

    `over` tells, of one that was started here, whether its process has ended, which leaves the page; `detached` says
    that its user has left it to go on.
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
        &.-wide.-high #panes { grid-size: 2 2; grid-columns: 1fr 1fr; grid-rows: 1fr 1fr; }
        &.-wide.-high #trials { row-span: 2; }
        &.-wide.-high #panes > * { display: block; }
        &.-high .-current { border: round $accent; }
        &.-ascii.-high .-current { border: ascii $accent; }
        &.-narrowest #panes, &.-lowest #panes { display: none; }
    }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrowest"), (SMALLEST[0], "-narrow"), (110, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-lowest"), (SMALLEST[1], "-low"), (30, "-high")]
    ACTIONS: ClassVar[Actions] = SWEEP
    FIRST_KEYS = sweep_draw.FIRST_KEYS
    BINDINGS = bindings(SWEEP)

    def __init__(self, folder: SweepFolder, over: Callable[[], bool] | None = None) -> None:
        super().__init__()
        self.sweep, self.detached = SweepState(folder), False
        self._over = over
        self._pane, self._beside = PANES[0], PANES[1]

    @property
    def owned(self) -> bool:
        """Whether the sweep was started here."""
        return self._over is not None

    @property
    def offered(self) -> list[Action]:
        """What can be done now; what leaves says so if it stops the sweep."""
        said = {"app.quit": "stop and leave"} if self.owned else {}
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
            if self._over is not None and self._over():
                self.app.exit()

    def fit_panes(self) -> None:
        """Mark the panes; the styles show those that there is room for."""
        self.mark_panes(PANES, self._pane, self._beside)

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

    def action_detach(self) -> None:
        """Leave the screen while the sweep goes on."""
        self.detached = True
        self.app.exit()

    def action_next_pane(self) -> None:
        """The next pane."""
        self._pane = PANES[(PANES.index(self._pane) + 1) % len(PANES)]
        self._beside = self._pane if self._pane != PANES[0] else self._beside
        self.fit_panes()
