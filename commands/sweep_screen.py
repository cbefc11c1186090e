"""`nnlab sweep` on a terminal: the sweep is a process of its own, which its page shows until it is over or left."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from subprocess import DEVNULL
from typing import TYPE_CHECKING

from ..engine.errors import ExitCode, NnlabError
from ..engine.sweep.database import VARIABLE
from .console import Console
from .train_live import run_app

if TYPE_CHECKING:
    from ..engine.sweep.folder import SweepFolder
    from ..tui.child import ChildProcess

STOPPED = (ExitCode.HUNG_UP, ExitCode.INTERRUPTED, ExitCode.TERMINATED)


def sweep_on_screen(folder: SweepFolder, jobs: int, console: Console, storage: str | None = None) -> ExitCode:
    """Have a sweep, whose plan is in its folder and whose study may be in the database at `storage`, worked on and show
    it; returns the exit code. Raises NnlabError with the sweep's own sentence where it failed."""
    from ..tui.child import ChildProcess
    from ..tui.sweep.screen import SweepScreen

    words = ["-m", "nnlab", "sweep", "--resume", folder.name, "--jobs", str(jobs), "--quiet"]
    told = {VARIABLE: storage} if storage else {}  # which no other user of the machine can read there
    child = ChildProcess("The sweep", words, stdin=DEVNULL, env={**os.environ, **told})
    screen = SweepScreen(folder, over=lambda: child.poll() is not None)
    try:
        run_app({"sweep": lambda: screen}, console)
    finally:
        if not screen.detached:
            _stop(child)
    if screen.detached:
        console.message(f"The sweep goes on; `nnlab watch {folder.name}` shows it again.")
        return ExitCode.DONE
    if child.returncode in STOPPED or child.returncode == -signal.SIGTERM:
        console.message(f"Saved; to go on: nnlab sweep --resume {folder.name}")
        return ExitCode.INTERRUPTED
    if child.returncode:
        error = NnlabError(child.failure() or "The sweep failed.")
        error.exit_code = ExitCode(child.returncode) if child.returncode in set(ExitCode) else ExitCode.FAILED
        raise error
    _report(folder, console)
    return ExitCode.DONE


def _stop(child: ChildProcess) -> None:
    """Let the sweep save its trials and end, if it has not."""
    if child.poll() is None:
        with suppress(OSError):
            child.send_signal(signal.SIGTERM)
        child.wait()


def _report(folder: SweepFolder, console: Console) -> None:
    """Leave what came of it in the scrollback."""
    from ..engine.sweep.events import SweepEnded, ended_of
    from ..engine.sweep.folder import last_event
    from .sweep_report import print_end

    body = last_event(folder, SweepEnded.event)
    if body is not None:
        print_end(ended_of(body), console)
