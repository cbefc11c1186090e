"""A page whose panes are pointed at: which one, and where in it, is found here; what comes of it, the page says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.geometry import Offset

from .page import Page
from .widgets.pane import Pane


class MousePage(Page):
    """Turns what the mouse does over one of the panes `POINTED` into a call with the pane's name. Places are cells of
    the pane's content, beside which they are below zero or beyond its size. Nothing needs the mouse."""

    POINTED: ClassVar[Sequence[str]] = ()

    def pressed(self, name: str, at: Offset) -> None:
        """The button went down over a pane."""

    def moved(self, name: str, at: Offset, *, held: bool) -> None:
        """The mouse moved over a pane, or beside all of them (""), while the button was held or not."""

    def turned(self, name: str, by: int) -> None:
        """The wheel went a notch down (1) or up (-1) over a pane."""

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Find the pane."""
        name, at = self._under(event)
        if name:
            self.pressed(name, at)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Find the pane."""
        name, at = self._under(event)
        self.moved(name, at, held=bool(event.button))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Find the pane."""
        self._turn(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Find the pane."""
        self._turn(event, -1)

    def _turn(self, event: events.MouseEvent, by: int) -> None:
        name, _ = self._under(event)
        if name:
            self.turned(name, by)

    def _under(self, event: events.MouseEvent) -> tuple[str, Offset]:
        for name in self.POINTED:
            one = self.query_one(f"#{name}", Pane)
            if one.display and event.screen_offset in one.region:
                return name, event.screen_offset - one.content_region.offset
        return "", Offset()
