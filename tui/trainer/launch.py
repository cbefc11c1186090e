"""Starting a trainer as a process of its own, which outlives the screen if it must."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL
from typing import Protocol

from ...engine.errors import ExitCode, NnlabError
from ...engine.runs.folder import RunFolder
from ...engine.signals import SIGNALS
from ..child import ChildProcess, last_error, send_line

HANG_UPS = SIGNALS if os.name == "posix" else ()
"""What a process is told when its terminal is gone, or when it is to end; elsewhere asyncio cannot wait for it."""


@dataclass
class Launch:
    """A run on its way in the process `child`: its folder is written to `announced` once data and network fit, and how
    it ended, beside that, where the process trains one run after another. `stays` says that it outlives its screen."""

    child: ChildProcess
    announced: Path
    stays: bool = False

    @property
    def ended(self) -> Path:
        """The file that is told how this run ended, where its process does not end with it."""
        return self.announced.with_name("ended")

    def folder(self) -> RunFolder | None:
        """The run's folder, once there is one. NnlabError with the trainer's own sentence and exit code if it failed
        before that."""
        text = self.announced.read_text(encoding="utf-8").strip() if self.announced.exists() else ""
        if text:
            return RunFolder(Path(text))
        if (code := self.code()) is not None:
            error = NnlabError(self._said() or f"The trainer ended with exit code {code}.")
            error.exit_code = ExitCode(code) if code in set(ExitCode) else ExitCode.FAILED
            raise error
        return None

    def code(self) -> int | None:
        """The exit code of this run; None until it is over."""
        return int(self._told()[0]) if self.ended.exists() else self.child.poll()

    def _said(self) -> str:
        """What the trainer said last, of what went wrong."""
        return last_error(self._told()[1]) if self.ended.exists() else self.child.failure() or ""

    def _told(self) -> tuple[str, str]:
        code, _, said = self.ended.read_text(encoding="utf-8").partition("\n")
        return code, said.strip()

    def stay(self, stays: bool) -> None:
        """Let this run go on when this process is gone, or not; one that has a process of its own does so anyway."""
        self.stays = stays
        send_line(self.child, {"stay": stays})

    def tidy(self) -> None:
        """Remove what was told of it, and the folder of that."""
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

    def another(self) -> Start:
        """What starts trainers that run beside those of this one."""
        ...


@dataclass
class Starter:
    """Starts runs one after another in one process, which has imported already what takes long: the next begins when
    the one before is over, so that is to be stopped. It ends with this process, unless its run is to stay."""

    child: ChildProcess | None = None
    newest: Launch | None = None

    def prepare(self) -> None:
        """Have a process at hand: another one where the present one has died, or its run is to stay."""
        if self.child is not None and (self.child.poll() is not None or (self.newest and self.newest.stays)):
            self.close()
        if self.child is None:
            self.child = ChildProcess("The trainer", ["-m", "nnlab.commands.workers.trainer"])

    def __call__(self, arguments: Sequence[str]) -> Launch:
        """The process at hand begins this run as soon as it can."""
        self.prepare()
        assert self.child is not None
        self.newest = Launch(self.child, _announced())
        words = _words(arguments, self.newest.announced)
        send_line(self.child, {"train": words, "ended": str(self.newest.ended)})
        return self.newest

    def another(self) -> Starter:
        """One with a process of its own."""
        return Starter()

    def close(self) -> None:
        """No more runs: the present one saves and stops, unless it is to stay."""
        if self.child is not None and self.child.stdin is not None:
            with suppress(BrokenPipeError):
                self.child.stdin.close()
        self.child = self.newest = None
