"""Starting a trainer as a process of its own, which outlives the screen if it must."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ...engine.errors import ExitCode, NnlabError
from ...engine.runs.folder import RunFolder
from ...engine.signals import SIGNALS

HANG_UPS = SIGNALS if os.name == "posix" else ()
"""What a process is told when its terminal is gone, or when it is to end; elsewhere asyncio cannot wait for it."""


@dataclass
class Launch:
    """A trainer on its way: it writes the folder of its run to `announced` once data and network fit, and what goes
    wrong before that to `log`."""

    child: subprocess.Popen[bytes]
    announced: Path
    log: Path

    def folder(self) -> RunFolder | None:
        """The run's folder, once there is one. NnlabError with the trainer's own sentence if it failed before that."""
        text = self.announced.read_text(encoding="utf-8").strip() if self.announced.exists() else ""
        if text:
            return RunFolder(Path(text))
        if self.child.poll() is not None:
            raise LaunchError(self.log.read_text(encoding="utf-8", errors="replace").strip(), self.child.returncode)
        return None

    def tidy(self) -> None:
        """Remove the two files and their folder; a trainer that goes on keeps its log open."""
        shutil.rmtree(self.log.parent, ignore_errors=True)


class LaunchError(NnlabError):
    """The trainer ended before its run began; carries its exit code."""

    def __init__(self, said: str, code: int) -> None:
        super().__init__(said.removeprefix("Error: ") or f"The trainer ended with exit code {code}.")
        self.exit_code = ExitCode(code) if code in set(ExitCode) else ExitCode.FAILED


def launch(arguments: Sequence[str]) -> Launch:
    """Start `nnlab train` with these arguments, in a session of its own, so that neither Ctrl-C nor a closed terminal
    reaches it unless it is sent on."""
    place = Path(tempfile.mkdtemp(prefix="nnlab-"))
    child = _start(["nnlab", *_arguments(arguments, place)], place, subprocess.DEVNULL)
    return Launch(child, place / "run", place / "log")


def _arguments(arguments: Sequence[str], place: Path) -> list[str]:
    return ["train", *arguments, "--quiet", "--announce", str(place / "run")]


def _start(module: Sequence[str], place: Path, stdin: int) -> subprocess.Popen[bytes]:
    with (place / "log").open("wb") as errors:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", *module],
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )


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
            place = Path(tempfile.mkdtemp(prefix="nnlab-"))
            child = _start(["nnlab.commands.workers.trainer"], place, subprocess.PIPE)
            self.waiting = Launch(child, place / "run", place / "log")

    def __call__(self, arguments: Sequence[str]) -> Launch:
        """The one that waits begins; a new one if there is none, or it died of its waiting."""
        ready, self.waiting = self.waiting, None
        if ready is None or ready.child.stdin is None:
            return launch(arguments)
        try:
            with ready.child.stdin as words:
                words.write(json.dumps(_arguments(arguments, ready.log.parent)).encode() + b"\n")
        except BrokenPipeError:
            ready.tidy()
            return launch(arguments)
        return ready

    def close(self) -> None:
        """Nobody waits any more."""
        if self.waiting is not None:
            self.waiting.child.kill()
            self.waiting.child.wait()
            self.waiting.tidy()
            self.waiting = None
