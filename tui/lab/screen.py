"""The lab: a playground whose settings change a network while it is seen to learn."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input

from ...engine.errors import NnlabError
from ..actions import LAB, Actions
from ..live import draw as live_draw
from ..live.slider import Slider
from ..live.view import RunView
from ..page import Page
from ..render.blocks import Lines
from ..trainer.launch import Starter
from ..trainer.state import RunState
from ..widgets.pane import Pane
from ..widgets.parts import after_first_paint, bindings, pane, tabs, warm_up
from ..widgets.value import ValueInput
from . import draw as lab_draw
from .panes import LabPanes, arrange
from .start import LAB_ACTIONS, LabAction, Network, first_session, know

if TYPE_CHECKING:
    from ...engine.runs.folder import RunFolder
    from ..trainer.launch import Start
    from .session import LabSession
    from .settings import Setting


class LabScreen(Page):
    """Plays with `data` first, and with a `network`: its name and arguments, as `--model` and `--model-arg` take them.
    `start` starts a trainer, `clock` tells seconds."""

    CSS = """
    LabScreen {
        layout: vertical; background: $background;
        #tabs, #title, #message, #film, #keys { height: 1; background: $surface; }
        #lab { height: 1fr; }
        #settings { width: 34; height: 1fr; }
        #panes { width: 1fr; height: 1fr; grid-size: 2 2; grid-columns: 1fr 1fr; grid-rows: 3fr 2fr; }
        &.-alone #settings { width: 1fr; }
        #panes.-one { grid-size: 1 1; grid-columns: 1fr; grid-rows: 1fr; }
        #panes.-two { grid-size: 2 1; grid-columns: 1fr 1fr; grid-rows: 1fr; }
        #panes > Pane.-wide { column-span: 2; }
    }
    """
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
        self._pane, self._changes = 0, 0
        self._typed: Setting | None = None
        self._early: list[LabAction] = []

    @property
    def state(self) -> RunState:
        """What is known of the present run."""
        return self.session.state if self.session is not None else RunState()

    @property
    def _panes(self) -> LabPanes:
        return self.query_one(LabPanes)

    @property
    def view(self) -> RunView:
        """How the run is looked at."""
        return self._panes.view

    @property
    def has_film(self) -> bool:
        """Whether there is more than the present to see."""
        return len(self.view.frames) > 1

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
        yield pane("message", self._message, lambda: self._said, bare=True)
        yield pane("film", self._film, lambda: (len(self.view.frames), self.view.seen), bare=True)
        yield ValueInput(id="value")
        yield pane("keys", self.draw_keys, lambda: (self.has_film, self.has_axes), bare=True)

    def _title(self, width: int, _height: int) -> Lines:
        draw = lab_draw.too_small if self.tiny else lab_draw.title
        return draw(self.session, width, self.options)

    def _settings(self, width: int, height: int) -> Lines:
        return lab_draw.settings(self.session.lab, width, height, self.options) if self.session is not None else []

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
        self._panes.follow(session.run)
        self.query_one("#message", Pane).styles.height = len(
            lab_draw.message(self._said, self.size.width - 2, self.options)
        )
        for one in self.query(Pane):
            one.tick()

    def fit_panes(self) -> None:
        """Show the panes that there is room for."""
        arrange(self, lab_draw.shown_panes(*self.size, self._pane))
        self._changes += 1

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
            self.session.said = str(error)
        self._changes += 1
        self.tick()

    def action_move(self, by: int) -> None:
        """Another setting."""
        if self.session is not None and self._typed is None:
            self.session.lab.move(by)
            if not self.query_one("#settings", Pane).display:
                self._pane = 0
                self.fit_panes()
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

    def action_log_scale(self) -> None:
        """Logarithmic or plain."""
        self.view.log = not self.view.log

    def action_units(self, by: int) -> None:
        """Later units of the network, or earlier ones."""
        self._panes.scroll_units(by)

    def action_next_pane(self) -> None:
        """The next pane."""
        self._pane += 1
        self.fit_panes()
