"""The last line of a terminal, written over itself while something goes on."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TextIO

EVERY = 0.1  # seconds between two states of the line


@dataclass
class ProgressLine:
    """A line that is written over itself, ten times a second at most."""

    stream: TextIO
    width: int = 0
    written: float = float("-inf")

    def show(self, line: str) -> None:
        """Show this in place of what is there, if that is not too new."""
        if monotonic() - self.written >= EVERY:
            self.put(line)

    def put(self, line: str, end: str = "") -> None:
        """Show this in place of what is there."""
        self.stream.write(f"\r{line:<{self.width}}{end}")
        self.stream.flush()
        self.width, self.written = len(line), monotonic()

    def clear(self) -> None:
        """Take the line away, so that another can stand there for good."""
        if self.width:
            self.stream.write(f"\r{'':<{self.width}}\r")
            self.width = 0
