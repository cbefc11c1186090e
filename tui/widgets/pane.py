"""A framed part of the screen whose content is lines drawn by `tui.render`."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from time import monotonic

from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from ..render.blocks import Lines

Draw = Callable[[int, int], Lines]


class Pane(Widget):
    """Draws `draw(width, height)` anew when `version()` or its size has changed, and it is seen.

    `interval` is the least time between two drawings; what takes long to draw is drawn the more rarely, so that a
    screen never spends more than a tenth of its time on one pane.
    """

    SCOPED_CSS = False  # whether there is ASCII alone, a class of the app tells
    DEFAULT_CSS = """
    Pane { border: round $primary 50%; border-title-color: $text; padding: 0 1; }
    Pane.-bare { border: none; height: 1; }
    .-ascii Pane { border: ascii $primary 50%; }
    .-ascii Pane.-bare { border: none; }
    """

    def __init__(self, title: str, draw: Draw, version: Callable[[], Hashable], *, interval: float, id: str) -> None:
        super().__init__(id=id)
        self.border_title = title
        self._draw, self._version, self._interval = draw, version, interval
        self._key: Hashable = None
        self._lines: list[Strip] = []
        self._drawn_at = self._cost = 0.0

    def tick(self) -> None:
        """Ask to be drawn if there is something new to see and it is time."""
        if not self.display or not self.size.width or self._current() == self._key:
            return
        if monotonic() - self._drawn_at >= max(self._interval, 10 * self._cost):
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the content."""
        width = self.content_size.width
        if self._current() != self._key:
            began = monotonic()
            self._key = self._current()
            self._lines = [Strip(line) for line in self._draw(width, self.content_size.height)]
            self._drawn_at = monotonic()
            self._cost = self._drawn_at - began
        base = self.rich_style
        if y >= len(self._lines):
            return Strip.blank(width, base)
        return self._lines[y].apply_style(Style(bgcolor=base.bgcolor)).adjust_cell_length(width, base)

    def _current(self) -> Hashable:
        return self.content_size, self._version()
