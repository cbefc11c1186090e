"""The lab split in two: the same network with one setting different, both seen to learn side by side."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Grid
from textual.geometry import Offset
from textual.markup import escape
from textual.widgets import Input

from ...engine.config import DataConfig
from ...engine.errors import NnlabError, UsageError
from ..actions import Actions
from ..live import draw as live_draw
from ..live.looking import LookActions
from ..live.slider import Slider
from ..live.view import ZOOMS
from ..mouse import MousePage
from ..render.axes import map_size
from ..render.blocks import Lines, fit, words
from ..trainer.state import RunState
from ..widgets.pane import Pane
from ..widgets.parts import bindings, pane
from ..widgets.value import ValueInput
from . import draw as lab_draw
from . import pair_draw
from .actions import PAIR
from .pair import TICK, Pair
from .session import LabSession
from .speeds import STEPS
from .view import POINTS, LabView
from .words import on_screen

SIDES = ("left", "right")
HIGH = 32  # rows from which on curves are below the pictures
SELDOM = 60.0  # seconds between pictures that nobody waits for: those of the epochs that both reach are always taken


class PairScreen(LookActions, MousePage):
    """Shows a `pair`, looked at as the lab was by `view`. When it is left, `join` is given the lab to go on with."""

    CSS = """
    PairScreen {
        layout: vertical; background: $background;
        #title, #verdict, #message, #film, #keys { height: 1; background: $surface; }
        #verdict { padding: 0 1; }
        #halves { height: 1fr; grid-size: 2 2; grid-columns: 1fr 1fr; grid-rows: 2fr 1fr; }
        #curves { column-span: 2; }
        &.-low #halves { grid-size: 2 1; grid-rows: 1fr; }
        &.-low #curves { display: none; }
        &.-low.-at-curves #halves { grid-size: 1 1; }
        &.-low.-at-curves #curves { display: block; column-span: 1; }
        &.-low.-at-curves #left, &.-low.-at-curves #right { display: none; }
        .-current { border: round $accent; }
        &.-ascii .-current { border: ascii $accent; }
        &.-tiny #halves, &.-tiny #verdict { display: none; }
    }
    """
    VERTICAL_BREAKPOINTS = [(0, "-low"), (HIGH, "-high")]
    ACTIONS: ClassVar[Actions] = PAIR
    FIRST_KEYS = pair_draw.FIRST_KEYS
    BINDINGS = bindings(PAIR)
    POINTED = (*SIDES, "curves", "film")

    def __init__(self, pair: Pair, view: LabView, join: Callable[[LabSession], object]) -> None:
        super().__init__()
        self.pair = pair
        self.view = view.for_another(same_data=True)
        self._join = join
        self._left = self._typing = False
        self._data: list[DataConfig | None] = [None, None]
        self._known: list[dict[str, Any] | None] = [None, None]

    @property
    def state(self) -> RunState:
        """What is known of the run whose side keys change."""
        return self.pair.side.state

    @property
    def kinds(self) -> list[str]:
        """The kinds of pictures that there are."""
        return pair_draw.kinds_of(self.pair, with_curves=self.size.height < HIGH)

    @property
    def kind(self) -> str:
        """The kind in view; empty while there is none."""
        return self.kinds[self.view.picture % len(self.kinds)] if self.kinds else ""

    @property
    def has_pictures(self) -> bool:
        """Whether there is another kind."""
        return len(self.kinds) > 1

    @property
    def has_points(self) -> bool:
        """Whether a map is in view."""
        return self.kind == "map"

    @property
    def has_units(self) -> bool:
        """Whether the networks' units are in view."""
        return self.kind == "network"

    @property
    def has_film(self) -> bool:
        """Whether there is more than the present to see."""
        return len(self.view.frames) > 1

    def compose(self) -> ComposeResult:
        """The line of both, their pictures beside each other, their curves, which is ahead, a message, keys."""
        yield pane("title", self._title, self._news, bare=True)
        with Grid(id="halves"):
            for place, name in enumerate(SIDES):
                yield pane(name, self._draw(place), self._seen, news=self._drawn)
            yield pane("curves", self._curves, self._seen, news=lambda: self.pair.epoch)
        yield pane("verdict", self._verdict, self._news, bare=True)
        yield pane("message", self._message, lambda: (self.pair.said, self._typing), bare=True)
        yield pane("film", self._film, lambda: (len(self.view.frames), self.view.seen), bare=True)
        yield ValueInput(id="value")
        yield pane("keys", self.draw_keys, lambda: tuple(action.name for action in self.offered), bare=True)

    def _news(self) -> tuple[object, ...]:
        pair = self.pair
        return pair.begun, pair.begins, pair.epoch, pair.playing, pair.pace, pair.ready, pair.over, self._machine

    @property
    def _machine(self) -> tuple[object, ...]:
        return tuple(side.state.machine for side in self.pair.sides)

    def _drawn(self) -> tuple[object, ...]:
        return tuple(taken.epoch for frame in self.pair.frames for taken in frame.values())

    def _seen(self) -> tuple[object, ...]:
        captions = tuple(map(self.pair.caption, self.pair.sides))
        return self.pair.begun, self.pair.ready, captions, self.kind, self.view.curves, self.view.seen

    def _title(self, width: int, _height: int) -> Lines:
        if self.tiny:
            return [fit(words(("60x16 shows two runs side by side", self.options.bold)), width)]
        return pair_draw.title(self.pair, width, self.options)

    def _draw(self, place: int) -> Callable[[int, int], Lines]:
        def draw(width: int, height: int) -> Lines:
            known = self._known[place]
            return pair_draw.half(self.pair, place, self.kind, self.view, known, width, height, self.options)

        return draw

    def _curves(self, width: int, height: int) -> Lines:
        return pair_draw.curves(self.pair, self.view, width, height, self.options)

    def _verdict(self, width: int, _height: int) -> Lines:
        return pair_draw.verdict(self.pair, width, self.options)

    def _message(self, width: int, _height: int) -> Lines:
        said = self.pair.setting_of(self.pair.side).asks if self._typing else self.pair.said
        return lab_draw.message(said, width, self.options)

    def _film(self, width: int, _height: int) -> Lines:
        return pair_draw.film(self.view, width, self.options)

    def on_mount(self) -> None:
        """Mark the side that keys change."""
        super().on_mount()
        self.tick()

    def on_unmount(self) -> None:
        """Whatever it is closed by, no second trainer stays."""
        if not self._left:
            self.pair.close()

    def fit_panes(self) -> None:
        """Mark the side that keys change; the styles see to what there is room for."""
        self.set_class(self.tiny, "-tiny")
        for place, name in enumerate(SIDES):
            self.query_one(f"#{name}").set_class(place == self.pair.at, "-current")

    def tick(self) -> None:
        """Take what is new of both, and draw it."""
        if self._left:
            return
        self.pair.tick()
        self._look_at_data()
        self.view.frames = self.pair.film
        self.view.slider.tick(self.view.frames)
        self.set_class(self.kind == "curves", "-at-curves")
        self._request_pictures()
        self._entitle()
        message = lab_draw.message(self.pair.said, self.size.width - 2, self.options)
        self.query_one("#message").styles.height = len(message)
        super().tick()

    def _look_at_data(self) -> None:
        """Know the points of each side's data, which are shown before there is a picture."""
        from ...engine.data.overview.glance import glance

        for place, side in enumerate(self.pair.sides):
            data = side.lab.config.data
            if data != self._data[place]:
                self._data[place], self._known[place] = data, None
                with suppress(UsageError):  # which its trainer says
                    self._known[place] = glance(data)

    def _request_pictures(self) -> None:
        """Have the kind drawn that is in view."""
        kind = self.kind
        self.pair.wanted = "" if kind == "curves" else kind
        for name, side in zip(SIDES, self.pair.sides, strict=True):
            if side.run is None or side.run.monitor.tail is None or side.state.over or kind == "curves":
                continue
            size = map_size(*self.query_one(f"#{name}", Pane).content_size)
            kinds = [kind] if kind in side.state.pictures or kind == "network" else list(lab_draw.PICTURES)
            axes = live_draw.shown_axes(side.state, self.view)
            every = TICK if self.pair.pace == STEPS else SELDOM
            side.run.monitor.tail.request_pictures(size, every, kinds=kinds, axes=axes)

    def _entitle(self) -> None:
        for place, name in enumerate(SIDES):
            one = self.query_one(f"#{name}", Pane)
            title = self._pane_title(place)
            said = pair_draw.subtitle(self.pair, place, self.kind, self.view, self._known[place], one.size.width)
            one.entitle(title, said)

    def _pane_title(self, place: int) -> str:
        """What tells a side from the other, its letter in the colour of its curves."""
        mark = self.options.pick("▸ ", "> ") if place == self.pair.at else ""
        letter, said = pair_draw.MARKS[place], escape(pair_draw.caption(self.pair, place, self.options))
        colour = self.options.ink(pair_draw.COLOURS[place]).color
        return f"{mark}[b{f' {colour.name}' if colour is not None else ''}]{letter}[/]  {said}"

    def _act(self, act: Callable[[Pair], object]) -> None:
        """Do something with the pair; what makes no sense is said."""
        try:
            act(self.pair)
        except NnlabError as error:
            self.pair.said = on_screen(str(error))
        self.tick()

    def action_toggle_play(self) -> None:
        """Play both, or pause both, and look at the present."""
        self.view.slider = Slider()
        self._act(lambda pair: pair.toggle())

    def action_one_epoch(self) -> None:
        """One epoch of both."""
        self._act(lambda pair: pair.one_epoch())

    def action_speed(self, by: int) -> None:
        """Faster or slower."""
        self._act(lambda pair: pair.change_speed(by))

    def action_restart(self) -> None:
        """Both back to the beginning."""
        self._act(lambda pair: pair.restart())

    def action_seed(self) -> None:
        """Another seed."""
        self._act(lambda pair: pair.new_seed(random.randrange(1, 1000)))

    def action_change(self, by: int) -> None:
        """Another value on the side that keys change."""
        self._act(lambda pair: pair.step(by))

    def action_type_value(self) -> None:
        """Type a value for the side that keys change."""
        side = self.pair.side
        one = self.pair.setting_of(side)
        if one.kind == "toggle":
            self.action_change(1)
            return
        self._typing = True
        self.query_one("#film").display = False
        self.query_one(ValueInput).ask(side.lab.text(one), one.completions)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the typed value."""
        self.on_value_input_left()
        self._act(lambda pair: pair.read(event.value))

    def on_value_input_left(self) -> None:
        """Nothing is typed any more."""
        self._typing = False
        self.query_one("#film").display = True

    def action_other_side(self) -> None:
        """Keys change the other side."""
        self.choose_side(1 - self.pair.at)

    def choose_side(self, place: int) -> None:
        """Keys change this side."""
        self.pair.at = place
        self.fit_panes()
        self.tick()

    def action_points(self) -> None:
        """Other rows on the maps, or none."""
        self.view.points = (self.view.points + 1) % len(POINTS)
        self.pair.said = f"points on the maps: {POINTS[self.view.points]}"

    def action_units(self, by: int) -> None:
        """Later units of the networks, or earlier ones."""
        for name, side in zip(SIDES, self.pair.sides, strict=True):
            size = self.query_one(f"#{name}", Pane).content_size
            if "network" in side.state.pictures:
                live_draw.scroll_units(side.state, self.view, by, size)
                break

    def action_film(self, by: int) -> None:
        """Back or on in both films."""
        self.view.slider.move(by, self.view.frames)

    def action_play_film(self) -> None:
        """Play both films, or stop them."""
        self.view.slider.play(self.view.frames)

    def action_copy(self) -> None:
        """Copy both commands."""
        self._act(lambda pair: self.app.copy_to_clipboard(pair.commands()))

    def action_take(self) -> None:
        """Go on in the lab with this side."""
        self._go_back(self.pair.at)

    def action_leave(self) -> None:
        """Go on in the lab as it was."""
        self._go_back(0)

    def _go_back(self, at: int) -> None:
        self._left = True
        session = self.pair.leave(at)
        self.dismiss()
        self._join(session)

    def pressed(self, name: str, at: Offset) -> None:
        """Choose a side, or a frame of the film."""
        if name in SIDES:
            self.choose_side(SIDES.index(name))
        elif name == "film":
            self._seek(at)

    def moved(self, name: str, at: Offset, *, held: bool) -> None:
        """Go through the film while the button is down."""
        if held and name == "film":
            self._seek(at)

    def _seek(self, at: Offset) -> None:
        width = self.query_one("#film", Pane).content_size.width
        self.view.slider = Slider(pair_draw.frame_at(self.view, at.x, width))

    def turned(self, name: str, by: int) -> None:
        """Back or on in the film, closer to the newest epochs or further away."""
        if name == "curves":
            self.view.zoomed = max(0, min(len(ZOOMS) - 1, self.view.zoomed - by))
        else:
            self.action_film(by)
