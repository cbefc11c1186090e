"""What somebody is told who has never been here: three lines, which go with the first key."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Static

from ..render.blocks import Block, Line, words
from ..render.keys import hint, key_text
from .parts import options_of


class FirstHint(Container):
    """Stands at the bottom of a page."""

    LEAST = (78, 20)  # columns and lines of a terminal that has room for it

    SCOPED_CSS = False  # whether there is ASCII alone, a class of the app tells
    DEFAULT_CSS = """
    FirstHint { dock: bottom; height: 5; border: round $accent; background: $surface; padding: 0 1; }
    FirstHint { border-title-color: $text; border-subtitle-color: $text; }
    .-ascii FirstHint { border: ascii $accent; }
    """

    def compose(self) -> ComposeResult:
        """Keys and what they do."""
        self.border_title, self.border_subtitle = "welcome", "any key hides this"
        options = options_of(self)
        up_down, aside = key_text(["↑", "↓"], options), key_text(["←", "→"], options)
        lines: list[list[tuple[str, str]]] = [
            [("space", "trains and pauses: the picture shows what the network has learnt.")],
            [(up_down, "choose a setting,"), (aside, "change it: the network is trained again.")],
            [("?", "lists all keys,"), (":", "finds an action by its name,"), ("1-4", "go to another page.")],
        ]

        def line(pairs: list[tuple[str, str]]) -> Line:
            return [part for key, word in pairs for part in (*hint(key, word, options), *words(" "))]

        yield Static(Block([line(pairs) for pairs in lines]))
