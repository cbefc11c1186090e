"""The pane of the runs page that shows a run's evaluation, which a process makes for it."""

from __future__ import annotations

from functools import partial
from time import monotonic
from typing import Any

from textual import events
from textual.worker import Worker, WorkerState

from ...engine.errors import NnlabError
from ...engine.runs.reader import Run
from ..render.blocks import Lines
from ..widgets.pane import Pane
from ..widgets.parts import options_of, warm_up
from . import evaluation_draw
from .evaluations import Evaluations
from .evaluator import Evaluates, Evaluator
from .table import RunList

DRAWS = ("..render.evaluation",)
WHEEL = 3  # lines that one notch of the mouse's wheel moves

Came = tuple[Evaluator, dict[str, Any] | NnlabError]


class EvaluationPane(Pane):
    """Shows what is known of the run under the cursor of `runs`. One run at a time is evaluated, in a process that
    `evaluates` starts; whoever moves the cursor meanwhile finds the result with its run."""

    def __init__(self, runs: RunList, evaluates: Evaluates) -> None:
        self.evaluations = Evaluations()
        self._runs, self._evaluates = runs, evaluates
        self._coming: Evaluator | None = None
        self._since = 0.0
        super().__init__("evaluation", self._told, self._seen, self._waited, interval=1.0, id="evaluation")

    def _seen(self) -> tuple[int, int]:
        return self._runs.revision, self.evaluations.revision

    def _waited(self) -> int:
        """For how many seconds the run under the cursor has been waited for."""
        run = self._runs.current
        awaited = run is not None and self.evaluations.is_awaited(run)
        return int(monotonic() - self._since) if awaited else 0

    def _told(self, width: int, height: int) -> Lines:
        run, options = self._runs.current, options_of(self)
        return evaluation_draw.evaluation(run, self.evaluations, self._waited(), width, height, options)

    def evaluate(self, run: Run) -> None:
        """Evaluate the run's network; what is being evaluated is left for it. A run without one is passed over."""
        if run.checkpoint is None:
            return
        self._forget()
        self.evaluations.begin(run)
        self._since = monotonic()
        self._coming = coming = self._evaluates(run.checkpoint)
        self.run_worker(partial(_await, coming), thread=True, exit_on_error=False)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Take what has come, unless nobody waits for it any more."""
        if event.state == WorkerState.SUCCESS and event.worker.result is not None:
            came: Came = event.worker.result
            if came[0] is self._coming:
                self._forget()
                self.evaluations.take(came[1])
                self.tick()

    def on_unmount(self) -> None:
        """Nothing is evaluated for a page that is gone."""
        self._forget()

    def _forget(self) -> None:
        coming, self._coming = self._coming, None
        if coming is not None:
            coming.close()

    def scroll_lines(self, by: int) -> None:
        """Show what is so many lines further down."""
        self._go(lambda top, _: top + by)

    def part(self, by: int) -> None:
        """Begin with the next part, or the one before."""
        if by > 0:
            self._go(lambda top, begins: next((one for one in begins if one > top), top))
        else:
            self._go(lambda top, begins: next((one for one in reversed(begins) if one < top), top))

    def _go(self, place: evaluation_draw.Place) -> None:
        run = self._runs.current
        if run is not None:
            top = evaluation_draw.moved(run, self.evaluations, place, *self.content_size, options_of(self))
            self.evaluations.scroll(run, top)
            self.tick()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Down."""
        event.stop()
        self.scroll_lines(WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Up."""
        event.stop()
        self.scroll_lines(-WHEEL)


def _await(coming: Evaluator) -> Came:
    """In a thread: what was found; meanwhile what is needed to draw it is imported."""
    warm_up(DRAWS)
    return coming, coming.result()
