"""The application around the screens: theme, colours, and a quick exit."""

from __future__ import annotations

import gc
from typing import Any, ClassVar

from textual.app import App
from textual.screen import Screen

from .render.palette import Look


class NnlabApp(App[None]):
    """Shows one screen. Without colour it is built for a terminal's own colours, from which they can be dropped."""

    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False
    TITLE = "nnlab"

    def __init__(self, screen: Screen[Any], look: Look) -> None:
        super().__init__(ansi_color=not look.colour)
        self._first = screen

    def on_mount(self) -> None:
        """Show the screen, and keep what is loaded by now out of the garbage collector's passes."""
        self.push_screen(self._first)
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
