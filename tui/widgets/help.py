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
from ..render.palette import RenderOptions


class HelpScreen(ModalScreen[None]):
    """Made from the table of actions; scrolls where the terminal is small."""

    CSS_PATH = "help.tcss"
    BINDINGS = [Binding(key, "dismiss", show=False) for key in ("escape", "q", "question_mark", "f1")]

    def __init__(self, actions: Actions, options: RenderOptions) -> None:
        super().__init__()
        self._actions, self._options = actions, options

    def compose(self) -> ComposeResult:
        """The list of keys in a frame."""
        with VerticalScroll(id="keys-help") as frame:
            frame.border_title = "keys"
            frame.border_subtitle = "escape closes"
            yield Static(Block(key_list(self._actions, self._options)))
