"""Starting a trainer as a process of its own, which outlives the screen if it must."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..engine.errors import ExitCode, NnlabError
from ..engine.runs import RunFolder

HANG_UPS = tuple(
    getattr(signal, name) for name in ("SIGHUP", "SIGTERM") if hasattr(signal, name) and os.name == "posix"
)
"""What a process is told when its terminal is gone, or when it is to end."""


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
    announced, log = place / "run", place / "log"
    command = [sys.executable, "-P", "-m", "nnlab", "train", *arguments, "--quiet", "--announce", str(announced)]
    with log.open("wb") as errors:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )
    return Launch(child, announced, log)
