"""What every page has from textual: its actions and keys, its panes by the terminal's size, a word in the corner.

A page's styles are in its `CSS`, all of them within the name of its class: a rule that is not would be every page's.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from time import monotonic, process_time
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.screen import Screen

from .actions import EVERYWHERE, Action, Actions
from .render.blocks import Lines
from .render.keys import key_line
from .render.palette import RenderOptions
from .render.text import inert
from .widgets.pane import Pane
from .widgets.parts import enabled, is_enabled

if TYPE_CHECKING:
    from .app import NnlabApp

SMALLEST = (60, 16)  # columns and rows from which a page shows more than a line
LONGEST = 1.0  # seconds that news wait at most for the screen to have left others enough time


class Page(Screen[None]):
    """A screen drawn by panes, which look for news at every `tick`."""

    AUTO_FOCUS = ""  # a hidden input would take the keys
    ACTIONS: ClassVar[Actions] = ()
    FIRST_KEYS: ClassVar[Collection[str]] = ()  # methods whose keys are shown before those of others
    TICK: ClassVar[float] = 0.1  # seconds between two looks for what to draw
    _told = (0.0, 0.0)  # when news were drawn last: seconds, and seconds of the processor

    @property
    def shell(self) -> NnlabApp:
        """The application around it."""
        return cast("NnlabApp", self.app)

    @property
    def options(self) -> RenderOptions:
        """How things are drawn in the present theme."""
        return self.shell.options

    @property
    def share(self) -> float:
        """Of a processor, how much the whole screen takes at most for what comes by itself."""
        return math.inf

    @property
    def offered(self) -> list[Action]:
        """What can be done now."""
        return [action for action in (*self.ACTIONS, *EVERYWHERE) if enabled(self, action)]

    @property
    def tiny(self) -> bool:
        """Whether there is room for no more than a line."""
        return self.size.width < SMALLEST[0] or self.size.height < SMALLEST[1]

    def draw_keys(self, width: int, _height: int) -> Lines:
        """The line of keys."""
        return key_line(self.offered, width, self.options, self.FIRST_KEYS)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Only what makes sense now."""
        return is_enabled(self, self.ACTIONS, action)

    def on_mount(self) -> None:
        """Show what there is room for, and look for news at the pace of the clock."""
        self.set_class(self.options.ascii, "-ascii")
        self.fit_panes()
        self.set_interval(self.TICK, self.tick)

    def on_resize(self, _event: events.Resize) -> None:
        """Another size may have room for other panes."""
        self.fit_panes()

    def fit_panes(self) -> None:
        """Show the panes that there is room for."""

    def tick(self) -> None:
        """Let every pane see whether there is something new to draw."""
        if self.is_current:
            self.redraw()

    def redraw(self) -> None:
        """Draw what is new."""
        news = self._may_tell()
        for one in self.query(Pane):
            one.tick(news=news)

    def _may_tell(self) -> bool:
        """Whether the last news, with all that drawing them and sending them to the terminal took, were so long ago
        that the screen keeps to its share."""
        now = (monotonic(), process_time())
        waited, spent = now[0] - self._told[0], now[1] - self._told[1]
        if waited < min(spent / self.share, LONGEST):
            return False
        self._told = now
        return True

    def mark_panes(self, names: Sequence[str], current: str, beside: str, **titles: str) -> None:
        """Mark the pane that the arrows move in, and the one that is shown beside the first where there is room for
        two; the page's styles show as many as the terminal has room for. One that is alone names them all in its title.
        `titles` are for panes whose title is not their name."""
        for name in names:
            one = self.query_one(f"#{name}")
            one.set_class(name == current, "-current")
            one.set_class(name == beside, "-beside")
        self.call_after_refresh(self._entitle_panes, names, current, titles)

    def shown_panes(self, names: Sequence[str]) -> list[str]:
        """Those of the panes that the terminal has room for."""
        return [] if self.tiny else [name for name in names if self.query_one(f"#{name}").display]

    def _entitle_panes(self, names: Sequence[str], current: str, titles: Mapping[str, str]) -> None:
        shown = self.shown_panes(names)
        for name in names:
            one = self.query_one(f"#{name}")
            title = titles.get(name, name)
            mark = self.options.pick("▸ ", "> ") if name == current and len(shown) > 1 else ""
            parts = [f"[b reverse] {each} [/]" if each == title else each for each in (titles.get(n, n) for n in names)]
            one.border_title = "  ".join(parts) if len(shown) == 1 else f"{mark}{title}"

    def say(self, text: str, *, wrong: bool = False, title: str = "") -> None:
        """Tell something in a corner for a while."""
        shown = inert(text, 400, ascii=self.options.ascii)
        self.notify(shown, title=title, severity="error" if wrong else "information", markup=False)

    def copy(self, command: str) -> None:
        """Copy a shell command, and say so."""
        self.app.copy_to_clipboard(command)
        self.say(command, title="Copied")
