"""The live screen: a run as it learns, in curves, epochs, pictures and words, with keys that steer it."""

from __future__ import annotations

import asyncio
import math
import os
import signal
from collections.abc import Callable, Hashable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Grid
from textual.screen import Screen
from textual.widgets import Input

from ...engine.errors import NnlabError
from ..actions import LIVE
from ..follow import Follower
from ..render.palette import Look
from ..state import RunState
from ..widgets.pane import Pane
from . import live_draw
from .live_draw import View

TICK = 0.1  # seconds between two looks at the log
CURVES_EVERY, PICTURE_EVERY = 0.1, 0.25
HANG_UPS = tuple(
    getattr(signal, name) for name in ("SIGHUP", "SIGTERM") if hasattr(signal, name) and os.name == "posix"
)
SMALLEST = (60, 16)
PANES = ("curves", "picture", "epochs", "log")
Connect = Callable[[], Follower | None]


class LiveScreen(Screen[None]):
    """Watches the run that `connect` finds (it is called until it returns one), and steers it.

    `stay` keeps the screen open when the training is over.
    """

    CSS_PATH = "live.tcss"
    AUTO_FOCUS = ""  # the hidden input would take the keys
    BINDINGS: ClassVar[list[Binding]] = [  # pyright: ignore[reportIncompatibleVariableOverride]
        # Keys that write something belong to the input while it is open; these two never do.
        Binding(key, action.name, action.label or action.help, show=False, priority=key in ("ctrl+c", "tab"))
        for action in LIVE
        for key in action.keys.split(",")
    ]

    def __init__(self, connect: Connect, look: Look, *, title: str, stay: bool = False) -> None:
        super().__init__()
        self.state, self.view = RunState(), View(title=title)
        self.follower: Follower | None = None
        self.failure: NnlabError | None = None
        self.hung_up = 0
        self._connect, self._look, self._stay = connect, look, stay
        self._pane, self._leaving = 0, False

    def compose(self) -> ComposeResult:
        """Title line, panes, an input that shows when a number is asked for, key line."""
        yield self._make("title", lambda: (self.state.revision, self.state.state), live_draw.title, 0.2, bare=True)
        with Grid(id="panes"):
            yield self._make(
                "curves", lambda: (len(self.state.history), self.view.curves), live_draw.curves, CURVES_EVERY
            )
            yield self._make("picture", lambda: (self.state.drawn, self.view.picture), live_draw.picture, PICTURE_EVERY)
            yield self._make(
                "epochs", lambda: (len(self.state.history), self.view.back), live_draw.epochs, CURVES_EVERY
            )
            yield self._make("log", lambda: self.state.revision, live_draw.log, CURVES_EVERY)
        yield self._make("help", lambda: 0, live_draw.help_lines, 1.0)
        yield Input(placeholder="learning rate", id="rate", restrict=r"[0-9eE.+-]*")
        yield self._make("keys", lambda: self.state.state, live_draw.keys, 0.2, bare=True)

    def _make(
        self, name: str, version: Callable[[], Hashable], draw: live_draw.Draw, interval: float, *, bare: bool = False
    ) -> Pane:
        pane = Pane(
            "" if bare else name,
            lambda width, height: draw(self.state, self.view, width, height, self._look),
            version,
            interval=interval,
            id=name,
        )
        pane.set_class(bare, "-bare")
        return pane

    def on_mount(self) -> None:
        """Start looking, at the pace of the clock and not of the events; a terminal that closes is no surprise."""
        self._show_pane()
        self.set_interval(TICK, self.tick)
        for number in HANG_UPS:
            asyncio.get_running_loop().add_signal_handler(number, self.hang_up, number)

    def on_unmount(self) -> None:
        """Leave the signals as they were."""
        for number in HANG_UPS:
            asyncio.get_running_loop().remove_signal_handler(number)

    def hang_up(self, number: int) -> None:
        """The terminal is gone: a training that was started here saves and stops, another one's goes on."""
        self.hung_up = number
        if self.follower is not None and self.follower.child is not None:
            self._ask("stop")
        self.app.exit()

    def on_resize(self, _event: events.Resize) -> None:
        """Another size may have room for other panes."""
        self._show_pane()

    def tick(self) -> None:
        """Take what is new, and let every pane see whether that concerns it."""
        try:
            self.follower = self.follower or self._connect()
        except NnlabError as error:
            self.failure = error
            self.app.exit()
            return
        if self.follower is not None:
            self._follow(self.follower)
        for pane in self.query(Pane):
            pane.tick()

    def _follow(self, follower: Follower) -> None:
        self.state.take(follower.news())
        if not self.state.over and (lost := follower.lost()):
            self.state.take(follower.news())  # its last words may have come in between
            if not self.state.over:
                self.state.died(lost)
        if self.state.over:
            if self._leaving or (self.state.state == "finished" and not self._stay):
                self.app.exit()
            return
        picture = self.query_one("#picture", Pane)
        if picture.display and picture.content_size.width:
            width, height = live_draw.map_size(picture.content_size.width, picture.content_size.height)
            follower.ask_for_pictures(width, height, PICTURE_EVERY)

    def _show_pane(self) -> None:
        """One pane at a time where the terminal is small, two in a middling one, all in a large one; none in one that
        is too small, whose title then says the essentials."""
        width, height = self.size
        tiny = width < SMALLEST[0] or height < SMALLEST[1]
        room = 0 if tiny else 4 if width >= 110 and height >= 34 else 2 if width >= 110 else 1
        shown = {PANES[(self._pane + offset) % len(PANES)] for offset in range(room)}
        for name in PANES:
            self.query_one(f"#{name}").display = name in shown
        self.set_class(room == 1, "-one")
        self.set_class(room == 2, "-two")

    def _ask(self, request: str, **values: object) -> None:
        if self.follower is not None and not self.state.over:
            self.follower.ask(request, **values)

    def action_toggle_pause(self) -> None:
        """Pause or go on."""
        self._ask("resume" if self.state.state == "paused" else "pause")

    def action_one_epoch(self) -> None:
        """Train one epoch, then pause."""
        self._ask("epoch")

    def action_slower(self) -> None:
        """Halve the learning rate."""
        self._scale_lr(0.5)

    def action_faster(self) -> None:
        """Double the learning rate."""
        self._scale_lr(2.0)

    def _scale_lr(self, factor: float) -> None:
        self.view.lr = (self.view.lr or self.state.lr or 0.0) * factor
        if self.view.lr:
            self._ask("set", lr=self.view.lr)

    def action_set_lr(self) -> None:
        """Ask for a learning rate."""
        field = self.query_one("#rate", Input)
        field.display = True
        field.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Send the typed learning rate."""
        try:
            rate = float(event.value)
        except ValueError:
            rate = math.nan
        if 0 < rate < math.inf:
            self.view.lr = rate
            self._ask("set", lr=rate)
        else:
            self.state.note(f"{event.value!r} is no learning rate: type a number above zero")
        self.key_escape()

    def key_escape(self) -> None:
        """Put the input away."""
        field = self.query_one("#rate", Input)
        field.value = ""
        field.display = False
        self.set_focus(None)

    def action_save(self) -> None:
        """Save a checkpoint now."""
        self._ask("save")

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
        self.view.move_cursor(step, len(self.state.history))

    def action_scroll_epochs(self, step: int) -> None:
        """Older or newer rows of the table."""
        self.view.back = max(0, min(len(self.state.history) - 1, self.view.back - step * 5))

    def action_next_picture(self) -> None:
        """The next kind of picture."""
        self.view.picture += 1

    def action_next_pane(self) -> None:
        """The next pane."""
        self._pane = (self._pane + 1) % len(PANES)
        self._show_pane()

    def action_help(self) -> None:
        """Show or hide the keys."""
        pane = self.query_one("#help")
        pane.display = not pane.display

    def action_detach(self) -> None:
        """Leave; the training goes on."""
        self.view.detached = True
        self.app.exit()

    def action_quit(self) -> None:
        """Save, stop and leave; a second time, leave at once."""
        if self.follower is None or self.state.over or self._leaving:
            self.app.exit()
            return
        self._leaving = True
        self._ask("stop")
        self.state.note("stopping after this step; q again leaves at once")
