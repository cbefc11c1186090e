"""The process's streams: results go to stdout, messages to stderr, and both only as the terminal can show them."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from ..engine.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console as RichConsole
    from rich.console import RenderableType

    from ..tui.render.palette import Look

NARROWEST = 60


@dataclass(frozen=True)
class Console:
    """Where a command reads and writes. Tests make one from string streams; commands use `of_process`.

    `colour` and `ascii` are what the printed reports may use; `live` tells whether a screen may be drawn.
    """

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    width: int = 80
    colour: bool = False
    ascii: bool = False
    live: bool = False

    @classmethod
    def of_process(cls, *, plain: bool = False) -> Console:
        """The process's own streams. `NO_COLOR`, `TERM=dumb`, a pipe and `plain` each take colour and screen away."""
        dumb = os.environ.get("TERM") == "dumb"
        terminal = sys.stdout.isatty() and not plain and not dumb
        return cls(
            stdin=sys.stdin,
            stdout=sys.stdout,
            stderr=sys.stderr,
            width=max(NARROWEST, shutil.get_terminal_size().columns),
            colour=terminal and not os.environ.get("NO_COLOR"),
            ascii=not _is_unicode(sys.stdout) or dumb,
            live=terminal and sys.stdin.isatty(),
        )

    def print_result(self, *renderables: RenderableType) -> None:
        """Print Rich renderables on stdout. A plain `str` is printed as it is: text never passes through markup."""
        self._rich(self.stdout).print(*renderables, sep="\n", markup=False, highlight=False, emoji=False)

    @property
    def look(self) -> Look:
        """How pictures on stdout may be drawn."""
        from ..tui.render.palette import Look

        return Look(colour=self.colour, ascii=self.ascii)

    def print_table(
        self, columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Collection[str] = ()
    ) -> None:
        """Print a table on stdout; cells are text from data and made inert. `right` names columns of numbers."""
        from rich import box
        from rich.table import Table
        from rich.text import Text

        from ..tui.render.text import inert

        table = Table(
            box=None if self.ascii else box.SIMPLE_HEAD, show_edge=False, header_style="bold", padding=(0, 2, 0, 0)
        )
        for name in columns:
            table.add_column(Text(inert(name)), justify="right" if name in right else "left", overflow="fold")
        for row in rows:
            table.add_row(*(Text(inert(cell, ascii=self.ascii)) for cell in row))
        self.print_result(table)

    def print_text(self, text: str) -> None:
        """Write text to stdout just as it is, without wrapping."""
        self.stdout.write(text)

    def print_json(self, value: Any, *, indent: int | None = 2) -> None:
        """Write one JSON value to stdout, non-finite numbers as null; `indent=None` makes it a single line."""
        from ..engine.events import finite

        self.stdout.write(json.dumps(finite(value), ensure_ascii=False, allow_nan=False, indent=indent) + "\n")

    def message(self, text: str) -> None:
        """Say something that is not the result, on stderr."""
        self.stderr.write(_inert(text) + "\n")
        self.stderr.flush()

    def warn(self, text: str) -> None:
        """Say on stderr what the user should know though the work goes on."""
        self._say("Warning", "33", text)

    def error(self, text: str) -> None:
        """Say on stderr, in one sentence, why the work stopped."""
        self._say("Error", "31", text)

    def ask(self, question: str) -> bool:
        """Ask for a yes on the terminal; UsageError where nobody can answer."""
        if not (self.stdin.isatty() and self.stderr.isatty()):
            raise UsageError(f"{question} There is no terminal to answer on: say --yes if you mean it.")
        self.stderr.write(_inert(question) + " [y/N] ")
        self.stderr.flush()
        return self.stdin.readline().strip().lower() in ("y", "yes")

    def _say(self, word: str, colour: str, text: str) -> None:
        coloured = self.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        head = f"\x1b[{colour};1m{word}:\x1b[0m" if coloured else f"{word}:"
        self.stderr.write(f"{head} {_inert(text)}\n")
        self.stderr.flush()

    def _rich(self, stream: TextIO) -> RichConsole:
        from rich.console import Console as RichConsole

        return RichConsole(
            file=stream,
            width=self.width,
            force_terminal=self.colour,
            no_color=not self.colour,
            color_system="auto" if self.colour else None,
            legacy_windows=False,
        )


def _inert(text: str) -> str:
    """Text that may come from data, made harmless for a terminal; its line ends stay."""
    from ..tui.render.text import inert

    return "\n".join(inert(line) for line in text.split("\n"))


def _is_unicode(stream: TextIO) -> bool:
    return (getattr(stream, "encoding", None) or "").lower().replace("-", "") in ("utf8", "utf16", "utf32", "cp65001")
