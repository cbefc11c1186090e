"""What the live screen's panes show: a run's state and the user's view of it in, lines out.

What draws needs numpy, which is imported only when there is something to draw: the screen itself shows before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..actions import EVERYWHERE, LIVE
from ..render.blocks import Lines, fit, words
from ..render.keys import key_line
from ..render.lines import describe_model
from ..render.palette import Look
from ..render.text import duration, inert, number
from ..state import RunState

SMOOTHINGS = (0.0, 0.6, 0.9)
ZOOMS = (1.0, 0.5, 0.1)
FIRST_KEYS = ("toggle_pause", "one_epoch", "next_pane", "detach", "quit", "app.help")


@dataclass
class View:
    """How the user looks at the run: all that keys change here and not in the training.

    `set_rate` is the learning rate last set here and after how many epochs that was; `back` is how many epochs the
    table is scrolled back from the newest.
    """

    title: str = ""
    log: bool = False
    smoothing: int = 0
    zoomed: int = 0
    cursor: int | None = None
    back: int = 0
    picture: int = 0
    set_rate: tuple[float, int] | None = None

    def smooth(self) -> None:
        """The next degree of smoothing."""
        self.smoothing = (self.smoothing + 1) % len(SMOOTHINGS)

    def zoom(self) -> None:
        """The next degree of zoom."""
        self.zoomed = (self.zoomed + 1) % len(ZOOMS)

    def move_cursor(self, step: int, epochs: int) -> None:
        """Move the cursor among the epochs; beyond the newest it goes away."""
        place = (self.cursor or epochs + 1) + step
        self.cursor = max(1, place) if place <= epochs else None

    def rate(self, state: RunState) -> float | None:
        """The learning rate as it is to be: the one set here until an epoch has told of it, or of another's."""
        if self.set_rate is not None and len(state.history) <= self.set_rate[1] + 1:
            return self.set_rate[0]
        return state.lr

    @property
    def curves(self) -> tuple[object, ...]:
        """What the curves depend on."""
        return self.log, self.smoothing, self.zoomed, self.cursor


Draw = Callable[[RunState, View, int, int, Look], Lines]


def title(state: RunState, view: View, width: int, _height: int, look: Look) -> Lines:
    """Data, model, epoch, speed, time left, state."""
    mark = state.glyph(ascii=look.ascii)
    if width < 56:
        return [words((f"{mark} ", look.bold), f"{essentials(state)}; 60x16 shows more")]
    if state.started is None:
        return [words((f"{mark} ", look.bold), (inert(view.title, width - 30), look.bold), "  getting ready …")]
    parts = [
        f"{mark} {state.state}",
        inert(f"{state.started.run}: {state.started.data}", 40, ascii=look.ascii),
        describe_model(state.started.config["model"]),
        f"epoch {len(state.history)}/{state.epochs}",
    ]
    if state.lr is not None:
        parts.append(f"lr {state.lr:.3g}")
    if state.remaining:
        parts.append(f"{duration(state.remaining)} left")
    if state.pace:
        parts.append(f"{1 / state.pace:.3g} epochs/s" if state.pace < 1 else f"{duration(state.pace)} an epoch")
    line = words((parts[0] + "  ", look.bold), "  ".join(parts[1:]))
    return [fit(line, width)]


def curves(state: RunState, view: View, width: int, height: int, look: Look) -> Lines:
    """The loss and the task's metric, one below the other where there is room."""
    if not state.history:
        return [words(("no epoch is over yet", look.grey))]
    from ..render import charts
    from ..render.curves import curve, metrics_of

    metrics = metrics_of(state.history)[: 2 if height >= 16 else 1]
    first = None
    if view.zoomed:
        first = max(1, len(state.history) - max(2, int(len(state.history) * ZOOMS[view.zoomed])))
    seen = charts.View(smoothing=SMOOTHINGS[view.smoothing], first=first, cursor=view.cursor)
    each = height // len(metrics)
    drawn: list[Lines] = []
    for metric in metrics:
        chosen = charts.View(seen.smoothing, view.log and metric == "loss", first, None, view.cursor)
        drawn.append(curve(state.history, metric, width, each, look, view=chosen, best=state.best))
    return [line for lines in drawn for line in lines]


def epochs(state: RunState, view: View, width: int, height: int, look: Look) -> Lines:
    """The epoch table, the newest at its end; scrolled back by the view."""
    if not state.history:
        return []
    from ..render.summaries import epoch_table

    end = len(state.history) - view.back
    rows = max(2, height - 2)
    return epoch_table(state.history[max(0, end - rows) : end], width, look, best=state.best, most=rows)[:height]


def picture(state: RunState, view: View, width: int, height: int, look: Look) -> Lines:
    """What the network answers, as the picture that fits the task; `m` goes through them."""
    if not state.pictures:
        return [words(("no picture yet", look.grey))]
    from ..render.images import mistakes
    from ..render.maps import decision_map
    from ..render.matrix import matrix
    from ..render.scatter import predicted_against_true

    kinds = sorted(state.pictures, key=("map", "images", "scatter", "matrix", "network").index)
    kind = kinds[view.picture % len(kinds)]
    data: dict[str, Any] = state.pictures[kind].data
    if kind == "map":
        columns, rows = map_frame(width, height)
        return decision_map(data, columns, rows, look)
    if kind == "scatter":
        return predicted_against_true(data, width, height, look)
    if kind == "images":
        return mistakes(data, width, look, rows=max(1, height // 16))[:height]
    return matrix(data, width, look)[:height]


def map_frame(width: int, height: int) -> tuple[int, int]:
    """Width and height in characters of a map that looks square in a pane of this size."""
    rows = min(height, width // 2 + 3)
    return min(width, rows * 2 + 6), rows


def map_size(width: int, height: int) -> tuple[int, int]:
    """How many cells a map for this pane should have: two in each character's height."""
    columns, rows = map_frame(width, height)
    return max(8, min(120, columns - 6)), max(8, min(120, 2 * (rows - 3)))


def log(state: RunState, _view: View, width: int, height: int, look: Look) -> Lines:
    """The newest lines of the log."""
    return [words(inert(line, width, ascii=look.ascii)) for line in state.log[-height:]]


def keys(state: RunState, _view: View, width: int, _height: int, look: Look) -> Lines:
    """The most useful keys, as many as fit in one line; the first ones always do. Steering only while there is some."""
    shown = [action for action in (*LIVE, *EVERYWHERE) if action.when != "training" or not state.over]
    return key_line(shown, width, look, FIRST_KEYS)


def essentials(state: RunState) -> str:
    """One line for a terminal that is too small for anything else."""
    if not state.history:
        return "getting ready"
    last = state.history[-1]
    return f"epoch {len(state.history)}/{state.epochs} loss {number(last['loss_train'])}"
