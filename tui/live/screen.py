"""The live screen: a run as it learns, in curves, epochs, pictures and words, with keys that steer it."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Grid
from textual.widgets import Input

from ...engine.errors import NnlabError
from ..actions import LIVE, Actions
from ..page import Page
from ..render.axes import map_size
from ..trainer.monitor import RunMonitor
from ..trainer.state import RunState
from ..widgets.pane import Pane
from ..widgets.parts import after_first_paint, bindings, pane, warm_up
from ..widgets.value import ValueInput
from . import draw as live_draw
from .view import RunView

WARM_UP = 0.2  # seconds after the first paint, when all of it has arrived and the trainer is still loading torch
PICTURES_EVERY = {"map": 0.25, "scatter": 0.25, "network": 1.0}  # seconds
OTHERS_EVERY = 2.0
FILM_STEPS = 60  # keys that lead from one end of the film to the other
PANES = ("curves", "picture", "epochs", "log")


class LiveScreen(Page):
    """Watches a run and steers it. `stay` keeps the screen open when the training is over; `leave` is called in the
    end, the app's exit if there is none. `failure` is what the trainer said if it failed before its run began."""

    CSS = """
    LiveScreen {
        layout: vertical; background: $background;
        #title, #keys { height: 1; background: $surface; }
        #panes { height: 1fr; grid-size: 2 2; grid-columns: 3fr 2fr; grid-rows: 3fr 2fr; }
        &.-one #panes { grid-size: 1 1; grid-columns: 1fr; grid-rows: 1fr; }
        &.-two #panes { grid-size: 2 1; grid-columns: 1fr 1fr; grid-rows: 1fr; }
        #rate { display: none; height: 3; }
    }
    """
    ACTIONS: ClassVar[Actions] = LIVE
    FIRST_KEYS = ("toggle_pause", "one_epoch", "next_pane", "detach", "quit", "app.help")
    BINDINGS = bindings(LIVE)

    def __init__(
        self,
        monitor: RunMonitor,
        *,
        title: str,
        stay: bool = False,
        leave: Callable[[], object] | None = None,
    ) -> None:
        super().__init__()
        self.monitor, self.view = monitor, RunView(title=title)
        self.failure: NnlabError | None = None
        self._stay, self._leave = stay, leave
        self._pane, self._leaving = 0, False

    @property
    def state(self) -> RunState:
        """What is known of the run."""
        return self.monitor.state

    @property
    def training(self) -> bool:
        """Whether there is a training to steer."""
        return not self.state.over

    @property
    def has_axes(self) -> bool:
        """Whether there is a choice of axes."""
        return bool(live_draw.columns_of(self.state))

    @property
    def has_units(self) -> bool:
        """Whether the network's units are in view."""
        return live_draw.shown_kind(self.state, self.view) == "network"

    @property
    def has_film(self) -> bool:
        """Whether there is more than the present to see."""
        return len(self.monitor.frames) > 1

    def compose(self) -> ComposeResult:
        """Title line, panes, an input that shows when a number is asked for, key line."""
        yield self._make("title", live_draw.title, lambda: (self.state.revision, self.state.state), bare=True)
        with Grid(id="panes"):
            yield self._make("curves", live_draw.curves, lambda: self.state.epoch, lambda: self.view.curves)
            yield self._make("picture", live_draw.picture, lambda: self.state.drawn, lambda: self.view.seen)
            yield self._make("epochs", live_draw.epochs, lambda: self.state.epoch, lambda: self.view.back)
            yield self._make("log", live_draw.log, lambda: self.state.revision)
        yield ValueInput(id="rate", placeholder="learning rate", restrict=r"[0-9eE.+-]*")
        yield pane("keys", self.draw_keys, lambda: tuple(action.name for action in self.offered), bare=True)

    def _make(
        self,
        name: str,
        draw: live_draw.Draw,
        news: Callable[[], Hashable],
        view: Callable[[], Hashable] = lambda: 0,
        *,
        bare: bool = False,
    ) -> Pane:
        def lines(width: int, height: int) -> live_draw.Lines:
            return draw(self.state, self.view, width, height, self.options)

        return pane(name, lines, view, news=news, interval=self.TICK, bare=bare)

    def on_mount(self) -> None:
        """Import what draws."""
        after_first_paint(self, partial(warm_up, live_draw.DRAWS), WARM_UP)

    def tick(self) -> None:
        """Take what is new, and let every pane see whether that concerns it."""
        if not self.is_current:
            return
        try:
            self.monitor.tick()
        except NnlabError as error:
            self.failure = error
            self.leave()
            return
        if self.state.over and (self._leaving or (self.state.finished is not None and not self._stay)):
            self.leave()
            return
        self._play()
        self._request_pictures()
        super().tick()

    def _play(self) -> None:
        """Let the film go on, and have the frame that is looked at."""
        view, before = self.view, self.view.slider.at
        view.frames = self.monitor.frames
        view.slider.tick(view.frames)
        self._show_frame(before)

    def _show_frame(self, before: int | None) -> None:
        at = self.view.slider.at
        if at != before:
            self.view.frame = self.monitor.pictures(at) if at is not None else {}

    def _request_pictures(self) -> None:
        picture = self.query_one("#picture", Pane)
        if self.monitor.tail is not None and self.training and picture.display and picture.content_size.width:
            kind = live_draw.shown_kind(self.state, self.view)
            self.monitor.tail.request_pictures(
                map_size(picture.content_size.width, picture.content_size.height),
                PICTURES_EVERY.get(kind, OTHERS_EVERY),
                kinds=[kind] if kind else None,
                axes=live_draw.shown_axes(self.state, self.view),
            )

    def fit_panes(self) -> None:
        """One pane at a time where the terminal is small, two in a middling one, all in a large one; none in one that
        is too small, whose title then says the essentials."""
        width, height = self.size
        room = 0 if self.tiny else 4 if width >= 110 and height >= 34 else 2 if width >= 110 else 1
        shown = [PANES[(self._pane + offset) % len(PANES)] for offset in range(room)]
        for name in PANES:
            one = self.query_one(f"#{name}", Pane)
            one.display = name in shown
            one.border_title = name if room > 1 else "  ".join(f"[b]{p}[/b]" if p == name else p for p in PANES)
        self.set_class(room == 1, "-one")
        self.set_class(room == 2, "-two")

    def leave(self) -> None:
        """Close this screen."""
        (self._leave or self.app.exit)()

    def action_toggle_pause(self) -> None:
        """Pause or go on."""
        self.monitor.send("resume" if self.state.state == "paused" else "pause")

    def action_one_epoch(self) -> None:
        """Train one epoch, then pause."""
        self.monitor.send("epoch")

    def action_scale_lr(self, factor: float) -> None:
        """Halve the learning rate, or double it."""
        rate = (self.view.rate(self.state) or 0.0) * factor
        if rate:
            self._set_lr(rate)

    def _set_lr(self, rate: float) -> None:
        self.view.set_rate = (rate, self.state.epoch)
        self.monitor.send("set", lr=rate)

    def action_set_lr(self) -> None:
        """Ask for a learning rate."""
        self.query_one(ValueInput).ask()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Send the typed learning rate."""
        try:
            rate = float(event.value)
        except ValueError:
            rate = math.nan
        if 0 < rate < math.inf:
            self._set_lr(rate)
        else:
            self.state.note(f"{event.value!r} is no learning rate: type a number above zero")

    def action_save(self) -> None:
        """Save a checkpoint now."""
        self.monitor.send("save")

    def action_log_scale(self) -> None:
        """Logarithmic or plain."""
        self.view.log = not self.view.log

    def action_smooth(self) -> None:
        """The next degree of smoothing."""
        self.view.smooth()

    def action_zoom(self) -> None:
        """The next degree of zoom."""
        self.view.zoom()

    def action_cursor(self, step: int) -> None:
        """Move the cursor that reads values."""
        self.view.move_cursor(step, self.state.epoch)

    def action_scroll_epochs(self, step: int) -> None:
        """Older or newer rows of the table."""
        self.view.back = max(0, min(len(self.state.history) - 1, self.view.back - step * 5))

    def action_next_picture(self) -> None:
        """The next kind of picture."""
        self.view.picture += 1

    def action_next_axes(self) -> None:
        """Two other features for the map."""
        self.view.axes += 1

    def action_units(self, by: int) -> None:
        """Later units of the network, or earlier ones."""
        width, height = self.query_one("#picture", Pane).content_size
        live_draw.scroll_units(self.state, self.view, by, (width, height - (self.view.slider.at is not None)))

    def action_film(self, step: int) -> None:
        """Back or on in the film."""
        before = self.view.slider.at
        self.view.slider.move(step * max(1, len(self.view.frames) // FILM_STEPS), self.view.frames)
        self._show_frame(before)

    def action_play_film(self) -> None:
        """Play the film, or stop it."""
        before = self.view.slider.at
        self.view.slider.play(self.view.frames)
        self._show_frame(before)

    def action_next_pane(self) -> None:
        """The next pane."""
        self._pane = (self._pane + 1) % len(PANES)
        self.fit_panes()

    def action_detach(self) -> None:
        """Leave; the training goes on."""
        self.monitor.detached = True
        self.leave()

    def action_quit(self) -> None:
        """Save, stop and leave; a second time, leave at once. What is over is left as it is."""
        if self.state.over or self._leaving or self.monitor.tail is None:
            self.leave()
            return
        self._leaving = True
        self.monitor.send("stop")
        self.state.note("stopping after this step; q again leaves at once")
