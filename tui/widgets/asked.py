"""A line that asks for a value: what is asked, and the input beside it; hidden until it is needed."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from .value import ValueInput


class AskedValue(Horizontal):
    """Its `ValueInput` says `Submitted` or `Left`, which put the line away; `id` is that of the input."""

    DEFAULT_CSS = """
    AskedValue { height: 1; display: none; background: $panel; }
    AskedValue Static { width: auto; padding: 0 1; }
    AskedValue ValueInput { width: 1fr; }
    """

    def __init__(self, *, id: str, restrict: str | None = None) -> None:
        super().__init__()
        self._label = Static(markup=False)
        self._input = ValueInput(id=id, restrict=restrict)

    def compose(self) -> ComposeResult:
        """The question and the input."""
        yield self._label
        yield self._input

    def ask(self, label: str, value: str = "", choices: Sequence[str] = (), *, hint: str = "") -> None:
        """Ask; the present value is in the input, what is typed is completed from `choices`."""
        self.display = True
        self._label.update(label)
        self._input.hint(hint)
        self._input.ask(value, choices)

    def on_value_input_left(self) -> None:
        """Nothing is asked any more."""
        self.display = False

    def on_input_submitted(self) -> None:
        """It is answered."""
        self.display = False
