"""What `nnlab train` prints while it goes: lines, sentences, or JSON."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..engine.events import EpochProgress, Event, PictureTaken, RunStarted, to_line
from .console import Console
from .progress_line import ProgressLine

if TYPE_CHECKING:
    from ..tui.render.told import Teller


@dataclass
class Printer:
    """Prints a training's events as they come: lines, or JSON objects with `json`. On a terminal the last line tells
    how far an epoch is, and is written over itself; as JSON that is told only with `progress`. With
    `explain` it is told in sentences what the events mean."""

    console: Console
    json: bool
    progress: bool
    quiet: bool
    explain: bool = False
    epochs: int = 0

    def __post_init__(self) -> None:
        rewrites = self.console.stdout.isatty() and os.environ.get("TERM") != "dumb" and not self.json
        self.line = ProgressLine(self.console.stdout) if rewrites else None
        self.teller: Teller | None = None

    def print(self, event: Event) -> None:
        """Print one, if it is one that is printed. OSError where nobody takes it."""
        if self.quiet and not self.json:
            return
        if isinstance(event, RunStarted):
            self.epochs = event.config["training"]["epochs"]
        if self.json:
            self._print_json(event)
        elif isinstance(event, EpochProgress):
            self._tell(event)
        else:
            self._print_lines(event)
        self.console.stdout.flush()

    def _print_json(self, event: Event) -> None:
        if not isinstance(event, PictureTaken) and (self.progress or not isinstance(event, EpochProgress)):
            self.console.print_text(to_line(event) + "\n")

    def _tell(self, event: EpochProgress) -> None:
        from ..tui.render.progress import progress_line

        if self.line is not None:
            self.line.put(progress_line(event, self.epochs, self.console.width - 1, ascii=self.console.ascii))

    def _print_lines(self, event: Event) -> None:
        from ..tui.render.lines import event_lines

        lines = self._told(event) if self.explain else event_lines(event, self.epochs)
        if self.line is not None and lines:
            self.line.clear()
        for line in lines:
            self.console.print_text(line + "\n")

    def _told(self, event: Event) -> list[str]:
        from ..tui.render.tables import wrapped
        from ..tui.render.told import Teller

        self.teller = self.teller or Teller()
        return [part for line in self.teller.lines(event) for part in wrapped(line, self.console.width)]
