"""What the live screen's panes show: a run's state and the user's view of it in, lines out.

What draws needs numpy, which is imported only when there is something to draw: the screen itself shows before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any

from rich.cells import cell_len

from ...engine.models.naming import describe_model
from ..render.axes import map_frame
from ..render.blocks import Lines, words
from ..render.palette import RenderOptions
from ..render.progress import bar, machine_words, progress_words, share_of
from ..render.text import duration, inert, number
from ..trainer.state import RunState
from .view import SMOOTHINGS, ZOOMS, RunView

DRAWS = ("plotext", "..render.curves", "..render.summaries")
KINDS = ("map", "images", "scatter", "network", "matrix")

BAR = 16  # cells of the bar that shows how far a long epoch is

Draw = Callable[[RunState, RunView, int, int, RenderOptions], Lines]


def title(state: RunState, view: RunView, width: int, _height: int, options: RenderOptions) -> Lines:
    """Data, model, epoch, speed, time left, state."""
    mark = state.glyph(ascii=options.ascii)
    if width < 56:
        return [words((f"{mark} ", options.bold), f"{essentials(state)}; 60x16 shows more")]
    if state.started is None:
        return [words((f"{mark} ", options.bold), (inert(view.title, width - 30), options.bold), "  getting ready …")]
    within = state.within
    parts = [
        f"epoch {within.epoch if within else state.epoch}/{state.epochs}",
        *(progress_words(within) if within else ()),
        inert(f"{state.started.run}: {state.started.data}", 40, ascii=options.ascii),
        describe_model(state.started.section("model")),
        f"lr {state.lr:.3g}" if state.lr is not None else "",
        f"{duration(state.remaining)} left" if state.remaining else "",
        _pace(state.pace) if state.pace else "",
        *(machine_words(state.machine) if state.machine and state.state == "running" else ()),
    ]
    line, used = words((f"{mark} {state.state}", options.bold)), len(state.state) + 2
    if within and within.doing == "training":
        line, used = [*line, *words("  "), *bar(share_of(within), BAR, options)], used + 2 + BAR
    for part in parts:
        if part and used + 2 + cell_len(part) <= width:
            line, used = [*line, *words("  " + part)], used + 2 + cell_len(part)
    return [line]


def _pace(seconds: float) -> str:
    return f"{1 / seconds:.3g} epochs/s" if seconds < 1 else f"{duration(seconds)} an epoch"


def curves(state: RunState, view: RunView, width: int, height: int, options: RenderOptions) -> Lines:
    """The loss and the task's metric, one below the other where there is room."""
    if not state.history:
        return [words(("no epoch is over yet", options.grey))]
    from ..render import charts
    from ..render.curves import curve, metrics_of

    metrics = metrics_of(state.history)[: 2 if height >= 16 else 1]
    first = None
    if view.zoomed:
        first = max(1, state.epoch - max(2, int(state.epoch * ZOOMS[view.zoomed])))
    seen = charts.ChartView(smoothing=SMOOTHINGS[view.smoothing], first=first, cursor=view.cursor)
    each = height // len(metrics)
    drawn: list[Lines] = []
    for metric in metrics:
        chosen = charts.ChartView(seen.smoothing, view.log and metric == "loss", first, None, view.cursor)
        drawn.append(curve(state.history, metric, width, each, options, view=chosen, best=state.best_epoch))
    return [line for lines in drawn for line in lines]


def epochs(state: RunState, view: RunView, width: int, height: int, options: RenderOptions) -> Lines:
    """The epoch table, the newest at its end; scrolled back by the view."""
    if not state.history:
        return []
    from ..render.summaries import epoch_table

    end = len(state.history) - view.back
    rows = max(2, height - 2)
    return epoch_table(state.history[max(0, end - rows) : end], width, options, best=state.best_epoch, most=rows)[
        :height
    ]


def picture(state: RunState, view: RunView, width: int, height: int, options: RenderOptions) -> Lines:
    """What the network answers, as the picture that fits the task; `m` goes through them. Below it the slider, where
    that is not at the present."""
    pictures, kind = view.frame or state.pictures, shown_kind(state, view)
    if kind not in pictures:
        return [words((f"no picture of {kind} here" if kind else "no picture yet", options.grey))]
    if view.slider.at is None:
        return drawn(kind, pictures[kind].data, width, height, options, view.unit)
    from ..render.slider import slider

    bar = slider(view.slider.at, view.frames, width, options, playing=view.slider.playing)
    return [*drawn(kind, pictures[kind].data, width, height - len(bar), options, view.unit), *bar]


def drawn(kind: str, data: Mapping[str, Any], width: int, height: int, options: RenderOptions, unit: int = 0) -> Lines:
    """The data of a picture of this kind, drawn; a network's units from this one on."""
    if kind == "map":
        from ..render.maps import decision_map

        return decision_map(data, *map_frame(width, height), options)
    if kind == "scatter":
        from ..render.scatter import predicted_against_true

        return predicted_against_true(data, width, height, options)
    if kind == "images":
        from ..render.images import mistakes

        return mistakes(data, width, options, rows=max(1, height // 16))[:height]
    if kind == "network":
        from ..render.network import network

        return network(data, width, height, options, first=unit)
    from ..render.matrix import matrix

    return matrix(data, width, options)[:height]


def scroll_units(state: RunState, view: RunView, by: int, size: tuple[int, int]) -> None:
    """Show later units of the network (`by` 1), in a pane of this width and height, or earlier ones; beyond the last
    that has others behind it come the first again."""
    taken = (view.frame or state.pictures).get("network")
    if taken is None:
        return
    from ..render.network import last_first

    last = last_first(taken.data, *size)
    view.unit = (min(view.unit, last) + by) % (last + 1)


def kinds_of(state: RunState) -> list[str]:
    """The kinds of pictures that the run can show, the most telling one first. A network's units are drawn only for who
    looks at them, so that no picture tells of that one."""
    seen = {*state.pictures}
    if seen & {"map", "images"}:
        seen.add("network")
    return [kind for kind in KINDS if kind in seen]


def shown_kind(state: RunState, view: RunView) -> str:
    """The kind of picture in view, "" while there is none."""
    kinds = kinds_of(state)
    return kinds[view.picture % len(kinds)] if kinds else ""


def shown_axes(state: RunState, view: RunView) -> list[str] | None:
    """The two features of the map in view, None for the trainer's choice."""
    columns = columns_of(state)
    pairs = list(combinations(columns, 2))
    return list(pairs[(view.axes - 1) % len(pairs)]) if view.axes and pairs else None


def columns_of(state: RunState) -> list[str]:
    """The features that a map's axes can be, where there is a choice."""
    taken = state.pictures.get("map")
    columns = taken.data.get("columns", []) if taken else []
    return columns if len(columns) > 2 else []


def log(state: RunState, _view: RunView, width: int, height: int, options: RenderOptions) -> Lines:
    """The newest lines of the log."""
    return [words(inert(line, width, ascii=options.ascii)) for line in state.log[-height:]]


def essentials(state: RunState) -> str:
    """One line for a terminal that is too small for anything else."""
    if not state.history:
        return "getting ready"
    last = state.history[-1]
    return f"epoch {state.epoch}/{state.epochs} loss {number(last['loss_train'])}"
