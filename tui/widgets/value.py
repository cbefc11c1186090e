"""A line in which a value is typed, hidden until it is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from textual.binding import Binding
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input

from ..render.text import inert
from .parts import options_of


class HintedInput(Input):
    """Says what may be typed while it is empty, as much as there is room for."""

    def __init__(self, hint: str, *, id: str | None = None, restrict: str | None = None) -> None:
        super().__init__(id=id, compact=True, restrict=restrict)
        self._hint = hint

    def hint(self, text: str) -> None:
        """Say this from now on."""
        self._hint = text
        self.on_resize()

    def on_resize(self) -> None:
        """Say what fits."""
        self.placeholder = inert(self._hint, self.content_size.width, ascii=options_of(self).ascii)


class ValueInput(HintedInput):
    """Begins with the present value, all of it selected, and completes what is typed from `choices`. Enter puts it away
    and says `Submitted`, escape puts it away and says `Left`."""

    class Left(Message):
        """Nothing is to be typed after all."""

        def __init__(self, control: ValueInput) -> None:
            super().__init__()
            self._control = control

        @property
        def control(self) -> ValueInput:
            """The input that was left."""
            return self._control

    BINDINGS = [Binding("escape", "give_up", show=False)]
    DEFAULT_CSS = """
    ValueInput { display: none; height: 1; border: none; padding: 0 1; background: $panel; color: $foreground; }
    """

    def __init__(self, *, id: str, hint: str = "", restrict: str | None = None) -> None:
        super().__init__(hint, id=id, restrict=restrict)

    def ask(self, value: str = "", choices: Sequence[str] = ()) -> None:
        """Show it and take the keys."""
        with self.prevent(Input.Changed):
            self.value = value
        self.suggester = SuggestFromList(choices) if choices else None
        self.display = True
        self.focus()
        self.select_all()

    def leave(self) -> None:
        """Put it away; the keys are the page's again."""
        self.display = False
        if self.has_focus:
            self.screen.set_focus(None)

    def action_give_up(self) -> None:
        """Put it away without an answer."""
        self.leave()
        self.post_message(self.Left(self))

    def on_input_submitted(self) -> None:
        """It is answered."""
        self.leave()
