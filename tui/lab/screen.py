"""The lab: a playground whose settings change a network while it is seen to learn."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.geometry import Offset
from textual.widgets import Input

from ..actions import Actions
from ..live.slider import Slider
from ..live.view import ZOOMS
from ..render.blocks import Lines
from ..trainer.launch import Starter
from ..widgets.pane import Pane
from ..widgets.parts import after_first_paint, bindings, pane, tabs, warm_up
from ..widgets.value import ValueInput
from . import draw as lab_draw
from .actions import LAB
from .inspecting import LabUnits
from .panes import LabPanes
from .start import LAB_ACTIONS, Network, first_session, know
from .view import POINTS

if TYPE_CHECKING:
    from ...engine.runs.folder import RunFolder
    from ..trainer.launch import Start
    from .lesson import LabLesson
    from .session import LabSession
    from .settings import Setting


class LabScreen(LabUnits):
    """Plays with `data` first, and with a `network`: its name and arguments, as `--model` and `--model-arg` take them;
    or plays a `lesson`.
    `start` starts a trainer, `clock` tells seconds."""

    ACTIONS: ClassVar[Actions] = LAB
    FIRST_KEYS = lab_draw.FIRST_KEYS
    BINDINGS = bindings(LAB)

    def __init__(
        self,
        data: str,
        network: Network = ("", ()),
        *,
        lesson: LabLesson | None = None,
        start: Start | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        super().__init__()
        self._data, self._network, self._lesson = data, network, lesson
        self._start, self._clock = start or Starter(), clock
        self._typed: Setting | None = None

    def compose(self) -> ComposeResult:
        """Tabs, the run's line, settings beside panes, what there is to say, the film's slider, keys."""
        yield tabs("lab")
        yield pane("title", self._title, lambda: (self._changes, id(self._panes.run), self.state.revision), bare=True)
        if (lesson := self._lesson) is not None:
            yield pane("lesson", lambda width, _: lesson.lines(width, self.options), lambda: lesson.seen, bare=True)
        with Horizontal(id="lab"):
            yield pane("settings", self._settings, lambda: self._changes)
            yield LabPanes(id="panes")
        yield pane("log", self._log, lambda: self._reading, news=lambda: self.state.revision, bare=True)
        yield pane("message", self._message, lambda: self._said, news=lambda: self.state.revision, bare=True)
        yield pane("film", self._film, lambda: self._filmed, bare=True)
        yield ValueInput(id="value")
        yield pane("keys", self.draw_keys, lambda: tuple(action.name for action in self.offered), bare=True)

    @property
    def _filmed(self) -> tuple[object, ...]:
        return len(self.view.frames), self.view.seen, self.state.epoch, self.state.over

    def _title(self, width: int, _height: int) -> Lines:
        draw = lab_draw.too_small if self.tiny else lab_draw.title
        return draw(self.session, width, self.options)

    def _settings(self, width: int, height: int) -> Lines:
        return lab_draw.settings(self.session.lab, width, height, self.options) if self.session is not None else []

    @property
    def _said(self) -> str:
        if self._typed is not None:
            return self._typed.asks
        if self.pointed_at:
            return self.pointed_at
        return self.session.said if self.session is not None else ""

    def _message(self, width: int, _height: int) -> Lines:
        lines = lab_draw.message(self._said, width, self.options)
        return lab_draw.beside_message(lines, self.session, width, self.options)

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
        self.session = first_session(self._data, self._network, owned, self._start, self._clock, self._lesson)
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
        self._follow_lesson(session)
        self._panes.follow(session)
        self._entitle()
        self.query_one("#message", Pane).styles.height = len(
            lab_draw.message(self._said, self.size.width - 2, self.options)
        )
        for one in self.query(Pane):
            one.tick()

    def _follow_lesson(self, session: LabSession) -> None:
        """See whether the run passes the lesson, and give its text the lines that it takes."""
        if (lesson := self._lesson) is None:
            return
        lesson.look(session)
        self.query_one("#lesson", Pane).styles.height = len(lesson.lines(self.size.width - 2, self.options))

    @property
    def has_lesson(self) -> bool:
        """Whether a lesson is played."""
        return self._lesson is not None

    def action_lesson(self) -> None:
        """The next step of the lesson."""
        if self._lesson is not None:
            self._lesson.go_on()
            self.tick()

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
        """A step up or down, of a setting or of a weight."""
        if self.inspecting:
            self.step_weight(by)
        else:
            self._act(lambda session: session.step(by))

    def action_copy(self) -> None:
        """Copy the command of this run."""
        self._act(lambda session: self.app.copy_to_clipboard(session.command()))

    def action_rates(self) -> None:
        """Look for the learning rates that suit the present settings."""
        self._act(self._find_rates)

    def _find_rates(self, session: LabSession) -> None:
        from .rates import RatesProcess, RatesScreen

        lab = session.lab.copy()
        self.app.push_screen(RatesScreen(RatesProcess(lab.of_steps()), lab.with_rate))

    def action_work_out(self) -> None:
        """One row through the network and back, number by number."""
        self._act(self._work_out)

    def _work_out(self, session: LabSession) -> None:
        from ..live.worked import WorkedScreen
        from ..trainer.worked import WorkedRow

        if session.shown is not None:
            self.app.push_screen(WorkedScreen(WorkedRow(session.shown.monitor), self.view))

    def action_compare(self) -> None:
        """Split the lab in two."""
        self._act(self._split)

    def _split(self, session: LabSession) -> None:
        from .pair import Pair
        from .pair_screen import PairScreen

        self.view.chosen = None
        self.app.push_screen(PairScreen(Pair.of(session, self._start.another()), self.view, self._join))

    def _join(self, session: LabSession) -> None:
        """Go on with one of the two."""
        self.session = session
        self._act(lambda _: None)

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

    def action_move(self, by: int) -> None:
        """Another setting; another weight while a unit is chosen."""
        if self.inspecting:
            self._move_weight(by)
        elif self.session is not None and self._typed is None:
            self.session.lab.move(by)
            if not self.query_one("#settings", Pane).display:
                self.action_show_pane("settings")
            self._changes += 1
            self.tick()

    def action_type_value(self) -> None:
        """Type the value of the setting, or turn it on or off."""
        if self.session is None:
            return
        if self.inspecting:
            self._type_weight()
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
        if self.inspecting:
            self.on_value_input_left()
            self._take_weight(event.value)
            return
        one = self._typed
        self.on_value_input_left()
        if one is not None:
            self._act(lambda session: session.read(one, event.value))

    def on_value_input_left(self) -> None:
        """Nothing is typed any more."""
        self._typed = None
        self.query_one("#film").display = True

    def click_setting(self, at: Offset) -> None:
        """Choose the setting in this line, or change the one that is chosen: by its arrows, or by typing."""
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

    def action_points(self) -> None:
        """Other rows on the map, or none."""
        if self.brings("picture"):
            return
        self.view.points = (self.view.points + 1) % len(POINTS)
        self.tell(f"points on the map: {POINTS[self.view.points]}")

    def pressed(self, name: str, at: Offset) -> None:
        """Choose a setting, change it at its arrows, go to a frame of the film, choose a unit, make a pane the large
        one."""
        if name == "settings":
            self.click_setting(at)
        elif name == "film":
            self._seek(at)
        elif name == "log":
            self.action_open_log()
        elif name == "network" and (unit := self._panes.unit_under(at)) is not None:
            self.inspect(unit)
        else:
            self.action_show_pane(name)

    def turned(self, name: str, by: int) -> None:
        """Down or up in the settings, on or back in units and film, closer to the newest epochs or further away."""
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
