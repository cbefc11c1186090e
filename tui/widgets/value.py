"""A line in which a value is typed, hidden until it is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from textual.suggester import SuggestFromList
from textual.widgets import Input


class ValueInput(Input):
    """Begins with the present value, all of it selected, and completes what is typed from `choices`."""

    DEFAULT_CSS = """
    ValueInput { display: none; height: 1; border: none; padding: 0; background: $panel; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, compact=True)

    def ask(self, value: str, choices: Sequence[str]) -> None:
        """Show it and take the keys."""
        self.value = value
        self.suggester = SuggestFromList(choices) if choices else None
        self.display = True
        self.focus()
        self.select_all()

    def leave(self) -> None:
        """Put it away."""
        self.display = False
        self.screen.set_focus(None)
