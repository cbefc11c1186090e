"""What the runs page does with the run under the cursor, or those that are marked: watch, go on, ask, remove."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual import on
from textual.widgets import Input

from ...engine.errors import NnlabError
from ...engine.runs.lookup import name_of
from ...engine.runs.reader import Run
from ...engine.sweep.folder import SweepFolder
from ...engine.sweep.listing import SweepRun
from ...engine.sweep.removal import remove
from ..live.screen import LiveScreen
from ..page import Page
from ..render.text import many
from ..sweep.screen import SweepScreen
from ..trainer.launch import launch
from ..trainer.monitor import RunMonitor
from ..trainer.tail import RunTail
from ..widgets.asked import AskedValue
from ..widgets.question import Question
from .table import RunList, command


class RunActing(Page):
    """The part of the runs page that acts on runs of its `list`."""

    def __init__(self) -> None:
        super().__init__()
        self.list = RunList()
        self._resumed: Run | None = None  # while it is asked for how long it is to go on

    def read(self) -> None:
        """Read the runs anew."""
        raise NotImplementedError

    def _asked(self, id: str) -> AskedValue:
        return next(one for one in self.query(AskedValue) if one.query(f"#{id}"))

    def action_open(self) -> None:
        """Watch the run under the cursor, or a sweep."""
        if isinstance(run := self.list.current, SweepRun):
            self.app.push_screen(SweepScreen(SweepFolder(run.folder.path), leave=self.app.pop_screen))
        elif run is not None:
            self._watch(RunMonitor(lambda: RunTail(run.folder)), run.name)

    def _watch(self, monitor: RunMonitor, name: str) -> None:
        def leave() -> None:
            self.app.pop_screen()
            if screen.failure is not None:
                self.say(str(screen.failure), wrong=True)
            elif monitor.detached or (monitor.state.state == "paused" and monitor.launch is None):
                self.say(monitor.left)
            elif screen.owned and not monitor.state.over:
                self.say(f"The training of {name} goes on; it stops when nnlab is left.")

        screen = LiveScreen(monitor, title=name, stay=True, leave=leave)
        self.app.push_screen(screen)

    def action_resume(self) -> None:
        """Go on with the run, and watch it; where it has trained all its epochs, up to which one is asked for."""
        if run := self.list.current:
            self._resumed = run
            if run.planned is not None and run.epochs >= run.planned:
                done = f"{run.name} has trained its {many(run.epochs, 'epoch')}"
                self._asked("epochs").ask(f"{done}; train on up to epoch:", str(2 * run.epochs))
            else:
                self._resume(run, [])

    @on(Input.Submitted, "#epochs")
    def resume_up_to(self, event: Input.Submitted) -> None:
        """Train on up to the epoch that was typed."""
        run, epoch = self._resumed, int(event.value or 0)
        if run is not None and epoch > run.epochs:
            self._resume(run, ["--epochs", str(epoch)])
        elif run is not None:
            self.say(f"{run.name} is at epoch {run.epochs:,}: type a larger number to train on.", wrong=True)

    def _resume(self, run: Run, more: Sequence[str]) -> None:
        self.shell.owned.append(monitor := RunMonitor.of(launch(["--resume", name_of(run.folder), *more])))
        self._watch(monitor, run.name)

    def action_predict(self) -> None:
        """Ask the run's network on the page for that."""
        if run := self.list.current:
            page: Any = self.shell.go("predict")
            page.choose(run.folder)

    def action_remove(self) -> None:
        """Remove the marked runs, or the one under the cursor, if that is meant."""
        runs = self.list.picked
        if live := next((run for run in runs if run.live), None):
            self.say(f"The run {live.name!r} is being trained: stop it first.", wrong=True)
        elif runs:
            what = f"run {runs[0].name}, its" if len(runs) == 1 else f"{many(len(runs), 'marked run')}, their"
            trials = "trials, " if any(isinstance(run, SweepRun) for run in runs) else ""
            question = f"Remove the {what} {trials}checkpoints and {'its log' if len(runs) == 1 else 'their logs'}?"
            self.app.push_screen(Question(question), lambda yes: self._remove(runs) if yes else None)

    def _remove(self, runs: Sequence[Run]) -> None:
        gone, left = list[Run](), list[str]()
        for run in runs:
            try:
                left += [str(run.folder.path)] if remove(run.folder) else []
                gone.append(run)
            except NnlabError as error:
                self.say(str(error), wrong=True)
        if gone:
            what = gone[0].name if len(gone) == 1 else many(len(gone), "run")
            self.say(f"Removed {what}" + (f"; other files are left in {', '.join(left)}." if left else "."))
        self.read()

    def action_copy(self) -> None:
        """Copy the command that trains the run once more."""
        if run := self.list.current:
            self.copy(command(run))
