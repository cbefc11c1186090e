"""The lab: a playground whose settings change a network while it is seen to learn."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.geometry import Offset
from textual.widgets import Input

from ...engine.data import sources
from ...engine.errors import NnlabError, UsageError
from ..actions import LAB, Actions
from ..live import draw as live_draw
from ..live.slider import Slider
from ..live.view import ZOOMS
from ..page import Page
from ..render.blocks import Lines
from ..trainer.launch import Starter
from ..trainer.state import RunState
from ..widgets.pane import Pane
from ..widgets.parts import after_first_paint, bindings, pane, tabs, warm_up
from ..widgets.value import ValueInput
from . import draw as lab_draw
from .draw import PANES
from .panes import LabPanes
from .start import LAB_ACTIONS, LabAction, Network, first_session, know, know_columns
from .view import POINTS, LabView
from .words import on_screen

if TYPE_CHECKING:
    from ...engine.runs.folder import RunFolder
    from ..trainer.launch import Start
    from .session import LabSession
    from .settings import Setting

BESIDE, WIDE, HIGH = 76, 110, 32  # columns for settings beside a pane, and beside two; rows for two below each other


class LabScreen(Page):
    """Plays with `data` first, and with a `network`: its name and arguments, as `--model` and `--model-arg` take them.
    `start` starts a trainer, `clock` tells seconds."""

    CSS = """
    LabScreen {
        layout: vertical; background: $background;
        #tabs, #title, #message, #film, #keys { height: 1; background: $surface; }
        #lab { height: 1fr; }
        #settings { width: 34; height: 1fr; }
        #panes { width: 1fr; height: 1fr; grid-size: 2 2; grid-columns: 1fr 1fr; grid-rows: 2fr 1fr; }
        #curves { column-span: 2; }
        &.-at-network #panes { grid-columns: 2fr 3fr; }
        &.-at-curves #panes { grid-rows: 1fr 1fr; }
        &.-low #panes { grid-size: 2 1; grid-rows: 1fr; }
        &.-low #curves { column-span: 1; display: none; }
        &.-low.-at-curves #curves { display: block; }
        &.-low.-at-curves #network { display: none; }
        &.-beside #settings { width: 30; }
        &.-beside #panes, &.-narrow #panes { grid-size: 1 2; grid-columns: 1fr; }
        &.-beside #curves, &.-narrow #curves { column-span: 1; }
        &.-beside #network, &.-narrow #network, &.-beside.-at-network #picture, &.-narrow.-at-network #picture
            { display: none; }
        &.-beside.-at-network #network, &.-narrow.-at-network #network { display: block; }
        &.-beside.-low #panes, &.-narrow.-low #panes { grid-size: 1 1; grid-rows: 1fr; }
        &.-beside.-low.-at-curves #picture, &.-narrow.-low.-at-curves #picture { display: none; }
        &.-narrow #settings { display: none; width: 1fr; }
        &.-narrow.-at-settings #settings { display: block; }
        &.-narrow.-at-settings #panes { display: none; }
        #log { background: $background; padding: 0 1; }
        &.-low #log { display: none; }
        &.-reading #log { display: block; height: 40%; min-height: 6; border: round $accent; }
        &.-reading.-ascii #log { border: ascii $accent; }
        .-current { border: round $accent; }
        &.-ascii .-current { border: ascii $accent; }
        &.-tiny #lab, &.-tiny #log { display: none; }
    }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (BESIDE, "-beside"), (WIDE, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (HIGH, "-high")]
    ACTIONS: ClassVar[Actions] = LAB
    FIRST_KEYS = lab_draw.FIRST_KEYS
    BINDINGS = bindings(LAB)

    def __init__(
        self,
        data: str,
        network: Network = ("", ()),
        *,
        start: Start | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        super().__init__()
        self.session: LabSession | None = None
        self._data, self._network = data, network
        self._start, self._clock = start or Starter(), clock
        self._pane, self._changes = "settings", 0
        self._typed: Setting | None = None
        self._reading, self._table = False, ""
        self._early: list[LabAction] = []

    @property
    def state(self) -> RunState:
        """What is known of the present run."""
        return self.session.state if self.session is not None else RunState()

    @property
    def _panes(self) -> LabPanes:
        return self.query_one(LabPanes)

    @property
    def view(self) -> LabView:
        """How the run is looked at."""
        return self._panes.view

    @property
    def has_film(self) -> bool:
        """Whether there is more than the present to see."""
        return len(self.view.frames) > 1

    @property
    def has_points(self) -> bool:
        """Whether there is a map with points on it."""
        return "map" in (self.view.frame or self.state.pictures)

    @property
    def has_units(self) -> bool:
        """Whether the network's units can be drawn."""
        return "network" in (self.view.frame or self.state.pictures)

    @property
    def has_axes(self) -> bool:
        """Whether there is a choice of axes."""
        return bool(live_draw.columns_of(self.state))

    def compose(self) -> ComposeResult:
        """Tabs, the run's line, settings beside panes, what there is to say, the film's slider, keys."""
        yield tabs("lab")
        yield pane("title", self._title, lambda: (self._changes, id(self._panes.run), self.state.revision), bare=True)
        with Horizontal(id="lab"):
            yield pane("settings", self._settings, lambda: self._changes)
            yield LabPanes(id="panes")
        yield pane("log", self._log, lambda: self._reading, news=lambda: self.state.revision, bare=True)
        yield pane("message", self._message, lambda: self._said, bare=True)
        yield pane("film", self._film, lambda: (len(self.view.frames), self.view.seen), bare=True)
        yield ValueInput(id="value")
        yield pane("keys", self.draw_keys, lambda: tuple(action.name for action in self.offered), bare=True)

    def _title(self, width: int, _height: int) -> Lines:
        draw = lab_draw.too_small if self.tiny else lab_draw.title
        return draw(self.session, width, self.options)

    def _settings(self, width: int, height: int) -> Lines:
        return lab_draw.settings(self.session.lab, width, height, self.options) if self.session is not None else []

    def _log(self, width: int, height: int) -> Lines:
        return lab_draw.log(self.state, width, height, self.options)

    @property
    def _said(self) -> str:
        if self._typed is not None:
            return self._typed.asks
        return self.session.said if self.session is not None else ""

    def _message(self, width: int, _height: int) -> Lines:
        return lab_draw.message(self._said, width, self.options)

    def _film(self, width: int, _height: int) -> Lines:
        return lab_draw.film(self.view, width, self.options)

    def on_mount(self) -> None:
        """Show first; what else is needed is got ready after that, beside the screen."""
        after_first_paint(self, self._get_ready)

    def _get_ready(self) -> None:
        """Have a trainer on its way, and import what the settings and the pictures need."""
        self._start.prepare()
        import_module("nnlab.tui.lab.session")
        self.app.call_from_thread(self._begin)
        warm_up(lab_draw.DRAWS)
        from .networks import user_networks

        self.app.call_from_thread(self._act, know(user_networks()))

    def _begin(self) -> None:
        """Make the network ready to play with."""
        owned = self.shell.owned
        self.session = first_session(self._data, self._network, owned, self._start, self._clock)
        self._changes += 1
        self._learn_columns(self.session.lab.data)
        for act in self._early:
            self._act(act)
        self.tick()

    def on_unmount(self) -> None:
        """A run that was never played with leaves nothing."""
        if self.session is not None:
            self.session.close()
        else:
            self._start.close()

    def tick(self) -> None:
        """Take what is new, and let every pane see whether that concerns it."""
        session = self.session
        if session is None:
            return
        session.tick()
        if not self.is_current:
            return
        self._panes.follow(session)
        self._entitle()
        self.query_one("#message", Pane).styles.height = len(
            lab_draw.message(self._said, self.size.width - 2, self.options)
        )
        for one in self.query(Pane):
            one.tick()

    @property
    def _alone(self) -> tuple[str, ...]:
        """The panes of which one is seen at a time."""
        if self.size.width < BESIDE:
            return ("settings", *PANES)
        return PANES if self.size.width < WIDE and self.size.height < HIGH else ()

    def fit_panes(self) -> None:
        """Say which pane is the large one; the styles see to where there is room for it and for others."""
        self.set_class(self.tiny, "-tiny")
        if self._pane == "settings" and self.size.width >= BESIDE:
            self._pane = PANES[0]
        for name in ("settings", *PANES):
            self.set_class(name == self._pane, f"-at-{name}")
            self.query_one(f"#{name}").set_class(name == self._pane, "-current")
        self._changes += 1
        self._entitle()

    def _entitle(self) -> None:
        """Write the titles of the panes, and what the picture is of."""
        ascii = self.options.ascii
        for name, title in lab_draw.pane_titles(self._pane, self._alone, self.state, self.view, ascii=ascii).items():
            one = self.query_one(f"#{name}", Pane)
            if one.border_title != title:
                one.border_title = title
        picture = self.query_one("#picture", Pane)
        said = lab_draw.subtitle(self._panes.state, self.view, self._panes.known, picture.size.width)
        if picture.border_subtitle != said:
            picture.border_subtitle = said

    def action_toggle_play(self) -> None:
        """LabRun, or pause, and look at the present."""
        self.view.slider = Slider()
        self._act(lambda session: session.toggle())

    def action_do(self, what: str) -> None:
        """Something with the run."""
        self._act(LAB_ACTIONS[what])

    def action_layer(self, by: int) -> None:
        """A layer more or fewer."""
        self._act(lambda session: session.layer(by))

    def action_change(self, by: int) -> None:
        """A step up or down."""
        self._act(lambda session: session.step(by))

    def action_copy(self) -> None:
        """Copy the command of this run."""
        self._act(lambda session: self.app.copy_to_clipboard(session.command()))

    def action_predict(self) -> None:
        """Ask the network of the run."""
        self._act(lambda session: self._open(session.trained()))

    def _open(self, folder: RunFolder) -> None:
        page: Any = self.shell.go("predict")
        page.choose(folder)

    def choose(self, data: str) -> None:
        """Play with another data set: one of nnlab's, or a file."""
        self._data = data
        self._act(lambda session: session.choose(data))

    def _act(self, act: LabAction) -> None:
        """Do something with the run or its settings, as soon as there are some; what makes no sense is said."""
        if self.session is None:
            self._early.append(act)
            return
        try:
            act(self.session)
        except NnlabError as error:
            self.session.said = on_screen(str(error))
        self._learn_columns(self.session.lab.data)
        self._changes += 1
        self.tick()

    def _learn_columns(self, data: str) -> None:
        """Have the columns of a table of the user's read, once for each that is chosen."""
        if data == self._table or self.session is None:
            return
        self._table = data
        if sources.is_table(data):
            self.run_worker(lambda: self._read_columns(data), thread=True, exit_on_error=False)

    def _read_columns(self, data: str) -> None:
        from ...engine.data.reading.column_names import column_names

        with suppress(UsageError, OSError):  # which its trainer says
            self.app.call_from_thread(self._act, know_columns(data, column_names(data)))

    def action_move(self, by: int) -> None:
        """Another setting."""
        if self.session is not None and self._typed is None:
            self.session.lab.move(by)
            if not self.query_one("#settings", Pane).display:
                self.action_show_pane("settings")
            self._changes += 1
            self.tick()

    def action_type_value(self) -> None:
        """Type the value of the setting, or turn it on or off."""
        if self.session is None:
            return
        one = self.session.lab.current
        if one.kind == "toggle":
            self.action_change(1)
            return
        self._typed = one
        self.query_one("#film").display = False
        self.query_one(ValueInput).ask(self.session.lab.text(one), one.completions)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the typed value."""
        one = self._typed
        self.on_value_input_left()
        if one is not None:
            self._act(lambda session: session.read(one, event.value))

    def on_value_input_left(self) -> None:
        """Nothing is typed any more."""
        self._typed = None
        self.query_one("#film").display = True

    def action_film(self, by: int) -> None:
        """Back or on in the film."""
        self.view.slider.move(by, self.view.frames)
        self.tick()

    def action_play_film(self) -> None:
        """Play the film, or stop it."""
        self.view.slider.play(self.view.frames)

    def action_next_picture(self) -> None:
        """The next kind of picture."""
        self.view.picture += 1

    def action_next_axes(self) -> None:
        """Two other features for the map."""
        self.view.axes += 1

    def action_show_kind(self, kind: str) -> None:
        """This kind of picture."""
        kinds = lab_draw.kinds_of(self.state, self.view)
        self.view.picture = kinds.index(kind) if kind in kinds else 0
        self.tick()

    def action_points(self) -> None:
        """Other rows on the map, or none."""
        self.view.points = (self.view.points + 1) % len(POINTS)
        self._say(f"points on the map: {POINTS[self.view.points]}")

    def _say(self, text: str) -> None:
        if self.session is not None:
            self.session.said = text
        self.tick()

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

    def action_units(self, by: int) -> None:
        """Later units of the network, or earlier ones."""
        self._panes.scroll_units(by)

    def action_open_log(self) -> None:
        """Open the log, or put it away."""
        self._reading = not self._reading
        self.set_class(self._reading, "-reading")
        log = self.query_one("#log", Pane)
        log.set_class(not self._reading, "-bare")
        log.border_title = "log" if self._reading else ""

    def action_next_pane(self) -> None:
        """The next pane."""
        names = ("settings", *PANES) if self.size.width < BESIDE else PANES
        self.action_show_pane(names[(names.index(self._pane) + 1) % len(names)])

    def action_show_pane(self, name: str) -> None:
        """Make this pane the large one."""
        self._pane = name
        self.fit_panes()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Choose a setting, change it at its arrows, go to a frame of the film, make a pane the large one."""
        name, at = self._under(event)
        if name == "settings":
            self._click_setting(at)
        elif name == "film":
            self._seek(at)
        elif name == "log":
            self.action_open_log()
        elif name in PANES:
            self.action_show_pane(name)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Go through the film while the button is down."""
        name, at = self._under(event)
        if event.button and name == "film":
            self._seek(at)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Further down in the settings, further on in units and film, closer to the newest epochs."""
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The other way."""
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, by: int) -> None:
        name, _ = self._under(event)
        match name:
            case "settings":
                self.action_move(by)
            case "network":
                self.action_units(by)
            case "curves":
                self.view.zoomed = max(0, min(len(ZOOMS) - 1, self.view.zoomed - by))
            case "picture" | "film":
                self.action_film(by)
            case _:
                pass

    def _under(self, event: events.MouseEvent) -> tuple[str, Offset]:
        """The pane that the mouse is over, and where in its content."""
        for one in self.query(Pane):
            if one.display and one.id and event.screen_offset in one.region:
                return one.id, event.screen_offset - one.content_region.offset
        return "", event.screen_offset

    def _click_setting(self, at: Offset) -> None:
        if self.session is None or self._typed is not None:
            return
        lab, size = self.session.lab, self.query_one("#settings", Pane).content_size
        rows = lab_draw.setting_rows(lab, size.height)
        row = rows[at.y] if 0 <= at.y < len(rows) else ""
        if row in (lab_draw.ABOVE, lab_draw.BELOW):
            self.action_move(size.height - 2 if row == lab_draw.BELOW else 2 - size.height)
        elif isinstance(row, int) and row != lab.settings.index(lab.current):
            self.action_move(row - lab.settings.index(lab.current))
        elif isinstance(row, int) and (by := lab_draw.arrow_at(lab, at.x, size.width)):
            self.action_change(by)
        elif isinstance(row, int) and at.x > lab_draw.LABEL:
            self.action_type_value()

    def _seek(self, at: Offset) -> None:
        size = self.query_one("#film", Pane).content_size
        self.view.slider = Slider(lab_draw.frame_at(self.view, at.x, size.width, self.options))
        self.tick()
