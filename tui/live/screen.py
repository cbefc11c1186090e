"""The live screen: a run as it learns, in curves, epochs, pictures and words, with keys that steer it."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Grid
from textual.geometry import Offset
from textual.markup import escape

from ...engine.errors import NnlabError
from ..actions import LIVE, Action, Actions
from ..render.axes import map_size
from ..trainer.monitor import RunMonitor
from ..trainer.worked import WorkedRow
from ..widgets.asked import AskedValue
from ..widgets.pane import Pane
from ..widgets.parts import after_first_paint, bindings, pane, warm_up
from . import draw as live_draw
from .kinds import asked_for
from .looking import LookActions, in_sight
from .steering import SteeringPage
from .view import ZOOMS, RunView

WARM_UP = 0.2  # seconds after the first paint, when all of it has arrived and the trainer is still loading torch
PICTURES_EVERY = {"map": 0.25, "scatter": 0.25, "network": 1.0}  # seconds
OTHERS_EVERY = 2.0
FILM_STEPS = 60  # keys that lead from one end of the film to the other
PANES = ("curves", "picture", "epochs")
WIDE, HIGH = 100, 32  # columns from which on two panes are side by side, rows from which on two are below each other


BESIDE_ALL, BESIDE_SOME = (
    0.02,
    0.2,
)  # a screen's share of a processor: a training that needs all is hardly slower for it


class LiveScreen(LookActions, SteeringPage):
    """Watches a run and steers it. `stay` keeps the screen open when the training is over; `leave` is called in the
    end, the app's exit if there is none. `failure` is what the trainer said if it failed before its run began."""

    CSS = """
    LiveScreen {
        layout: vertical; background: $background;
        #title, #keys { height: 1; background: $surface; }
        #panes { height: 1fr; grid-size: 2 2; grid-columns: 3fr 2fr; grid-rows: 3fr 1fr; }
        #curves { row-span: 2; }
        &.-at-picture #panes { grid-columns: 2fr 3fr; }
        &.-at-epochs #panes { grid-columns: 1fr 2fr; grid-rows: 2fr 3fr; }
        &.-low #panes { grid-size: 2 1; grid-rows: 1fr; }
        &.-narrow #panes { grid-size: 1 2; grid-columns: 1fr; grid-rows: 1fr 1fr; }
        &.-low #curves, &.-narrow #curves { row-span: 1; }
        &.-low #epochs, &.-narrow #epochs, &.-low.-at-epochs #picture, &.-narrow.-at-epochs #picture { display: none; }
        &.-low.-at-epochs #epochs, &.-narrow.-at-epochs #epochs { display: block; }
        &.-narrow.-low #panes { grid-size: 1 1; grid-rows: 1fr; }
        &.-narrow.-low #curves, &.-narrow.-low #picture { display: none; }
        &.-narrow.-low.-at-curves #curves, &.-narrow.-low.-at-picture #picture { display: block; }
        Pane { border-subtitle-color: $text-muted; }
        .-current { border: round $accent; }
        &.-ascii .-current { border: ascii $accent; }
        #log { padding: 0 1; }
        &.-reading #log { height: 40%; min-height: 6; border: round $accent; }
        &.-reading.-ascii #log { border: ascii $accent; }
        &.-tiny #panes, &.-tiny #log { display: none; }
    }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (HIGH, "-high")]
    ACTIONS: ClassVar[Actions] = LIVE
    POINTED = (*PANES, "log")
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
        super().__init__(monitor, RunView(title=title))
        self.failure: NnlabError | None = None
        self._stay, self._leave = stay, leave
        self._pane, self._leaving = PANES[0], False
        self._pointing = False
        self._shown: int | None = None  # the epoch whose frame is in view

    @property
    def offered(self) -> list[Action]:
        """What can be done now; what leaves says so if it stops the training, or leaves it paused."""
        said = {"quit": "stop and leave" if self.owned else "leave"}
        said |= {"detach": "leave it paused"} if self.state.state == "paused" else {}
        return [replace(one, label=said[one.name]) if one.name in said else one for one in super().offered]

    @property
    def share(self) -> float:
        """Little where the training takes all processors, as far as that is known."""
        cpu = self.state.machine.cpu if self.state.machine is not None else None
        return BESIDE_ALL if cpu is None or cpu > (os.cpu_count() or 1) - 0.5 else BESIDE_SOME

    @property
    def within(self) -> bool:
        """Whether there is a page behind this one."""
        return self._leave is not None

    @property
    def has_pictures(self) -> bool:
        """Whether there is another picture than the one in view."""
        return len(live_draw.kinds_of(self.state)) > 1

    @property
    def has_units(self) -> bool:
        """Whether the network's units are in view."""
        return live_draw.shown_kind(self.state, self.view) in ("network", "filters")

    @property
    def has_film(self) -> bool:
        """Whether there is more than the present to see."""
        return len(self.monitor.frames) > 1

    def compose(self) -> ComposeResult:
        """Title line, panes, an input that shows when a number is asked for, key line."""
        yield self._make("title", live_draw.title, lambda: (self.state.revision, self.state.state), bare=True)
        with Grid(id="panes"):
            yield self._make(
                "curves", live_draw.curves, lambda: live_draw.curves_of(self.state), lambda: self.view.curves
            )
            yield self._make("picture", live_draw.picture, self._pictured, lambda: self.view.seen)
            yield self._make("epochs", live_draw.epochs, lambda: self.state.epoch, lambda: self.view.back)
        yield self._make("log", live_draw.reading, lambda: self.state.revision, lambda: self.view.reading, bare=True)
        yield AskedValue(id="rate", restrict=r"[0-9eE.+-]*")
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

    def _pictured(self) -> Hashable:
        return self.state.drawn, live_draw.present(self.state, self.view)

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
        self.tell_saved()
        self._entitle()
        super().tick()

    def _play(self) -> None:
        """Let the film go on, and have the frame that is looked at."""
        self.view.frames = self.monitor.frames
        self.view.slider.tick(self.view.frames, over=self.state.over)
        self._show_frame()

    def _show_frame(self) -> None:
        at = self.view.slider.at
        if at != self._shown:
            self._shown, self.view.frame = at, self.monitor.pictures(at) if at is not None else {}

    def _request_pictures(self) -> None:
        picture = self.query_one("#picture", Pane)
        seen, kind = picture.display and bool(picture.content_size.width), live_draw.shown_kind(self.state, self.view)
        self.monitor.look_around(wanted=seen and kind == "landscape")
        if self.monitor.tail is not None and self.training and seen:
            self.monitor.tail.request_pictures(
                map_size(picture.content_size.width, picture.content_size.height - self.has_film),
                PICTURES_EVERY.get(kind, OTHERS_EVERY),
                kinds=asked_for([kind]) if kind else None,
                axes=live_draw.shown_axes(self.state, self.view),
                row=self.view.image,
            )

    def fit_panes(self) -> None:
        """Say which pane is the large one, and how much room there is; the styles do the rest."""
        self.set_class(self.tiny, "-tiny")
        self.query_one("#log", Pane).entitle("log")
        for name in PANES:
            self.set_class(name == self._pane, f"-at-{name}")
            self.query_one(f"#{name}").set_class(name == self._pane, "-current")
        self._entitle()

    def _entitle(self) -> None:
        """Write the panes' titles, and below the picture what it is of."""
        names = PANES if self.size.width < WIDE and self.size.height < HIGH else ()
        for name in PANES:
            one = self.query_one(f"#{name}", Pane)
            width = one.content_size.width - 2
            title = live_draw.pane_title(self.state, self.view, name, self._pane, names, self.options, width)
            below = live_draw.caption(self.state, self.view, width, self.options) if name == "picture" else ""
            one.entitle(title, escape(below))

    def leave(self) -> None:
        """Close this screen."""
        self.monitor.look_around(wanted=False)
        (self._leave or self.app.exit)()

    def action_scroll_epochs(self, step: int) -> None:
        """Older or newer rows of the table, or lines of the log while it is open."""
        if self.view.log_open:
            size = self.query_one("#log", Pane).content_size
            last = live_draw.log_last(self.state, *size, self.options)
            self.view.log_back = max(0, min(last, self.view.log_back - step * 3))
        elif not self.brings("epochs"):
            self.view.back = max(0, min(len(self.state.history) - 1, self.view.back - step * 5))

    def action_open_log(self) -> None:
        """Open the log, or back to its newest line."""
        self.view.log_open, self.view.log_back = not self.view.log_open, 0
        self.set_class(self.view.log_open, "-reading")
        self.query_one("#log").set_class(not self.view.log_open, "-bare")

    def action_show_kind(self, kind: str) -> None:
        """This kind of picture."""
        kinds = live_draw.kinds_of(self.state)
        self.view.picture = kinds.index(kind) if kind in kinds else 0
        self.action_show_pane("picture")

    def action_show_pane(self, name: str) -> None:
        """Make this pane the large one."""
        self._pane = name
        self.fit_panes()

    def brings(self, name: str) -> bool:
        """Make a pane the large one where it is out of sight; whether it was."""
        hidden = not in_sight(self, name)
        if hidden:
            self.action_show_pane(name)
        return hidden

    def action_units(self, by: int) -> None:
        """Later units of the network, or earlier ones."""
        if not self.brings("picture"):
            width, height = self.query_one("#picture", Pane).content_size
            live_draw.scroll_units(self.state, self.view, by, (width, height - self.has_film))

    def action_work_out(self) -> None:
        """One row through the network and back, number by number."""
        from .worked import WorkedScreen

        self.app.push_screen(WorkedScreen(WorkedRow(self.monitor), self.view))

    def action_film(self, step: int) -> None:
        """Back or on in the film."""
        self.view.slider.move(step * max(1, len(self.view.frames) // FILM_STEPS), self.view.frames)
        self._show_frame()

    def action_play_film(self) -> None:
        """Play the film, or stop it."""
        self.view.slider.play(self.view.frames)
        self._show_frame()

    def action_next_pane(self) -> None:
        """The next pane."""
        self.action_show_pane(PANES[(PANES.index(self._pane) + 1) % len(PANES)])

    def pressed(self, name: str, at: Offset) -> None:
        """Make the pane the large one; on the film go to a frame; open the log."""
        if name == "log":
            self.action_open_log()
        elif not self._seek(name, at):
            self.action_show_pane(name)

    def moved(self, name: str, at: Offset, *, held: bool) -> None:
        """The cursor of the curves follows the mouse, the film follows it while its button is down."""
        if held and self._seek(name, at):
            return
        size = self.query_one("#curves", Pane).content_size
        epoch = live_draw.epoch_under(self.state, self.view, at, size, self.options) if name == "curves" else None
        if epoch is not None or self._pointing:
            self.view.cursor, self._pointing = epoch, epoch is not None
            self.query_one("#curves", Pane).tick()

    def turned(self, name: str, by: int) -> None:
        """Further units, frames, rows or lines; or another zoom."""
        if name == "picture" and self.has_units:
            self.action_units(by)
        elif name == "picture" and self.has_film:
            self.action_film(by)
        elif name == "curves":
            self.view.zoomed = max(0, min(len(ZOOMS) - 1, self.view.zoomed - by))
        elif name in ("epochs", "log"):
            self.action_scroll_epochs(by)

    def _seek(self, name: str, at: Offset) -> bool:
        """Whether this is a place on the slider; its frame is shown then."""
        width, height = self.query_one("#picture", Pane).content_size
        if name != "picture" or not self.has_film or at.y != height - 1:
            return False
        self.view.slider.go(live_draw.frame_at(self.state, self.view, at.x, width))
        self._show_frame()
        return True

    def action_back(self) -> None:
        """Back to the page behind this one; the training goes on."""
        self.leave()

    def action_detach(self) -> None:
        """Leave; the training goes on."""
        self.monitor.detached = True
        self.leave()

    def action_quit(self) -> None:
        """Leave what somebody else trains, and what is over. What was started here saves and stops first; a second
        time, leave at once."""
        if not self.owned or self._leaving or self.monitor.tail is None:
            self.leave()
            return
        self._leaving = True
        self.stop("it saves and stops, then this screen closes; q again leaves at once")
