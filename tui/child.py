"""Processes that a screen starts: how each begins and ends, and what it said last. No textual here."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from subprocess import DEVNULL, PIPE, Popen
from tempfile import TemporaryFile
from typing import IO


class ChildProcess(Popen[bytes]):
    """Python with these arguments, called `name` where something is said of it; its standard error is kept for that.

    It has a session of its own, so that neither Ctrl-C nor a terminal that closes reaches it. Where its standard input
    is a pipe it is to end with that, so that it outlives nobody.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        stdin: int = PIPE,
        stdout: int | IO[bytes] = DEVNULL,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.name, self._said = name, TemporaryFile()  # noqa: SIM115  (closed with this object)
        command = [sys.executable, "-P", *arguments]
        super().__init__(command, stdin=stdin, stdout=stdout, stderr=self._said, env=env, start_new_session=True)

    def failure(self) -> str | None:
        """Why it ended: its last error, or its exit code and last line; None as long as it lives."""
        if self.poll() is None:
            return None
        self._said.seek(0)
        said = self._said.read().decode("utf-8", errors="replace").strip()
        last = said.rpartition("\n")[2].rstrip(".")
        ended = f"{self.name} ended with exit code {self.returncode}"
        return last_error(said) or (f"{ended}: {last}." if last else f"{ended}.")

    def close(self) -> None:
        """End it at once, wherever it is."""
        with suppress(BrokenPipeError), self:  # which closes its pipes, and waits for it
            self.kill()


def last_error(said: str) -> str:
    """The last error in what a process has said, as its sentence; empty where there is none."""
    return f"\n{said}".rpartition("\nError: ")[2] if "\nError: " in f"\n{said}" else ""


def send_line(child: Popen[bytes], body: Mapping[str, object]) -> None:
    """Tell a process something as a line of JSON on its standard input; one that has died is told nothing."""
    if child.stdin is not None and not child.stdin.closed:
        with suppress(BrokenPipeError):
            child.stdin.write(json.dumps(body).encode() + b"\n")
            child.stdin.flush()
