"""The processes in which a sweep's trials are trained, one after another, so that what takes long is imported once."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ..engine.sweep.database import VARIABLE
from ..tui.child import ChildProcess, last_error, send_line


@dataclass
class TrainerProcess:
    """Trains with one thread in a process of its own, another one where that has died. It saves and ends with this one.

    `told` is the folder in which the process tells how each run has ended.
    """

    child: ChildProcess | None = None
    number: int = 0
    gone: bool = False
    told: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="nnlab-")))

    def train(self, words: Sequence[str]) -> None:
        """Begin a run with these words of `nnlab train`."""
        if self.child is None or self.child.poll() is not None:
            self._release()
            environment = {**os.environ, "OMP_NUM_THREADS": "1"}
            environment.pop(VARIABLE, None)  # a trial has no use for it
            self.child = ChildProcess("The trainer", ["-m", "nnlab.commands.workers.trainer"], env=environment)
        self.number += 1
        send_line(self.child, {"train": ["train", *words, "--quiet", "--untested"], "ended": str(self._file)})

    def ended(self) -> tuple[int, str] | None:
        """The exit code of the run and the error that it told; None as long as it goes on."""
        assert self.child is not None
        code = self.child.poll()  # before the file is looked for, which is there then if it is to be
        if self._file.exists():
            told, _, said = self._file.read_text(encoding="utf-8").partition("\n")
            return int(told), last_error(said.strip())
        return None if code is None else (code, "")

    def interrupt(self) -> None:
        """Let the run be saved and end."""
        if self.child is not None:
            with suppress(OSError):
                self.child.send_signal(signal.SIGTERM)

    def close(self) -> None:
        """No more runs: the present one is saved and ends."""
        self._release()
        shutil.rmtree(self.told, ignore_errors=True)

    def _release(self) -> None:
        if self.child is not None and self.child.stdin is not None:
            with suppress(OSError):
                self.child.stdin.close()  # which it takes for a signal: a second one would end it unsaved
            self.child.wait()
        self.child = None

    @property
    def _file(self) -> Path:
        return self.told / str(self.number)
