"""A framed part of the screen whose content is lines drawn by `tui.render`."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from itertools import zip_longest
from time import monotonic

from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from ..render.blocks import Lines, fit

Draw = Callable[[int, int], Lines]
SHARE = 0.05  # of its time that a screen spends on drawing one pane's news


class Pane(Widget):
    """Draws `draw(width, height)` anew when `view()`, `news()` or its size has changed, and it is seen.

    `view` is what its user changes, which is drawn at once. `news` come by themselves: they are drawn at most every
    `interval` seconds, and the more rarely the longer they take to draw, for there is a training to leave the time to.
    Of what is drawn only the lines that differ from those before are sent to the terminal.
    """

    SCOPED_CSS = False  # whether there is ASCII alone, a class of the app tells
    DEFAULT_CSS = """
    Pane { border: round $primary 50%; border-title-color: $text; border-subtitle-color: $text-muted; padding: 0 1; }
    Pane.-bare { border: none; height: 1; }
    .-ascii Pane { border: ascii $primary 50%; }
    .-ascii Pane.-bare { border: none; }
    """

    def __init__(
        self,
        title: str,
        draw: Draw,
        view: Callable[[], Hashable],
        news: Callable[[], Hashable],
        *,
        interval: float,
        id: str,
    ) -> None:
        super().__init__(id=id)
        self._title = self._below = self._written = ""
        self.entitle(title)
        self._draw, self._view, self._news, self._interval = draw, view, news, interval
        self._drawn: tuple[Hashable, Hashable] | None = None
        self._form: Hashable = None
        self._lines: list[Strip] = []
        self._drawn_at = self._cost = 0.0

    def entitle(self, title: str, below: str = "") -> None:
        """Write the title, and a text in the border below, both as textual's markup. Where they stand there already,
        nothing is drawn: whoever calls this need not ask first. A text below tells of what is drawn, and is written
        with it."""
        self._below = below
        if title != self._title:
            self.border_title = self._title = title
            self._write_below()

    def _write_below(self) -> None:
        if self._below != self._written:
            self.border_subtitle = self._written = self._below

    def tick(self, *, news: bool = True) -> None:
        """Draw if there is something new to see and it is time; `news` says whether it is for what comes by itself."""
        if not self.display or not self.size.width or self._form is None:
            return
        if news:
            self._write_below()
        present = self._view(), self._news()
        if present == self._drawn:
            return
        same_view = self._drawn is not None and present[0] == self._drawn[0]
        if same_view and not (news and monotonic() - self._drawn_at >= max(self._interval, self._cost / SHARE)):
            return
        before = self._lines
        self._renew()
        changed = [y for y, (old, new) in enumerate(zip_longest(before, self._lines)) if old != new]
        if changed:
            width = self.content_size.width
            self.refresh(*[Region(0, y, width, 1) for y in changed])

    def render_lines(self, crop: Region) -> list[Strip]:
        """Those lines of the whole; the content is drawn anew where its size or the theme is another one."""
        if (self.content_size, self.rich_style) != self._form:
            self._renew()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One line of the content."""
        return self._lines[y] if y < len(self._lines) else Strip.blank(self.content_size.width, self.rich_style)

    def drawn(self, width: int, height: int) -> list[Strip]:
        """What there is to see at this size; where a line is too long for it, that is told."""
        strips = [Strip(line) for line in self._draw(width, height)]
        return [strip if strip.cell_length <= width else Strip(fit(list(strip), width)) for strip in strips]

    def _renew(self) -> None:
        began, base = monotonic(), self.rich_style
        width, height = self.content_size
        self._form, self._drawn = (self.content_size, base), (self._view(), self._news())
        plain = Style(color=base.color, bgcolor=base.bgcolor)  # what a text has that is given no colour
        drawn = self.drawn(width, height)
        self._lines = [line.apply_style(plain).adjust_cell_length(width, base) for line in drawn]
        self._write_below()
        self._drawn_at = monotonic()
        self._cost = self._drawn_at - began
