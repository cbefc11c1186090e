"""Starting a trainer as a process of its own, which outlives the screen if it must."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL
from typing import Protocol

from ...engine.errors import ExitCode, NnlabError
from ...engine.runs.folder import RunFolder
from ...engine.signals import SIGNALS
from ..child import ChildProcess

HANG_UPS = SIGNALS if os.name == "posix" else ()
"""What a process is told when its terminal is gone, or when it is to end; elsewhere asyncio cannot wait for it."""


@dataclass
class Launch:
    """A trainer on its way: it writes the folder of its run to `announced` once data and network fit."""

    child: ChildProcess
    announced: Path

    def folder(self) -> RunFolder | None:
        """The run's folder, once there is one. NnlabError with the trainer's own sentence and exit code if it failed
        before that."""
        text = self.announced.read_text(encoding="utf-8").strip() if self.announced.exists() else ""
        if text:
            return RunFolder(Path(text))
        if said := self.child.failure():
            error, code = NnlabError(said), self.child.returncode
            error.exit_code = ExitCode(code) if code in set(ExitCode) else ExitCode.FAILED
            raise error
        return None

    def tidy(self) -> None:
        """Remove what was announced, and its folder."""
        shutil.rmtree(self.announced.parent, ignore_errors=True)


def launch(arguments: Sequence[str]) -> Launch:
    """Start `nnlab train` with these arguments."""
    announced = _announced()
    child = ChildProcess("The trainer", ["-m", "nnlab", *_words(arguments, announced)], stdin=DEVNULL)
    return Launch(child, announced)


def _announced() -> Path:
    return Path(tempfile.mkdtemp(prefix="nnlab-")) / "run"


def _words(arguments: Sequence[str], announced: Path) -> list[str]:
    return ["train", *arguments, "--quiet", "--announce", str(announced)]


class Start(Protocol):
    """What starts trainers; see `Starter`."""

    def __call__(self, arguments: Sequence[str]) -> Launch:
        """Start one with these words of `nnlab train`."""
        ...

    def prepare(self) -> None:
        """Have one ready for the next start."""
        ...

    def close(self) -> None:
        """No more starts."""
        ...


@dataclass
class Starter:
    """Starts trainers as `launch` does, but keeps one waiting that has imported already what takes long.

    One that waits ends by itself when this process does.
    """

    waiting: Launch | None = None

    def prepare(self) -> None:
        """Have one waiting, from now on."""
        if self.waiting is None:
            self.waiting = Launch(ChildProcess("The trainer", ["-m", "nnlab.commands.workers.trainer"]), _announced())

    def __call__(self, arguments: Sequence[str]) -> Launch:
        """The one that waits begins; a new one if there is none, or it died of its waiting."""
        ready, self.waiting = self.waiting, None
        if ready is None or ready.child.stdin is None:
            return launch(arguments)
        try:
            with ready.child.stdin as words:
                words.write(json.dumps(_words(arguments, ready.announced)).encode() + b"\n")
        except BrokenPipeError:
            ready.tidy()
            return launch(arguments)
        return ready

    def close(self) -> None:
        """Nobody waits any more."""
        if self.waiting is not None:
            self.waiting.child.close()
            self.waiting.tidy()
            self.waiting = None
