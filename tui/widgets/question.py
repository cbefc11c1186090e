"""A question over a screen: yes or no."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from ..render.palette import RenderOptions
from ..render.text import inert


class Question(ModalScreen[bool]):
    """Asks; `y` or enter is yes, anything that leads away is no."""

    CSS_PATH = "question.tcss"
    BINDINGS = [
        *(Binding(key, "answer(True)", show=False) for key in ("y", "enter")),
        *(Binding(key, "answer(False)", show=False) for key in ("n", "escape", "q")),
        Binding("ctrl+c", "answer(False)", show=False, priority=True),
    ]

    def __init__(self, question: str, options: RenderOptions) -> None:
        super().__init__()
        self._question, self._options = question, options

    def compose(self) -> ComposeResult:
        """The question and the keys in a frame."""
        with Vertical(id="question"):
            yield Static(inert(self._question, ascii=self._options.ascii), markup=False)
            yield Static("y yes   n no", id="answers", markup=False)

    def action_answer(self, yes: bool) -> None:
        """Close with the answer."""
        self.dismiss(yes)
