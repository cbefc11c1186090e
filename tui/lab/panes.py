"""The panes of the lab that show its run: picture, network, curves and log, now or back in the film."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Grid
from textual.screen import Screen

from ...engine.events import PictureTaken
from ..live import draw as live_draw
from ..live.view import RunView
from ..render.axes import map_size
from ..render.blocks import Lines
from ..trainer.state import RunState
from ..widgets.pane import Pane
from ..widgets.parts import options_of, pane
from . import draw as lab_draw
from .draw import PANES

if TYPE_CHECKING:
    from .session import LabRun

CURVES_EVERY, PICTURE_EVERY = 0.1, 0.25  # seconds


class LabPanes(Grid):
    """Shows `run`, as `view` looks at it."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.run: LabRun | None = None
        self.view = RunView()
        self._last: dict[str, PictureTaken] = {}
        self._runs = 0

    @property
    def state(self) -> RunState:
        """What is known of the run."""
        return self.run.state if self.run is not None else RunState()

    def compose(self) -> ComposeResult:
        """The panes, as many as are shown."""
        yield self._make("picture", lab_draw.picture, self._seen, lambda: self.state.drawn, PICTURE_EVERY)
        yield self._make("network", lab_draw.network, self._seen, lambda: self.state.drawn, PICTURE_EVERY)
        yield self._make("curves", lab_draw.curves, self._seen, lambda: self.state.epoch)
        yield self._make("log", live_draw.log, self._seen, lambda: self.state.revision)

    def _seen(self) -> Hashable:
        return self._runs, self.view.log, self.view.seen

    def _make(
        self,
        name: str,
        draw: live_draw.Draw,
        view: Callable[[], Hashable],
        news: Callable[[], Hashable],
        interval: float = CURVES_EVERY,
    ) -> Pane:
        def lines(width: int, height: int) -> Lines:
            return draw(self.state, self.view, width, height, options_of(self))

        return pane(name, lines, view, news=news, interval=interval)

    def show_only(self, shown: Sequence[str]) -> None:
        """Show these panes; the last of three is as wide as the two above it."""
        names = [name for name in PANES if name in shown]
        for name in PANES:
            one = self.query_one(f"#{name}", Pane)
            one.display = name in names
            one.set_class(len(names) == 3 and name == names[-1], "-wide")
        self.display = bool(names)
        self.set_class(len(names) == 1, "-one")
        self.set_class(len(names) == 2, "-two")

    def scroll_units(self, by: int) -> None:
        """Show later units of the network, or earlier ones."""
        live_draw.scroll_units(self.state, self.view, by, self.query_one("#network", Pane).content_size)

    def follow(self, run: LabRun | None) -> None:
        """Show this run from now on; until it has pictures, those of the run before stay."""
        if run is not self.run:
            self.run, self.view = run, RunView(log=self.view.log, unit=self.view.unit, frame=self._last)
            self._runs += 1
        if run is not None:
            self._look_back(run)
            self._last = run.state.pictures or self._last
            self._request_pictures(run)

    def _look_back(self, run: LabRun) -> None:
        """Let the film go on, and have the pictures of the epoch that it is at."""
        view = self.view
        view.frames = run.monitor.frames
        view.slider.tick(view.frames)
        at = view.slider.at
        if at is None:
            view.frame = {} if run.state.pictures else view.frame
        elif next((taken.epoch for taken in view.frame.values()), None) != at:
            view.frame = run.monitor.pictures(at)

    def _request_pictures(self, run: LabRun) -> None:
        """Have those pictures drawn that can be seen."""
        if run.monitor.tail is None or run.state.over:
            return
        shown = {name: self.query_one(f"#{name}", Pane) for name in ("picture", "network")}
        seen = [name for name, one in shown.items() if one.display and one.content_size.width]
        if kinds := lab_draw.wanted(run.state, self.view, seen):
            size = map_size(*shown["picture"].content_size)
            axes = live_draw.shown_axes(run.state, self.view)
            run.monitor.tail.request_pictures(size, PICTURE_EVERY, kinds=kinds, axes=axes)


def arrange(screen: Screen[None], shown: Sequence[str]) -> None:
    """Show these of the lab's panes, its settings among them, with titles that fit."""
    screen.query_one(LabPanes).show_only(shown)
    screen.query_one("#settings", Pane).display = "settings" in shown
    for name in ("settings", *PANES):
        screen.query_one(f"#{name}", Pane).border_title = lab_draw.pane_title(name, *screen.size)
    screen.set_class(shown == ["settings"], "-alone")
