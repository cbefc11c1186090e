"""One row through the network of a run and back, step by step, in a frame over the page."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from ..render.blocks import Block, Lines, words
from ..render.tables import wrapped
from ..render.text import inert, many
from ..render.worked_steps import Step, next_part, step_drawn, steps_of
from ..trainer.worked import WorkedRow
from ..widgets.parts import options_of
from .view import RunView

TICK = 0.1  # seconds between two looks for an answer
AROUND = (6, 5)  # cells and lines that the frame and its line take
WAITING = "The row is worked out …"
FAR = 10_000
KEYS = "→ next  ← back  tab layer  ↑↓ row  n anew  escape closes"
KEYS_ASCII = "right next  left back  tab layer  up/down row  n anew  escape closes"


class WorkedScreen(ModalScreen[None]):
    """Shows the `rows` of a run one after another, beginning with the one that the `view` was at."""

    CSS = """
    WorkedScreen {
        align: center middle; background: $background 40%;
        #worked { width: 100%; height: 100%; padding: 0 1; }
        #worked { border: round $accent; background: $surface; }
        &.-ascii #worked { border: ascii $accent; }
        #worked Static { width: 100%; height: auto; }
    }
    """
    BINDINGS = [
        *(Binding(key, "dismiss", show=False, priority=True) for key in ("escape", "b", "q", "ctrl+c")),
        *(Binding(key, "step(1)", show=False, priority=True) for key in ("right", "enter", "space")),
        *(Binding(key, "step(-1)", show=False, priority=True) for key in ("left", "backspace")),
        Binding("tab", "part(1)", show=False, priority=True),
        Binding("shift+tab", "part(-1)", show=False, priority=True),
        Binding("home", f"step({-FAR})", show=False, priority=True),
        Binding("end", f"step({FAR})", show=False, priority=True),
        Binding("down", "row(1)", show=False, priority=True),
        Binding("up", "row(-1)", show=False, priority=True),
        Binding("pagedown", "row(10)", show=False, priority=True),
        Binding("pageup", "row(-10)", show=False, priority=True),
        Binding("n", "row(0)", show=False, priority=True),
    ]

    def __init__(self, rows: WorkedRow, view: RunView) -> None:
        super().__init__()
        self._rows, self._view = rows, view
        self.found: dict[str, Any] | str | None = None
        self.steps: list[Step] = []
        self.at, self._waiting = 0, False

    def compose(self) -> ComposeResult:
        """The picture and its formulas in a frame."""
        with Vertical(id="worked"):
            yield Static()

    def on_mount(self) -> None:
        """Have the row worked out, and look for the answer."""
        options = options_of(self)
        self.set_class(options.ascii, "-ascii")
        self.query_one("#worked").border_subtitle = options.pick(KEYS, KEYS_ASCII)
        self.action_row(0)
        self.set_interval(TICK, self.tick)

    def on_resize(self) -> None:
        """Another size has room for more, or less."""
        self._draw()

    def on_unmount(self) -> None:
        """Who leaves does not wait."""
        self._rows.close()

    def tick(self) -> None:
        """Take the answer, once it is there; the step stays the same one, where the network is."""
        if self._waiting and (found := self._rows.take()) is not None:
            self.found, self._waiting = found, False
            self._rows.close()
            self.steps = steps_of(found) if isinstance(found, dict) else []
            self.at = min(self.at, max(len(self.steps) - 1, 0))
            self._draw()

    def _draw(self) -> None:
        width, height = max(self.app.size.width - AROUND[0], 20), max(self.app.size.height - AROUND[1], 3)
        self.query_one(Static).update(Block(self._lines(width, height)))
        self.query_one("#worked").border_title = self._title()

    def _title(self) -> str:
        if not isinstance(self.found, dict):
            return f"train row {self._view.row:,}"
        after = f"after {many(self.found['epoch'], 'epoch')}" if self.found["epoch"] else "before the first epoch"
        step = self.steps[self.at]
        what = self.found["layers"][step.layer]["name"]
        part = {"forward": f"{what}, forward", "backward": f"{what}, backward"}.get(step.kind, f"the {step.kind}")
        row = f"train row {self.found['row']:,} of {self.found['rows']:,}"
        return f"{row}, {after}: {part}, {self.at + 1} of {len(self.steps)}"

    def _lines(self, width: int, height: int) -> Lines:
        if isinstance(self.found, dict):
            return step_drawn(self.found, self.steps[self.at], width, height, options_of(self))
        said = inert(WAITING if self.found is None else self.found, ascii=options_of(self).ascii)
        return [words(part) for part in wrapped(said, width)]

    def action_step(self, by: int) -> None:
        """The next step, or the one before."""
        self.at = max(0, min(len(self.steps) - 1, self.at + by))
        self._draw()

    def action_part(self, by: int) -> None:
        """The next layer, or the one before."""
        self.at = next_part(self.steps, self.at, by) if self.steps else 0
        self._draw()

    def action_row(self, by: int) -> None:
        """Another row; the same once more for 0, with the weights as they are by now."""
        last = self._rows.rows or FAR
        self._view.row = max(1, min(last, self._view.row + by))
        self._rows.ask(self._view.row)
        self._waiting = True
