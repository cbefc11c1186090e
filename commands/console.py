"""The process's streams: results go to stdout, messages to stderr, and both only as the terminal can show them."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO, cast

from ..engine.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console as RichConsole

    from ..tui.render.blocks import Lines
    from ..tui.render.palette import RenderOptions

NARROWEST = 60
ENDLESS = 10_000  # columns of a file or a pipe


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
    def of_process(cls, *, plain: bool = False, ascii: bool = False) -> Console:
        """The process's own streams. `NO_COLOR`, `TERM=dumb`, a pipe and `plain` each take colour and screen away.

        `ascii` asks for ASCII alone, as an output that is not UTF-8 and a Linux console (which has no braille) do.
        """
        dumb = os.environ.get("TERM") == "dumb"
        terminal = sys.stdout.isatty() and not plain and not dumb
        return cls(
            stdin=sys.stdin,
            stdout=sys.stdout,
            stderr=sys.stderr,
            width=max(NARROWEST, shutil.get_terminal_size().columns),
            colour=terminal and not os.environ.get("NO_COLOR"),
            ascii=ascii or not _is_unicode(sys.stdout) or os.environ.get("TERM") in ("dumb", "linux"),
            live=terminal and sys.stdin.isatty() and sys.stderr.isatty(),  # textual draws on the latter
        )

    def print_lines(self, *pictures: Lines) -> None:
        """Print pictures of `tui.render` on stdout, one below the other."""
        from ..tui.render.blocks import Block, in_ascii, plain

        for picture in pictures:
            lines = in_ascii(picture) if self.ascii else picture
            if self.colour:
                self._rich().print(Block(lines), end="")
            else:
                self.stdout.write(plain(lines) + "\n" if lines else "")

    @property
    def render_options(self) -> RenderOptions:
        """How pictures on stdout may be drawn."""
        from ..tui.render.palette import RenderOptions

        sixteen = self.colour and self._rich().color_system in ("standard", "windows")
        return RenderOptions(colour=self.colour, ascii=self.ascii, sixteen=sixteen)

    def print_table(
        self, columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Collection[str] = ()
    ) -> None:
        """Print a table on stdout, cut to the width of a terminal; elsewhere nothing is cut. `right` names the columns
        of numbers."""
        from ..tui.render.tables import TableColumn, table

        width = self.width if self.stdout.isatty() else ENDLESS
        heads = [TableColumn(name, name in right) for name in columns]
        self.print_lines(table(heads, rows, width, self.render_options))

    def print_facts(self, pairs: Mapping[str, str]) -> None:
        """Print names and what is to say of them, long texts wrapped."""
        from ..tui.render.tables import facts

        self.print_lines(facts(pairs, self.width, self.render_options))

    def print_text(self, text: str) -> None:
        """Write text to stdout just as it is, without wrapping."""
        self.stdout.write(text)

    @property
    def data(self) -> BinaryIO:
        """Stdout for lines of UTF-8, byte for byte; a terminal is shown texts that do nothing to it."""
        return cast(BinaryIO, _Inert(self.stdout)) if self.stdout.isatty() else self.stdout.buffer

    def print_json(self, value: Any, *, indent: int | None = 2) -> None:
        """Write one JSON value to stdout, non-finite numbers as null; `indent=None` makes it a single line."""
        from ..engine.events import finite, inert_json

        text = json.dumps(finite(value), ensure_ascii=False, allow_nan=False, indent=indent)
        self.stdout.write(inert_json(text) + "\n")

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
            raise UsageError(f"{question} Nobody is at a terminal to answer: use --yes if you mean it.")
        self.stderr.write(_inert(question) + " [y/N] ")
        self.stderr.flush()
        return self.stdin.readline().strip().lower() in ("y", "yes")

    def _say(self, word: str, colour: str, text: str) -> None:
        coloured = self.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        head = f"\x1b[{colour};1m{word}:\x1b[0m" if coloured else f"{word}:"
        self.stderr.write(f"{head} {_inert(text)}\n")
        self.stderr.flush()

    def _rich(self) -> RichConsole:
        from rich.console import Console as RichConsole

        return RichConsole(file=self.stdout, width=self.width, force_terminal=True, legacy_windows=False)


class _Inert(io.RawIOBase):
    """Writes UTF-8 to a terminal, made harmless; every call must bring whole lines."""

    def __init__(self, terminal: TextIO) -> None:
        self._terminal = terminal

    def write(self, data: Any, /) -> int:
        """Show the lines."""
        self._terminal.write(_inert(bytes(data).decode("utf-8", errors="replace")))
        return memoryview(data).nbytes

    def flush(self) -> None:
        """Let the terminal have what was written."""
        self._terminal.flush()


def _inert(text: str) -> str:
    """Text that may come from data, made harmless for a terminal; its line ends stay."""
    from ..tui.render.text import inert

    return "\n".join(inert(line) for line in text.split("\n"))


def _is_unicode(stream: TextIO) -> bool:
    return (getattr(stream, "encoding", None) or "").lower().replace("-", "") in ("utf8", "utf16", "utf32", "cp65001")
