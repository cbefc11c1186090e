"""The predict page: ask a trained network by a form, a drawing or a place on its map, and see what it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Grid
from textual.widgets import Input

from ...engine.runs.folder import RunFolder
from ...engine.runs.lookup import name_of
from ..actions import PREDICT, Actions
from ..page import Page
from ..render.axes import map_size
from ..render.blocks import Lines
from ..render.palette import RenderOptions
from ..widgets.pane import Pane
from ..widgets.parts import bindings, pane, tabs
from ..widgets.value import ValueInput
from . import draw as predict_draw
from . import form_draw
from .choice import NetworkChoice
from .client import PredictClient
from .conversation import Connect, Conversation

FOLLOWED = 0.5  # seconds between two looks for new weights

Draw = Callable[[Conversation, int, int, RenderOptions], Lines]


class PredictScreen(Page):
    """Asks one network at a time. `connect` starts what answers."""

    HORIZONTAL_BREAKPOINTS = [
        (0, "-thin"),
        (60, "-narrow"),
        (84, "-middle"),
        (110, "-wide"),
        (160, "-widest"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (16, "-low"), (30, "-high")]
    CSS = """
    PredictScreen {
        layout: vertical; background: $background; layers: base above;
        #tabs, #network, #keys { height: 1; background: $surface; }
        #asked { height: 1fr; grid-size: 2 1; grid-columns: 5fr 3fr; grid-rows: 1fr; }
        #asked, #map, #pad, #form, #choose { display: none; }
        &.-choosing #choose, &.-asking #asked { display: block; }
        &.-thin #choose, &.-flat #choose, &.-thin #asked, &.-flat #asked { display: none; }
        &.-widest #asked { grid-columns: 3fr 1fr; }
        &.-show-map #map, &.-show-pad #pad, &.-show-form #form { display: block; }
        &.-narrow.-high #asked { grid-size: 1 2; grid-columns: 1fr; grid-rows: 3fr 2fr; }
        &.-plane.-wide #map, &.-plane.-widest #map { display: block; row-span: 2; }
        &.-plane.-wide #form, &.-plane.-widest #form { display: block; }
        &.-plane.-wide #asked { grid-size: 2 2; grid-columns: 1fr 1fr; grid-rows: 5 1fr; }
        &.-plane.-widest #asked { grid-size: 2 2; grid-columns: 2fr 1fr; grid-rows: 5 1fr; }
        .-current { border: round $accent; }
        &.-ascii .-current { border: ascii $accent; }
        #value { display: none; layer: above; position: absolute; height: 1; width: 18; border: none; padding: 0; }
    }
    """
    ACTIONS: ClassVar[Actions] = PREDICT
    FIRST_KEYS = predict_draw.FIRST_KEYS
    TICK = 0.05  # seconds between two looks for answers
    BINDINGS = bindings(PREDICT)

    def __init__(self, *, connect: Connect = PredictClient.of) -> None:
        super().__init__()
        self.conversation = Conversation()
        self._connect = connect
        self._choosing, self._typing = True, False
        self._pane = "map"
        self._before = ""  # what the field had in which is typed

    @property
    def filling(self) -> bool:
        """Whether there is a form to fill."""
        return not self._choosing and self.conversation.form is not None

    @property
    def drawing(self) -> bool:
        """Whether there is a pad to draw on."""
        return not self._choosing and self.conversation.pad is not None

    @property
    def asking(self) -> bool:
        """Whether there is something to ask a network about."""
        return self.filling or self.drawing

    @property
    def flat(self) -> bool:
        """Whether there is a map besides a form."""
        return not self._choosing and self.conversation.flat

    @property
    def turning(self) -> bool:
        """Whether there is a pane to turn to, or another field."""
        return self.flat or self._typing or self._choosing

    @property
    def has_intervals(self) -> bool:
        """Whether the network keeps how far its answers can be off."""
        return self.asking and len(self.conversation.levels) > 1

    @property
    def gone(self) -> bool:
        """Whether the network's process has ended."""
        return not self._choosing and bool(self.conversation.failure)

    def compose(self) -> ComposeResult:
        """Tabs, which network, the choice or the panes, keys; and above them the field that is typed in."""
        yield tabs("predict")
        yield pane("network", self._title, self._version, bare=True)
        yield NetworkChoice(id="choose")
        with Grid(id="asked"):
            yield self._make("map", predict_draw.plane)
            yield self._make("pad", predict_draw.drawing)
            yield self._make("form", predict_draw.form)
            yield self._make("answer", predict_draw.answer)
        yield pane("keys", self.draw_keys, self._version, bare=True)
        yield ValueInput(id="value")

    def _make(self, name: str, draw: Draw) -> Pane:
        def lines(width: int, height: int) -> Lines:
            return draw(self.conversation, width, height, self.options)

        return pane(name, lines, self._version)

    def _version(self) -> tuple[object, ...]:
        return self._choosing, self._typing, self._pane, id(self.conversation), self.conversation.revision

    def _title(self, width: int, _height: int) -> Lines:
        if self.tiny:
            return predict_draw.too_small(self.conversation, width, self.options)
        return predict_draw.title(Conversation() if self._choosing else self.conversation, width, self.options)

    def on_mount(self) -> None:
        """Look for networks to choose from, and for what the run that is asked has learnt since."""
        self.set_interval(FOLLOWED, self._follow)
        if self._choosing:
            self.query_one(NetworkChoice).find()

    def _follow(self) -> None:
        if self.is_current:
            self.conversation.follow()

    def on_unmount(self) -> None:
        """No process is left behind."""
        self.conversation.close()

    def tick(self) -> None:
        """Take the answers that have come, and let every pane see whether that concerns it."""
        if not self.is_current:
            return
        knew = self.conversation.known
        self.conversation.tick()
        if self.conversation.known and not knew:
            self.fit_panes()
        shown = self.query_one("#map", Pane)
        if shown.display and shown.content_size.width:
            self.conversation.want_map(map_size(shown.content_size.width, shown.content_size.height))
        super().tick()

    def fit_panes(self) -> None:
        """Say what is asked and where the keys go; the styles show what there is room for."""
        shown = {"map": self.flat and self._pane == "map", "pad": self.drawing}
        shown["form"] = not any(shown.values())
        for name, is_shown in shown.items():
            self.set_class(is_shown, f"-show-{name}")
            self.query_one(f"#{name}", Pane).set_class(is_shown and self.flat, "-current")
        self.set_class(self._choosing, "-choosing")
        self.set_class(not self._choosing, "-asking")
        self.set_class(self.flat, "-plane")
        self.call_after_refresh(self._place_input)

    def _place_input(self) -> None:
        """Lay the input over the value that is typed, in the form."""
        field, shown, asked = self.query_one("#value", Input), self.query_one("#form", Pane), self.conversation.form
        field.display = self._typing and shown.display
        if not field.display or asked is None:
            return
        room = shown.content_region
        column, row, width = form_draw.place_of_value(asked, room.width, room.height)
        field.styles.width = width
        field.styles.offset = (room.x + column, room.y + row)
        field.focus()

    def choose(self, folder: RunFolder) -> None:
        """Ask the network of a run."""
        self.begin([name_of(folder)], folder.path)

    def on_network_choice_chosen(self, event: NetworkChoice.Chosen) -> None:
        """Ask the chosen network."""
        self.begin(event.words, event.folder)

    def begin(self, words: Sequence[str], folder: Path | None = None) -> None:
        """Ask the network that these words name as arguments of `nnlab predict`; `folder` is its run's."""
        self.conversation.close()
        self.conversation = Conversation.begin(words, self._connect, folder)
        self._choosing = self._typing = False
        if self.is_mounted:
            self.set_focus(None)
            self.fit_panes()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Ask while typing."""
        if self._typing and self.conversation.form is not None:
            self.conversation.form.put(event.value)
            self.conversation.changed()

    def on_input_submitted(self, _event: Input.Submitted) -> None:
        """Done with a field."""
        self.key_escape()

    def key_escape(self) -> None:
        """Leave the field, or the choice if there is a network to go back to."""
        if self.conversation.arguments:
            self._settle()
            self._typing = self._choosing = False
            self.set_focus(None)
            self.fit_panes()

    def _settle(self) -> None:
        """What was typed stays, if it can; else it is said, and the field has what it had before."""
        form = self.conversation.form
        if not self._typing or form is None:
            return
        one, text = form.current, form.values[form.at]
        if why := one.refusal(text):
            form.put(self._before)
            self.conversation.changed()
            self.say(f"{one.name}: {why}, so it stays {self._before or 'empty'}.", wrong=True)

    def action_move(self, across: int, down: int) -> None:
        """Another field or another value; on a pad or a map, the cursor."""
        self._settle()
        self.conversation.move(across, down, on_map=self.flat and self._pane == "map")
        self._retype()

    def action_type_value(self) -> None:
        """Type into the current field."""
        self._pane = "form"
        self._typing = True
        self.fit_panes()
        self._retype()

    def _retype(self) -> None:
        """Put the current field's text into the input, and the input to its place."""
        asked = self.conversation.form
        if not self._typing or asked is None:
            return
        field, self._before = self.query_one("#value", Input), asked.values[asked.at]
        with self.prevent(Input.Changed):
            field.value = asked.values[asked.at]
        field.select_all()
        self._place_input()

    def action_pen(self) -> None:
        """Put the pen down, or take it up."""
        self.conversation.pen()

    def action_centre(self) -> None:
        """Ask about the drawing centred, or as it is."""
        self.conversation.centre()

    def action_erase(self) -> None:
        """Leave the field empty, or take the last stroke back."""
        self.conversation.erase()

    def action_clear(self) -> None:
        """Back to a typical row, or an empty sheet."""
        self.conversation.clear()

    def action_next_pane(self) -> None:
        """The map or the form; while typing, the next field; while choosing, the list or the line below."""
        if self._choosing:
            self.focus_next()
        elif self._typing:
            self.action_move(0, 1)
        else:
            self._pane = "form" if self._pane == "map" else "map"
            self.fit_panes()

    def action_level(self) -> None:
        """Another interval beside the answer, or none."""
        self.conversation.next_level()

    def action_copy(self) -> None:
        """Copy the command that asks the same."""
        self.copy(self.conversation.command())

    def action_again(self) -> None:
        """Start the network's process again."""
        self.begin(self.conversation.arguments, self.conversation.folder)

    def action_choose_network(self) -> None:
        """Choose another network."""
        self._choosing, self._typing = True, False
        self.fit_panes()
        self.query_one(NetworkChoice).find()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Draw, go to a place on the map, or choose a field; a second time, type into it."""
        self._point(event, pressed=True)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Go on drawing, or along the map, while the button is held."""
        if event.button:
            self._point(event, pressed=False)

    def on_mouse_up(self, _event: events.MouseUp) -> None:
        """A stroke ends."""
        if self.conversation.pad is not None and self.conversation.pad.down:
            self.conversation.pen()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Down."""
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Up."""
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, by: int) -> None:
        """Through the fields of a form, or over the map; with shift or ctrl to another value, or across."""
        shown = event.widget
        if not isinstance(shown, Pane) or shown.id not in ("map", "form"):
            return
        aside = event.shift or event.ctrl
        self.conversation.move(by if aside else 0, 0 if aside else by, on_map=shown.id == "map")
        self._retype()

    def _point(self, event: events.MouseEvent, *, pressed: bool) -> None:
        shown = event.widget
        if not isinstance(shown, Pane) or (offset := event.get_content_offset(shown)) is None:
            return
        # Where the terminal tells of cells and not of pixels, the middle of the cell is meant.
        place = offset.x + (event.pointer_x % 1 or 0.5), offset.y + (event.pointer_y % 1 or 0.5)
        name, size = shown.id or "", shown.content_size
        if pressed:
            self._settle()  # before another field is the current one
        again = predict_draw.hit_test(self.conversation, name, place, size, self.options, pressed=pressed)
        if name in ("map", "form"):
            self._pane = name
        if again:
            self.action_type_value()
        elif name == "form":
            self.key_escape()
