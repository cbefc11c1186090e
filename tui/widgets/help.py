"""The keys of a screen and what they do, over the screen itself."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from ..actions import Actions
from ..render.blocks import Block, Lines, words
from ..render.keys import key_columns
from .parts import options_of


class Sought(Input):
    """What is typed to search; the key that shows the help also puts it away."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Every other sign is typed."""
        return key != "question_mark" and super().check_consume_key(key, character)


class HelpScreen(ModalScreen[None]):
    """Made from the table of actions, in columns by groups; what is typed leaves only those that have it."""

    CSS = """
    HelpScreen {
        align: center top; background: $background 40%;
        #keys-help { width: 100%; max-width: 150; height: auto; max-height: 100%; padding: 0 1; }
        #keys-help { border: round $accent; background: $surface; }
        #keys-help { scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
        &.-ascii #keys-help { border: ascii $accent; }
        #sought { dock: top; margin-bottom: 1; background: $panel; padding: 0 1; }
        #keys-help Static { width: auto; }
    }
    """
    BINDINGS = [
        *(Binding(key, "dismiss", show=False, priority=True) for key in ("escape", "question_mark", "f1", "ctrl+c")),
        *(
            Binding(key, f"scroll('{way}')", show=False, priority=True)
            for key, way in {"up": "up", "down": "down", "pageup": "page_up", "pagedown": "page_down"}.items()
        ),
    ]

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self._actions = actions

    def compose(self) -> ComposeResult:
        """A line to type in and the keys in a frame."""
        with VerticalScroll(id="keys-help", can_focus=False) as frame:
            frame.border_title = "keys"
            frame.border_subtitle = "escape closes"
            yield Sought(id="sought", placeholder="type to search", compact=True)
            yield Static()

    def on_screen_resume(self) -> None:
        """Drawn in the present theme, all of it."""
        self.set_class(options_of(self).ascii, "-ascii")
        sought = self.query_one(Sought)
        sought.value = ""
        sought.focus()
        self.call_after_refresh(self._draw)

    def on_resize(self, _event: events.Resize) -> None:
        """Another width has room for other columns."""
        self.call_after_refresh(self._draw)

    def on_input_changed(self, _event: Input.Changed) -> None:
        """Those that are sought."""
        self._draw()

    def on_mouse_scroll_down(self) -> None:
        """Wherever the mouse is."""
        self.action_scroll("down")

    def on_mouse_scroll_up(self) -> None:
        """Wherever the mouse is."""
        self.action_scroll("up")

    def action_scroll(self, way: str) -> None:
        """Up or down, by a line or a page."""
        shown = self.query_one(VerticalScroll)
        page = shown.size.height - 1
        shown.scroll_relative(y={"up": -1, "down": 1, "page_up": -page, "page_down": page}[way], animate=False)

    def _draw(self) -> None:
        shown = self.query_one(VerticalScroll)
        width = shown.scrollable_content_region.width
        lines = key_columns(self._actions, width, options_of(self), self.query_one(Sought).value)
        self.query_one(Static).update(Block(lines or self._nothing()))

    def _nothing(self) -> Lines:
        return [words(("No key does that. Backspace deletes what is typed.", options_of(self).grey))]
