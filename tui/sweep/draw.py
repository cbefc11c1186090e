"""What the sweep page's panes show: a sweep as far as it is known in, lines out.

What draws curves needs numpy, which is imported only when there are some."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.style import Style

from ..render.blocks import Line, Lines, fit, words
from ..render.palette import CLASSES, RenderOptions
from ..render.tables import TableColumn, around, table
from ..render.text import inert, many, metric_name, number
from .state import SweepState, Trial

PANES = ("trials", "curves", "best")
FIRST_KEYS = ("open", "next_pane", "detach", "app.quit", "app.help")
SIGNS = {"": ("●", "*"), "complete": ("✓", "+"), "pruned": ("✂", "-")}
WRONG = ("✗", "x")


def title(sweep: SweepState, width: int, _height: int, options: RenderOptions) -> Lines:
    """What is tried, how far it is, and the best value so far."""
    done = sum(1 for trial in sweep.trials.values() if trial.outcome)
    of = f" of {sweep.planned:,}" if sweep.planned else ""
    state = "at work" if sweep.live else "over" if sweep.ended and not sweep.ended.get("stopped") else "stopped"
    best = sweep.best_so_far
    if sweep.live and sweep.seeds:
        state = f"at work: the best with other seeds, {many(sweep.seeds, 'run')}"
    parts = [sweep.data, state, f"{done:,}{of} trials", *([f"best {number(best[-1])}"] if best else [])]
    said = inert("  ".join(filter(None, parts)), ascii=options.ascii)
    return [fit(words((f"{inert(sweep.folder.name, ascii=options.ascii)}  ", options.bold), said), width)]


def too_small(sweep: SweepState, width: int, height: int, options: RenderOptions) -> Lines:
    """One line for a terminal that is too small for anything else."""
    return title(sweep, width, height, options)


def trials(sweep: SweepState, width: int, height: int, options: RenderOptions) -> Lines:
    """The leaderboard, with the trial under the cursor in sight."""
    ranked = sweep.ranked
    if not ranked:
        return [words(("no trial has begun yet", options.grey))]
    names = list(sweep.space)
    heads = [TableColumn(""), TableColumn("trial", whole=True), TableColumn(sweep.measure, numeric=True)]
    heads += [TableColumn("epochs", numeric=True, spare=2), *(TableColumn(name, spare=1) for name in names)]
    place = min(sweep.cursor, len(ranked) - 1)
    shown = around(place, len(ranked), max(1, height - 2))
    rows = [[_sign(ranked[row], options), *_cells(ranked[row], names)] for row in shown]
    styles = {shown.index(place): Style(reverse=True)} if place in shown else {}
    return table(heads, rows, width, options, styles=styles)


def _sign(trial: Trial, options: RenderOptions) -> str:
    return options.pick(*SIGNS.get(trial.outcome, WRONG))


def _cells(trial: Trial, names: list[str]) -> list[str]:
    value = number(trial.value) if trial.value is not None else "" if not trial.outcome else trial.outcome
    epochs = f"{trial.epochs}/{trial.planned}" if trial.planned else str(trial.epochs)
    settings = [str(trial.point.get(name, "" if trial.point else "default")) for name in names]
    return [trial.run.rpartition("-")[2], value, epochs, *settings]


def curves(sweep: SweepState, width: int, height: int, options: RenderOptions) -> Lines:
    """The validation curves of the best trials, of those that are trained, and of the one under the cursor."""
    drawn = [trial for trial in sweep.in_sight if trial.at]
    if not drawn:
        return [words(("no epoch is over yet", options.grey))]
    import numpy as np

    from ..render.charts import ChartView, Series, chart
    from ..render.curves import most_of
    from ..render.series import log_helps

    current = sweep.current
    series: list[Any] = []
    for place, trial in enumerate(sorted(drawn, key=lambda one: one.number)):
        mark = options.pick("▸", ">") if current and trial.number == current.number else ""
        ended = trial.outcome not in ("", "complete")
        label, colour = trial.run.rpartition("-")[2], CLASSES[place % len(CLASSES)]
        at, values = np.array(trial.at), np.array(trial.values)
        series.append(Series(label, at, values, colour, dotted=ended, mark=mark, most=most_of(sweep.measure)))
    view = ChartView(log=sweep.measure == "loss" and log_helps(series))
    return chart(series, f"valid {metric_name(sweep.measure)}", width, height, options, view=view)


def best(sweep: SweepState, width: int, height: int, options: RenderOptions) -> Lines:
    """The best value so far, over the trials that were trained to their end; and what came of it at the end."""
    told = _end(sweep, width, options)
    values = sweep.best_so_far
    if not values:
        return [words(("no trial is over yet", options.grey))]
    import numpy as np

    from ..render.charts import ChartView, Series, chart

    at, after = np.arange(1, len(values) + 1).repeat(2)[1:], np.array(values).repeat(2)[:-1]  # as steps
    steps = Series("best so far", at, after, CLASSES[1])
    name = f"best valid {metric_name(sweep.measure)} so far"
    return [*chart([steps], name, width, max(4, height - len(told)), options, view=ChartView(over="trial")), *told]


def _end(sweep: SweepState, width: int, options: RenderOptions) -> Lines:
    """The winner and what made the difference, once that is known."""
    body = sweep.ended or {}
    lines: list[Line] = []
    for place in body.get("places", [])[:1]:
        tested = "  ".join(f"{name} {number(value)}" for name, value in list(body.get("test", {}).items())[:3])
        lines.append(words((f"winner {place['run']}", options.bold), f"  on the test rows: {tested}"))
    shares = "  ".join(f"{name} {share:.0%}" for name, share in body.get("importance", {}).items())
    lines += [words(f"what made the difference: {shares}")] if shares else []
    return [fit(line, width) for line in lines]


def summary(sweep: SweepState) -> str:
    """What to say of a sweep that is left."""
    done = sum(1 for trial in sweep.trials.values() if trial.outcome)
    return f"{sweep.folder.name}: {many(done, 'trial')} over."


DRAW: dict[str, Callable[[SweepState, int, int, RenderOptions], Lines]] = {
    "trials": trials,
    "curves": curves,
    "best": best,
}
