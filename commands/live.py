"""The live screen from the shell: a training that is started on it, or a run that is watched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..engine.errors import ExitCode, NnlabError
from ..engine.events import RunFinished
from ..engine.runs import RunFolder, read_events
from .console import Console

if TYPE_CHECKING:
    from ..tui.follow import Follower

    Connect = Callable[[], Follower | None]

ENDS = {"interrupt": ExitCode.INTERRUPTED, "terminated": ExitCode.TERMINATED}


def train_on_screen(words: Sequence[str], title: str, console: Console, *, stay: bool) -> int:
    """Start `nnlab train` with these words as a process of its own and show it until it is over or left.

    Returns the exit code. What the trainer says before its run begins is raised as its NnlabError.
    """
    from ..tui.follow import Follower
    from ..tui.launch import launch

    started = launch(words)

    def connect() -> Follower | None:
        folder = started.folder()
        return Follower(folder, started.child) if folder else None

    try:
        follower, detached = _show(connect, console, title=title, stay=stay)
        if follower is None:
            if not detached:
                started.child.terminate()
            console.message("The training goes on in the background." if detached else "Stopped before it began.")
            return ExitCode.DONE if detached else ExitCode.INTERRUPTED
        if detached:
            console.message(f"The training goes on; `nnlab watch {follower.folder.name}` shows it again.")
            return ExitCode.DONE
        return _leave(follower.folder, console)
    finally:
        started.tidy()


def watch(folder: RunFolder, console: Console, *, stay: bool) -> int:
    """Show a run that somebody else trains, or the end of one that is over; returns the exit code."""
    from ..tui.follow import Follower

    follower, detached = _show(lambda: Follower(folder), console, title=folder.name, stay=stay)
    if follower is not None and not detached:
        _leave(folder, console)
    return ExitCode.DONE


def _show(connect: Connect, console: Console, *, title: str, stay: bool) -> tuple[Follower | None, bool]:
    """Run the screen; returns what it followed in the end, and whether the user left a training that goes on."""
    from ..tui.app import NnlabApp
    from ..tui.screens.live import LiveScreen

    screen = LiveScreen(connect, console.look, title=title, stay=stay)
    app = NnlabApp(screen, console.look)
    app.run()
    if screen.hung_up:
        raise SystemExit(128 + screen.hung_up)
    if screen.failure is not None:
        raise screen.failure
    return screen.follower, screen.view.detached


def _leave(folder: RunFolder, console: Console) -> int:
    """Leave the report in the scrollback; the exit code is that of how the run ended."""
    from ..tui.render.report import report

    try:
        events = read_events(folder)
    except OSError as error:
        raise NnlabError(f"The run {folder.name!r} cannot be read: {error.strerror}.") from None
    console.print_lines(report(events, console.width, console.look).lines)
    ended = events[-1] if events and isinstance(events[-1], RunFinished) else None
    if ended is None:
        console.warn(
            f"The run {folder.name!r} has not ended as it should; `nnlab train --resume {folder.name}` goes on."
        )
        return ExitCode.FAILED
    if ended.message:
        console.error(ended.message)
    return ENDS.get(ended.stopped_by, ExitCode.FAILED if ended.message else ExitCode.DONE)
