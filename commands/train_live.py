"""The live screen from the shell: a training that is started on it, or a run that is watched."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from ..engine.errors import ExitCode, UsageError
from ..engine.events import Event, RunFinished
from ..engine.runs.folder import RunFolder
from ..engine.runs.log import events_of
from ..engine.signals import end, handling
from .console import Console

if TYPE_CHECKING:
    from ..tui.app import Pages
    from ..tui.render.blocks import Lines
    from ..tui.trainer.monitor import RunMonitor

ENDS = {"interrupt": ExitCode.INTERRUPTED, "terminated": ExitCode.TERMINATED}


def train_on_screen(arguments: Sequence[str], title: str, console: Console, *, stay: bool) -> int:
    """Start `nnlab train` with these words as a process of its own and show it until it is over or left.

    Returns the exit code. What the trainer says before its run begins is raised as its NnlabError. A signal that comes
    while there is no application to see to it ends both.
    """
    from ..tui.trainer.launch import launch
    from ..tui.trainer.monitor import RunMonitor

    noted: list[int] = []
    with handling(noted.append):  # while the trainer is being started, nobody else knows of it
        monitor = RunMonitor.of(launch(arguments))

        def leave(number: int) -> None:
            try:
                monitor.close()
            finally:
                end(number)

        with handling(leave):
            if noted:
                leave(noted[0])
            return _watch_to_the_end(monitor, console, title=title, stay=stay)


def _watch_to_the_end(monitor: RunMonitor, console: Console, *, title: str, stay: bool) -> int:
    """Show the run of a trainer that was started here until it is over or left; returns the exit code."""
    try:
        _show(monitor, console, title=title, stay=stay)
        if monitor.tail is None:
            console.message(monitor.left if monitor.detached else "Stopped before it began.")
            return ExitCode.DONE if monitor.detached else ExitCode.INTERRUPTED
        if monitor.detached:
            console.message(monitor.left)
            return ExitCode.DONE
        return _leave(monitor, monitor.tail.folder, console)
    finally:
        monitor.close()


def watch(folder: RunFolder, console: Console, *, stay: bool) -> int:
    """Show a run that somebody else trains, or the end of one that is over; returns the exit code."""
    from ..tui.trainer.monitor import RunMonitor
    from ..tui.trainer.tail import RunTail

    monitor = RunMonitor(lambda: RunTail(folder))
    _show(monitor, console, title=folder.name, stay=stay)
    if monitor.state.over:
        _leave(monitor, folder, console)
    else:
        console.message(monitor.left)
    return ExitCode.DONE


def _show(monitor: RunMonitor, console: Console, *, title: str, stay: bool) -> None:
    """Run the screen until it is left. Raises what the trainer said if it failed before its run began."""
    from ..tui.live.screen import LiveScreen

    monitor.tick()  # what is wrong with the words may be known by now: no screen needs to show for it
    screen = LiveScreen(monitor, title=title, stay=stay)
    run_app({"live": lambda: screen}, console, owned=[monitor])
    if screen.failure is not None:
        raise screen.failure


def run_app(pages: Pages, console: Console, *, owned: Sequence[RunMonitor] = ()) -> None:
    """Run the application with these pages, and close the runs that it owns; SystemExit with the signal's code if one
    ended it. The theme is the one chosen last, or fits the terminal's background.

    While it starts, a signal is only noted: an exception out of nowhere would break what textual's threads share. What
    the terminal answers is waited for while the application is imported: it may be far away.
    """
    from concurrent.futures import ThreadPoolExecutor

    from ..tui.background import fitting_theme
    from ..tui.themes import is_first_session, remembered

    options = console.render_options
    with ThreadPoolExecutor(1) as beside:
        asked = beside.submit(lambda: (remembered() or fitting_theme()) if options.colour else "")
        from ..tui.app import NnlabApp

        theme = asked.result()
    welcome = "lab" in pages and is_first_session()
    app = NnlabApp(pages, options, first_theme=theme, owned=owned, welcome=welcome)
    with handling(lambda number: setattr(app, "hung_up", number)):
        try:
            app.run()
        finally:
            for monitor in app.owned:
                monitor.close()
    if app.hung_up:
        raise SystemExit(128 + app.hung_up)


def _leave(monitor: RunMonitor, folder: RunFolder, console: Console) -> int:
    """Leave the report in the scrollback; the exit code is that of how the run ended."""
    last = print_report(folder, console) or monitor.state.finished
    ended = last if isinstance(last, RunFinished) else None
    if ended is None:
        console.warn(
            f"The run {folder.name!r} has not ended as it should; `nnlab train --resume {folder.name}` goes on."
        )
        return ExitCode.FAILED
    if ended.message:
        console.error(ended.message)
    return ENDS.get(ended.stopped_by, ExitCode.FAILED if ended.message else ExitCode.DONE)


def print_report(folder: RunFolder, console: Console) -> Event | None:
    """Print what is worth keeping of a run, for a small table which columns matter too, and return its last event;
    where its log cannot be read, warn of that."""
    from ..tui.render.report import report

    seen: deque[Event] = deque(maxlen=1)
    try:
        events = (seen.append(event) or event for event in events_of(folder))
        columns = _columns_that_matter(folder, console)
        console.print_lines(report(events, console.width, console.render_options, columns=columns).lines)
    except UsageError as error:
        console.warn(str(error))
        return None
    return seen[-1] if seen else None


def _columns_that_matter(folder: RunFolder, console: Console) -> Lines:
    """Which columns matter to the network of a run that has ended as it should, where that is quickly told and the user
    has named the data."""
    from ..engine import checkpoint as checkpoints
    from ..engine.evaluation.explained import importance_unasked
    from ..engine.runs.lookup import check_may_read, find_checkpoint
    from ..engine.runs.summary import summarize
    from ..tui.render.importance import importance_lines

    with suppress(UsageError):  # the rest of the report says what there is to say
        run = summarize(folder)
        started, ended = run.started, run.finished
        if started is None or ended is None or ended.stopped_by not in ("epochs", "early_stop"):
            return []
        network = checkpoints.load(find_checkpoint(str(folder.path)))
        check_may_read(folder.path, network.config.data.name, "nnlab eval")
        if found := importance_unasked(network, sum(started.rows.values())):
            measure = "loss" if network.schema.classes else "RMSE"
            return importance_lines([one.to_json() for one in found], measure, console.width, console.render_options)
    return []
