"""The keys of a screen and what they do, over the screen itself."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from ..actions import Actions
from ..render.blocks import Block
from ..render.keys import key_list
from .parts import options_of


class HelpScreen(ModalScreen[None]):
    """Made from the table of actions; scrolls where the terminal is small."""

    CSS = """
    HelpScreen {
        align: right middle; background: $background 40%;
        #keys-help { width: 76; max-width: 100%; height: auto; max-height: 100%; }
        #keys-help { border: round $accent; background: $surface; padding: 0 1; }
        &.-ascii #keys-help { border: ascii $accent; }
        #keys-help Static { width: auto; }
    }
    """
    BINDINGS = [Binding(key, "dismiss", show=False) for key in ("escape", "q", "question_mark", "f1")]

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self._actions = actions

    def compose(self) -> ComposeResult:
        """The list of keys in a frame."""
        with VerticalScroll(id="keys-help") as frame:
            frame.border_title = "keys"
            frame.border_subtitle = "escape closes"
            yield Static()

    def on_screen_resume(self) -> None:
        """Drawn in the present theme."""
        self.set_class(options_of(self).ascii, "-ascii")
        self.query_one(Static).update(Block(key_list(self._actions, options_of(self))))
