"""Which learning rates suit the lab's settings: the loss over a rate that rises, found by a process of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from tempfile import TemporaryFile
from typing import Any, Protocol

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from ..child import ChildProcess
from ..render.blocks import Block, Lines, words
from ..render.tables import wrapped
from ..widgets.parts import options_of

WIDEST, HEIGHT = 100, 14  # of the curve, in cells and lines
WAITING = "A copy of the network takes some steps with a rate that rises …"


class Search(Protocol):
    """A search on its way."""

    def result(self) -> dict[str, Any] | str:
        """What `nnlab lr --json` found, or what went wrong; waits for it."""
        ...

    def close(self) -> None:
        """Nobody wants it any more."""
        ...


class RatesProcess:
    """The process that searches; it ends at once when it is closed."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._out = TemporaryFile()  # noqa: SIM115  (closed with this object)
        command = ["-m", "nnlab", "lr", *arguments, "--json"]
        self._child = ChildProcess("The search for learning rates", command, stdout=self._out)

    def result(self) -> dict[str, Any] | str:
        """What it found, or its last error."""
        if self._child.wait():
            return self._child.failure() or ""
        self._out.seek(0)
        return json.loads(self._out.read())

    def close(self) -> None:
        """End the process."""
        self._child.close()


class RatesScreen(ModalScreen[None]):
    """Shows what a `search` finds; `command` makes the command that is copied, of a rate."""

    CSS = """
    RatesScreen {
        align: center middle; background: $background 40%;
        #rates { width: 90%; max-width: 104; height: auto; padding: 0 1; }
        #rates { border: round $accent; background: $surface; }
        &.-ascii #rates { border: ascii $accent; }
        #rates Static { width: 100%; height: auto; }
    }
    """
    BINDINGS = [
        *(Binding(key, "dismiss", show=False, priority=True) for key in ("escape", "R", "q", "ctrl+c")),
        Binding("y", "copy", show=False, priority=True),
    ]

    def __init__(self, search: Search, command: Callable[[float], str]) -> None:
        super().__init__()
        self._search, self._command = search, command
        self.found: dict[str, Any] | str | None = None

    def compose(self) -> ComposeResult:
        """The curve and its sentence in a frame."""
        with Vertical(id="rates") as frame:
            frame.border_title = "learning rates"
            frame.border_subtitle = "y copies the command   escape closes"
            yield Static()

    def on_mount(self) -> None:
        """Wait for what is found beside the screen."""
        self.set_class(options_of(self).ascii, "-ascii")
        self._draw()
        self.run_worker(self._wait, thread=True, exit_on_error=False)

    def on_resize(self) -> None:
        """Another width has room for another curve."""
        self._draw()

    def on_unmount(self) -> None:
        """Who leaves does not wait."""
        self._search.close()

    def _wait(self) -> None:
        found = self._search.result()
        if self.is_mounted and self.is_running:
            self.app.call_from_thread(self._show, found)

    def _show(self, found: dict[str, Any] | str) -> None:
        self.found = found
        self._draw()

    def _draw(self) -> None:
        width = min(max(int(self.app.size.width * 0.9) - 4, 20), WIDEST)
        self.query_one(Static).update(Block(self._lines(width)))

    def _lines(self, width: int) -> Lines:
        if not isinstance(self.found, dict):
            return [words(part) for part in wrapped(WAITING if self.found is None else self.found, width)]
        from ..render.rates import rates, said

        shown = [*rates(self.found, width, HEIGHT, options_of(self)), []]
        shown += [words(part) for part in wrapped(said(self.found), width)]
        if (middle := self.found["middle"]) is not None:
            shown += [words(part) for part in wrapped(self._command(middle), width)]
        return shown

    def action_copy(self) -> None:
        """Copy the command with a rate in the middle of the band."""
        if isinstance(self.found, dict) and self.found["middle"] is not None:
            self.app.copy_to_clipboard(self._command(self.found["middle"]))
            self.notify("The command is copied; nothing was set here.")
