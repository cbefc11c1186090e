"""The list of data sets as textual's list, with what is known of the one under its cursor below it."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import OptionList

from ..render.blocks import Line, Lines
from ..widgets.parts import options_of, pane
from . import draw as data_draw
from .state import DataState

LOW = 18  # lines below which the list has all the room


class Names(OptionList, can_focus=False):
    """Keys are the page's. Shows what the state tells; a click says `OptionSelected`."""

    _drawn: list[Line] | None = None

    def show(self, lines: list[Line], current: int) -> None:
        """Show these lines, the cursor on one of them."""
        if lines != self._drawn:
            texts = [Text.assemble(*((part.text, part.style or "") for part in line)) for line in lines]
            if self._drawn is None or len(lines) != len(self._drawn):
                self.clear_options().add_options(texts)
            else:
                for place, text in enumerate(texts):
                    if lines[place] != self._drawn[place]:
                        self.replace_option_prompt_at_index(place, text)
            self._drawn = lines
        if self.highlighted != current:
            self.highlighted = current


class DataList(Vertical):
    """The data sets to choose from."""

    SCOPED_CSS = False  # whether there is ASCII alone, a class of the page tells
    DEFAULT_CSS = """
    DataList {
        border: round $primary 50%; border-title-color: $text;
        #names {
            height: 1fr; border: none; padding: 0 0 0 1; background: $background; color: $foreground;
            scrollbar-size: 1 1; scrollbar-background: $background; scrollbar-background-hover: $background;
            scrollbar-background-active: $background;
            & > .option-list--option { padding: 0; }
            & > .option-list--option-highlighted {
                background: $panel; color: $foreground; text-style: none;
            }
            & > .option-list--option-hover { background: $surface; }
        }
        #about { margin-top: 1; padding: 0 1; }
        &.-low #about { display: none; }
    }
    .-ascii DataList { border: ascii $primary 50%; }
    """

    def __init__(self, state: DataState) -> None:
        super().__init__(id="data")
        self.state = state
        self._version: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """The names, and below them what is known of one."""
        yield Names(id="names", markup=False)
        yield pane("about", self._about, lambda: self.state.revision, bare=True)

    def _about(self, width: int, _height: int) -> Lines:
        return data_draw.about(self.state.name, width, options_of(self))

    def on_resize(self, event: events.Resize) -> None:
        """Where there are few lines, the names have them."""
        self.set_class(event.size.height < LOW, "-low")
        self.tick()

    def follow(self) -> None:
        """Have the cursor in view, wherever the wheel was."""
        self.tick()
        self.query_one(Names).scroll_to_highlight()

    def tick(self) -> None:
        """Show what is new."""
        options = options_of(self)
        version = (options, self.state.revision, self.size)
        if version != self._version and self.size:
            below = self.query_one("#about")
            below.styles.height = len(data_draw.about(self.state.name, self.size.width - 2, options))
            self.query_one(Names).show(data_draw.listed(self.state, options), self.state.listed)
            self._version = version
