"""A question over a screen: yes or no."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.events import Click
from textual.screen import ModalScreen
from textual.widgets import Static

from ..render.blocks import Block
from ..render.keys import hints
from ..render.text import inert
from .parts import options_of

WIDTH = 40  # cells of the answers


class Question(ModalScreen[bool]):
    """Asks; `y` or enter is yes, anything that leads away is no."""

    CSS = """
    Question {
        align: center middle; background: $background 40%;
        #question { width: 60; max-width: 100%; height: auto; padding: 1 2; }
        #question { border: round $accent; background: $surface; }
        &.-ascii #question { border: ascii $accent; }
        #question Static { width: 100%; height: auto; }
        #answers { margin-top: 1; }
    }
    """
    BINDINGS = [
        *(Binding(key, "answer(True)", show=False) for key in ("y", "enter")),
        *(Binding(key, "answer(False)", show=False) for key in ("n", "escape", "q")),
        Binding("ctrl+c", "answer(False)", show=False, priority=True),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """The question and the keys in a frame."""
        self.set_class(options_of(self).ascii, "-ascii")
        with Vertical(id="question"):
            yield Static(inert(self._question, ascii=options_of(self).ascii), markup=False)
            yield Static(Block(hints([("y", "yes"), ("n", "no")], WIDTH, options_of(self))), id="answers")

    def action_answer(self, yes: bool) -> None:
        """Close with the answer."""
        self.dismiss(yes)

    def on_click(self, event: Click) -> None:
        """An answer that is pointed at; beside the question, no."""
        if event.widget is self:
            self.dismiss(False)
        elif event.widget is not None and event.widget.id == "answers":
            self.dismiss(event.x < len("y yes "))
