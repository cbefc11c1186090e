"""The panes of the lab that show its run: picture, network and curves, now or back in the film."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Grid
from textual.geometry import Size

from ...engine.errors import UsageError
from ..live import draw as live_draw
from ..live.kinds import asked_for
from ..render.axes import map_size
from ..render.blocks import Lines
from ..trainer.state import RunState
from ..widgets.pane import Pane
from ..widgets.parts import options_of, pane
from . import draw as lab_draw
from .unit import ChosenUnit
from .view import LabView

if TYPE_CHECKING:
    from ...engine.config import DataConfig
    from .run import LabRun
    from .session import LabSession

CURVES_EVERY, PICTURE_EVERY = 0.1, 0.1  # seconds
NOTHING = RunState()


class LabPanes(Grid):
    """Shows `run`, as `view` looks at it: whatever is on them is taken from that run alone. Where it has no picture yet
    they show what is `known` of the rows of the settings, `data`."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.run: LabRun | None = None
        self.data: DataConfig | None = None
        self.known: dict[str, Any] | None = None
        self.view = LabView()
        self._changes = 0

    @property
    def state(self) -> RunState:
        """What is known of the run."""
        return self.run.state if self.run is not None else NOTHING

    def compose(self) -> ComposeResult:
        """The panes, as many as are shown."""
        yield self._make("picture", self._picture, lambda: self.state.drawn, PICTURE_EVERY)
        yield self._make("network", self._network, lambda: self.state.drawn, PICTURE_EVERY)
        yield self._make("curves", self._curves, lambda: live_draw.curves_of(self.state))

    def _picture(self, width: int, height: int) -> Lines:
        if self.state.pictures or self.view.frame:
            return lab_draw.picture(self.state, self.view, width, height, options_of(self))
        return lab_draw.before(self.data, self.known, width, height, options_of(self))

    def _network(self, width: int, height: int) -> Lines:
        off = self.run.off if self.run is not None else ()
        return lab_draw.network(self.state, self.view, width, height, options_of(self), off)

    def _curves(self, width: int, height: int) -> Lines:
        return lab_draw.curves(self.state, self.view, width, height, options_of(self))

    def _seen(self) -> Hashable:
        off = tuple(sorted(self.run.off)) if self.run is not None else ()
        return self._changes, self.view.curves, self.view.seen, off

    def _make(
        self,
        name: str,
        draw: Callable[[int, int], Lines],
        news: Callable[[], Hashable],
        interval: float = CURVES_EVERY,
    ) -> Pane:
        return pane(name, draw, self._seen, news=news, interval=interval)

    def size_of(self, name: str) -> Size:
        """What there is room for in a pane; nothing where it is not shown."""
        one = self.query_one(f"#{name}", Pane)
        return one.content_size if one.display else Size(0, 0)

    def scroll_units(self, by: int) -> None:
        """Show later units of the network, or earlier ones."""
        live_draw.scroll_units(self.state, self.view, by, self.size_of("network"))

    def unit_under(self, at: tuple[int, int]) -> ChosenUnit | None:
        """The unit of the network at a cell of its pane; None where there is none, or one is looked at already."""
        taken = (self.view.frame or self.state.pictures).get("network")
        if taken is None or self.view.chosen is not None:
            return None
        from ..render.network import unit_under

        found = unit_under(taken.data, at, self.size_of("network"), first=self.view.unit)
        return ChosenUnit(*found) if found is not None else None

    def follow(self, session: LabSession) -> None:
        """Show the run of the present settings from now on."""
        run, data = session.shown, session.lab.config.data
        if data != self.data:
            from ...engine.data.overview.glance import glance

            self.known = None
            with suppress(UsageError):  # which its trainer says
                self.known = glance(data)
        if self.run is not None and run is not self.run:
            self.run.monitor.look_around(wanted=False)
        if run is not self.run or data != self.data:
            self.view = self.view.for_another(same_data=data == self.data)
            self.run, self.data = run, data
            self._changes += 1
        if run is not None:
            self._look_back(run)
            self._request_pictures(run)

    def _look_back(self, run: LabRun) -> None:
        """Let the film go on, and have the pictures of the epoch that it is at."""
        view = self.view
        view.frames = run.monitor.frames
        view.slider.tick(view.frames, over=run.state.over)
        at = view.slider.at
        if at is None:
            view.frame = {}
        elif next((taken.epoch for taken in view.frame.values()), None) != at:
            view.frame = run.monitor.pictures(at)

    def _request_pictures(self, run: LabRun) -> None:
        """Have those pictures drawn that can be seen."""
        seen = [name for name in ("picture", "network") if self.size_of(name).width]
        around = lab_draw.shown_kind(run.state, self.view) == "landscape"
        run.monitor.look_around(wanted="picture" in seen and around)
        if run.monitor.tail is None or run.state.over:
            return
        if kinds := asked_for(lab_draw.wanted(run.state, self.view, seen)):
            size = map_size(*self.size_of("picture" if "picture" in seen else "network"))
            axes = live_draw.shown_axes(run.state, self.view)
            run.monitor.tail.request_pictures(size, PICTURE_EVERY, kinds=kinds, axes=axes, row=self.view.image)
