"""What the sweep page's panes show: a sweep as far as it is known in, lines out.

What draws curves needs numpy, which is imported only when there are some."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.style import Style

from ..render.blocks import Line, Lines, fit, words
from ..render.palette import CLASSES, FAINT, RenderOptions
from ..render.tables import TableColumn, around, table, wrapped
from ..render.text import inert, many, metric_name, number
from .state import BRIGHT, SweepState, Trial

PANES = ("trials", "curves", "parallel", "setting", "best", "importance")
TITLES = {"parallel": "settings", "setting": "scatter"}
FIRST_KEYS = ("open", "toggle_pause", "promote", "stop_trial", "next_pane", "quit", "app.help")
SIGNS = {"": ("●", "*"), "complete": ("✓", "+"), "pruned": ("✂", "-"), "stopped": ("■", "#")}
WRONG = ("✗", "x")
NOTE_LINES, MOST_NOTE_LINES = 2, 6  # of one note at the end, and of all
KEPT = ("★", "!")  # a promoted one that is trained
PLAIN_LINES = 12  # curves that are drawn where no colour tells which of them stand back


def title(sweep: SweepState, width: int, _height: int, options: RenderOptions) -> Lines:
    """What is tried, how far it is, how long it still takes, and the best value so far."""
    of = f" of {sweep.planned:,}" if sweep.planned else ""
    best, left = sweep.best_so_far, sweep.left()
    parts = [
        *(sweep.data, _state(sweep), f"{sweep.done:,}{of} trials"),
        f"best {metric_name(sweep.measure)} {number(best[-1])}" if best else "",
        f"about {about(left)} left" if left is not None else "",
    ]
    said = inert("  ".join(filter(None, parts)), ascii=options.ascii)
    return [fit(words((f"{inert(sweep.folder.name, ascii=options.ascii)}  ", options.bold), said), width)]


def about(seconds: float) -> str:
    """A time that is reckoned, no finer than it can be known: `10 s`, `4 min`, `1 h 30 min`."""
    if seconds < 60:
        return f"{max(5, round(seconds / 5) * 5)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def _state(sweep: SweepState) -> str:
    if not sweep.live:
        return "over" if sweep.ended and not sweep.ended.get("stopped") else "stopped"
    if sweep.paused:
        return "paused"
    return f"at work: the best with other seeds, {many(sweep.seeds, 'run')}" if sweep.seeds else "at work"


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
    place, joined = sweep.place, _joined(sweep, width, height, options)
    shown = around(place, len(ranked), max(1, height - 2 - len(joined)))
    rows = [[_sign(ranked[row], options), *_cells(ranked[row], names)] for row in shown]
    styles = {shown.index(place): Style(reverse=True)} if place in shown else {}
    return [*table(heads, rows, width, options, styles=styles), *joined]


def _joined(sweep: SweepState, width: int, height: int, options: RenderOptions) -> Lines:
    """Who has joined the sweep, in a few lines."""
    if not (sweep.members and sweep.live):
        return []
    told = ", ".join(f"{name} ({many(count, 'trainer')})" for name, count in sweep.members.items())
    return _few(f"joined by {told}", width, max(1, height // 4), options)


def _few(text: str, width: int, most: int, options: RenderOptions) -> Lines:
    """A text in at most so many lines; what is cut is marked."""
    lines = wrapped(inert(text, ascii=options.ascii), width)
    end = options.pick("…", "...")
    cut = [*lines[: most - 1], f"{lines[most - 1]} {end}"] if len(lines) > most else lines
    return [fit(words((line, options.grey)), width) for line in cut]


def _sign(trial: Trial, options: RenderOptions) -> str:
    return options.pick(*(KEPT if trial.promoted and trial.running else SIGNS.get(trial.outcome, WRONG)))


def _cells(trial: Trial, names: list[str]) -> list[str]:
    value = number(trial.value) if trial.value is not None else trial.outcome
    if trial.running and trial.values:
        value = number(trial.values[-1])
    epochs = f"{trial.epochs}/{trial.planned}" if trial.planned else str(trial.epochs)
    settings = [str(trial.point.get(name, "" if trial.point else "default")) for name in names]
    return [trial.run.rpartition("-")[2], value, epochs, *settings]


def colours(sweep: SweepState) -> dict[int, str]:
    """The colours of the trials that are told apart, the same in every pane: the one under the cursor, those that are
    trained and the best."""
    bright = sorted(trial.number for trial in sweep.in_sight[:BRIGHT])
    return {number: CLASSES[place % len(CLASSES)] for place, number in enumerate(bright)}


def curves(sweep: SweepState, width: int, height: int, options: RenderOptions) -> Lines:
    """The validation curves over each other: those that are told apart, and behind them, faint, all others."""
    drawn = [trial for trial in sweep.in_sight if trial.at]
    if not drawn:
        return [words(("no epoch is over yet", options.grey))]
    import numpy as np

    from ..render.charts import ChartView, Series, chart
    from ..render.curves import most_of
    from ..render.series import log_helps

    current, own = sweep.current, colours(sweep)
    series: list[Any] = []
    behind = [trial for trial in drawn if trial.number not in own]
    front = sorted((trial for trial in drawn if trial.number in own), key=lambda one: one.number)
    for trial in [*(behind if options.colour else behind[: PLAIN_LINES - len(front)]), *front]:
        mark = options.pick("▸", ">") if current and trial.number == current.number else ""
        ended = trial.outcome not in ("", "complete") or trial.number not in own
        label = trial.short if trial.number in own else ""
        colour = own.get(trial.number, FAINT)
        if trial.outcome == "pruned" and not mark:
            colour = FAINT
        at, values = np.array(trial.at), np.array(trial.values)
        series.append(Series(label, at, values, colour, dotted=ended, mark=mark, most=most_of(sweep.measure)))
    view = ChartView(log=sweep.measure == "loss" and log_helps(series))
    return chart(series, f"valid {metric_name(sweep.measure)}", width, height, options, view=view)


def parallel(sweep: SweepState, width: int, height: int, options: RenderOptions) -> Lines:
    """A line for each trial through all settings."""
    if not sweep.space:
        return [words(("no trial has begun yet", options.grey))]
    from ..render.trials import parallel as draw
    from ..render.trials import scale_of

    scales = [scale_of(name, written) for name, written in sweep.space.items()]
    name = metric_name(sweep.measure)
    return draw(_tried(sweep), scales, name, sweep.sign, width, height, options)


def setting(sweep: SweepState, width: int, height: int, options: RenderOptions) -> Lines:
    """What the trials reached over one of the settings."""
    if not sweep.across:
        return [words(("no trial has begun yet", options.grey))]
    from ..render.curves import most_of
    from ..render.trials import against, scale_of

    scale = scale_of(sweep.across, sweep.space[sweep.across])
    name = f"valid {metric_name(sweep.measure)}"
    return against(_tried(sweep), scale, name, width, height, options, most_of(sweep.measure))


def _tried(sweep: SweepState) -> list[Any]:
    """The trials as they are drawn; of one that is trained, what it has reached by now."""
    from ..render.trials import Tried

    own, current, drawn = colours(sweep), sweep.current, list[Tried]()
    for trial in sorted(sweep.trials.values(), key=lambda one: one is current):  # which is on top
        here = current is not None and trial.number == current.number
        value = trial.value if trial.outcome else next(iter(trial.values[-1:]), None)
        back = trial.outcome not in ("", "complete") and not here
        signs = ("◆", "@") if here else SIGNS.get(trial.outcome, WRONG) if back else ("●", "o")
        drawn.append(Tried(trial.point, value, "" if back else own.get(trial.number, ""), *signs, not back))
    return drawn


def importance(sweep: SweepState, width: int, height: int, options: RenderOptions) -> Lines:
    """How much of the difference between the trials each setting makes."""
    if not sweep.importance:
        said = "told once some trials are trained to their end" if sweep.live else "too few trials to tell"
        return [words((part, options.grey)) for part in wrapped(said, width)]
    from ..render.histogram import bars

    return bars(sweep.importance, width, options, shares=True, most=max(height - 1, 1))


def best(sweep: SweepState, width: int, height: int, options: RenderOptions) -> Lines:
    """The best value so far, over the trials that were trained to their end; and what came of it at the end."""
    told = _end(sweep, width, options)
    values = sweep.best_so_far
    if not values:
        return [words(("no trial is over yet", options.grey))]
    import numpy as np

    from ..render.charts import ChartView, Series, chart
    from ..render.series import log_helps

    at, after = np.arange(1, len(values) + 1).repeat(2)[1:], np.array(values).repeat(2)[:-1]  # as steps
    steps = Series("best so far", at, after, CLASSES[1])
    view = ChartView(log=sweep.measure == "loss" and log_helps([steps]), over="trial")
    name = f"best valid {metric_name(sweep.measure)} so far"
    return [*chart([steps], name, width, max(4, height - len(told)), options, view=view), *told]


def _end(sweep: SweepState, width: int, options: RenderOptions) -> Lines:
    """The winner, what made the difference, and what else there is to know, once it is."""
    body = sweep.ended or {}
    lines: list[Line] = []
    for place in body.get("places", [])[:1]:
        tested = "  ".join(f"{name} {number(value)}" for name, value in list(body.get("test", {}).items())[:3])
        lines.append(words((f"winner {place['run']}", options.bold), f"  on the test rows: {tested}"))
    if mix := body.get("ensemble"):
        tested = "  ".join(f"{name} {number(value)}" for name, value in list(mix["test"].items())[:3])
        lines.append(words((f"ensemble {mix['run']}", options.bold), f"  on the test rows: {tested}"))
    shares = "  ".join(f"{name} {share:.0%}" for name, share in body.get("importance", {}).items())
    lines += [words(f"what made the difference: {shares}")] if shares else []
    notes = (note for note in body.get("notes", []) if isinstance(note, str))
    told = [line for note in notes for line in _few(note[:1].upper() + note[1:] + ".", width, NOTE_LINES, options)]
    return [*(fit(line, width) for line in lines), *told[:MOST_NOTE_LINES]]


def summary(sweep: SweepState) -> str:
    """What to say of a sweep that is left."""
    return f"{sweep.folder.name}: {many(sweep.done, 'trial')} over."


DRAW: dict[str, Callable[[SweepState, int, int, RenderOptions], Lines]] = {
    "trials": trials,
    "curves": curves,
    "parallel": parallel,
    "setting": setting,
    "best": best,
    "importance": importance,
}
