"""What the runs page's panes show: the runs and the user's view of them in, lines out.

What draws curves needs numpy, which is imported only when there are some."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ...engine.runs import compare
from ...engine.runs.reader import Run
from ...engine.sweep.listing import SweepRun
from ..render.blocks import Line, Lines, blank, fit, stack, words
from ..render.palette import BAD, ORANGE, RenderOptions
from ..render.states import SIGNS
from ..render.tables import TableColumn, facts, table, wrapped
from ..render.text import count, inert, many, metric_name, number
from .columns import Column
from .table import SMOOTHINGS, RunList

NO_CURSOR = blank(2)
LONGEST = 40  # cells of one text of the list
PANES = ("runs", "curves", "details", "evaluation")
PARTS_SPELT = {"prepare": "preparation", "model": "network"}
SPELT = {
    **{"lr": "learning rate", "l1": "L1 penalty", "weight_decay": "L2 penalty"},
    **{"early_stop": "early stopping", "na": "missing values"},
}
FIRST_KEYS = ("open", "mark", "evaluate", "filter", "sort", "next_pane", "app.quit", "app.help")


def title(runs: RunList, width: int, _height: int, options: RenderOptions) -> Lines:
    """How many runs there are and which of them are shown, or what is wrong with the filter."""
    if runs.error:
        return [words((inert(runs.error, width, ascii=options.ascii), options.ink(BAD)))]
    if not runs.known:
        return [words((options.pick("reading the runs …", "reading the runs ..."), options.grey))]
    live = sum(run.live for run in runs.runs)
    count = f"{len(runs.shown)} of {len(runs.runs)} runs" if runs.text.strip() else many(len(runs.runs), "run")
    parts = [f"{live} live"] if live else []
    if runs.trials and not runs.unfolded and not runs.text.strip():
        parts.append(f"{many(len(runs.trials), 'trial')} folded away: t shows them")
    parts += [f"{len(runs.marked)} marked"] if runs.marked else []
    parts += [f"filter {inert(runs.text.strip(), ascii=options.ascii)}"] if runs.text.strip() else []
    return [fit(words((f"{count}  ", options.bold), "  ".join(parts)), width)]


def too_small(runs: RunList, width: int, _height: int, options: RenderOptions) -> Lines:
    """One line for a terminal that is too small for anything else."""
    current = runs.current
    said = f"{current.name}: {current.state}" if current else many(len(runs.runs), "run")
    return [fit(words(inert(f"{said}; 60x16 shows more", width, ascii=options.ascii)), width)]


def nothing(runs: RunList, width: int, options: RenderOptions) -> Lines:
    """What to do where no run is listed."""
    said = [""]
    if runs.runs:
        said = ["No run fits the filter: / changes it, escape shows all."]
    elif runs.known:
        said = ["No run yet.", "", "Press 1 for the lab and space there to train a network,", "or type in a shell:", ""]
        said.append("    nnlab train xor")
    return [[*blank(1), *words((inert(part, max(width - 1, 0), ascii=options.ascii), options.grey))] for part in said]


def head(column: Column, options: RenderOptions, *, falls: bool | None) -> str:
    """A column's name, with the sign of its order if it is sorted by."""
    sign = "" if falls is None else options.pick(" ▾", " v") if falls else options.pick(" ▴", " ^")
    return inert(column.name, LONGEST, ascii=options.ascii) + sign


def cells(run: Run, columns: Sequence[Column], options: RenderOptions) -> list[tuple[Line, bool]]:
    """What the columns say of a run, and whether that is a number."""
    drawn: list[tuple[Line, bool]] = []
    for column in columns:
        line = words(inert(column.text(run), LONGEST, ascii=options.ascii))
        if column.name == "state":
            fancy, simple, colour = SIGNS[run.state]
            line = [*words((options.pick(fancy, simple), options.ink(colour)), " "), *line]
        drawn.append((line, column.numeric))
    return drawn


def cursor(options: RenderOptions) -> Line:
    """The sign of the run under the cursor."""
    return words((options.pick("▸ ", "> "), options.ink(ORANGE, bold=True)))


def letter(runs: RunList, path: Path, options: RenderOptions) -> Line:
    """The letter of a marked run, in the colour of its curves."""
    return words((runs.letter(path), options.ink(runs.colours().get(path), bold=True)))


def curves(runs: RunList, width: int, height: int, options: RenderOptions) -> Lines:
    """The validation curves of the marked runs and of the one under the cursor, over each other."""
    chosen = runs.metrics()
    if not chosen:
        said = "no epoch is over yet" if runs.current else ""
        said = "enter shows the trials of the sweep" if isinstance(runs.current, SweepRun) else said
        return [words((said, options.grey))]
    from ..render.charts import ChartView, chart

    chosen = chosen[: 2 if height >= 26 else 1]
    drawn: list[Lines] = []
    for metric in chosen:
        view = ChartView(SMOOTHINGS[runs.smoothing], runs.log and metric == "loss", cursor=runs.cursor)
        series, split = _series(runs, metric, options)
        drawn.append(chart(series, f"{split} {metric_name(metric)}", width, height // len(chosen), options, view=view))
    return [line for lines in drawn for line in lines]


def _series(runs: RunList, metric: str, options: RenderOptions) -> tuple[list[Any], str]:
    """A curve for each run that has the metric: on the validation split, on train where no run validates."""
    import numpy as np

    from ..render.charts import Series
    from ..render.curves import most_of

    known = {path: runs.curves[path] for path in runs.looked_at if path in runs.curves}
    split = "valid" if any(f"{metric}_valid" in columns for columns in known.values()) else "train"
    colours, found = runs.colours(), list[Series]()
    for path, columns in known.items():
        if f"{metric}_{split}" in columns:
            mark = runs.letter(path) or options.pick("▸", ">")
            epochs, values = np.array(columns["epoch"]), np.array(columns[f"{metric}_{split}"])
            found.append(Series(path.name, epochs, values, colours[path], mark=mark, most=most_of(metric)))
    return found, split


def details(runs: RunList, width: int, height: int, options: RenderOptions) -> Lines:
    """The part in view of all that is known of the run under the cursor, or of the differences between several."""
    return in_view(_all_details(runs, width, options), runs.top, height, options)


def in_view(lines: Lines, top: int, height: int, options: RenderOptions) -> Lines:
    """The lines from one on, as many as there is room for, and below them how many more there are."""
    if len(lines) <= height:
        return lines
    below = len(lines) - top - height + 1
    more = f"{below} more below" if below > 0 else "the end"
    return [*lines[top : top + height - 1], words((f"{options.pick('↕', '|')} {more}", options.grey))]


def scrolled(runs: RunList, by: int, width: int, height: int, options: RenderOptions) -> int:
    """The first line of the details after scrolling, which ends with the last line."""
    return max(0, min(runs.top + by, len(_all_details(runs, width, options)) - height + 1))


def _all_details(runs: RunList, width: int, options: RenderOptions) -> Lines:
    return compared(runs, width, options) if runs.compares else described(runs, width, options)


def described(runs: RunList, width: int, options: RenderOptions) -> Lines:
    """All that is known of the run under the cursor, as many lines as it takes."""
    run = runs.current
    if run is None:
        return []
    if isinstance(run, SweepRun):
        tried = [words(("tried", options.bold)), *facts(dict(run.space), width, options)] if run.space else []
        return stack([_of_sweep(run, width, options), tried])
    lines: list[Lines] = [_about(run, width, options)]
    if run.metrics:
        named = {metric_name(name): number(value) for name, value in run.metrics.items()}
        lines.append([words(("reached", options.bold)), *facts(named, width, options)])
    for part, values in run.config.items():
        if isinstance(values, dict):
            told = {_spelt(key): _said(key, value) for key, value in values.items() if value not in (None, "", [], {})}
            head = inert(PARTS_SPELT.get(part, part), ascii=options.ascii)
            lines.append([words((head, options.bold)), *facts(told, width, options)])
    return stack(lines)


def _of_sweep(run: SweepRun, width: int, options: RenderOptions) -> Lines:
    """What is known of a sweep."""
    said = {
        "sweep": run.name,
        "state": run.state,
        "data": run.data,
        "trials": f"{count(run.epochs)} of {count(run.planned)}" if run.planned is not None else count(run.epochs),
        "best": f"{metric_name(run.told[0])} {number(run.told[1])}" if run.told else "",
        "folder": str(run.folder.path),
    }
    return facts(said, width, options)


def _spelt(key: str) -> str:
    """A key of the config as words."""
    return SPELT.get(key, key.replace("_", " "))


def _named(key: str) -> str:
    """A key in one level of the config as words, with its part where there is another of that name."""
    part, _, name = key.rpartition(".")
    part = PARTS_SPELT.get(part, part)
    return f"{part} {_spelt(name)}" if part and compare.setting_name(key) == key else _spelt(name)


def _said(key: str, value: Any) -> str:
    """A value of the config as words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return count(value) if isinstance(value, int) and "seed" not in key else compare.shown(value)


def _about(run: Run, width: int, options: RenderOptions) -> Lines:
    started, ended = run.started, run.ended
    said = {
        "run": run.name,
        "state": ": ".join(filter(None, (run.state, run.error or (ended.message if ended else "")))),
        "data": f"{run.data} ({started.task})" if started else "",
        "model": f"{run.model}, {count(started.parameters)} parameters, on {started.place}"
        if started and not run.imported
        else "",
        "epochs": f"{count(run.epochs)} of {count(run.planned)}" if run.planned is not None else count(run.epochs),
        "best epoch": count(run.best_epoch) if run.best_epoch else "",
        "checkpoint": run.checkpoint.name if run.checkpoint else "none" if run.imported else "none yet",
        "folder": str(run.folder.path),
    }
    return facts(said, width, options)


def compared(runs: RunList, width: int, options: RenderOptions) -> Lines:
    """Where the configs of the marked runs and the one under the cursor differ, and what each reached."""
    chosen = runs.compared
    if len(chosen) < 2:
        said = "Mark runs with space: this shows where their configs differ."
        return [words((part, options.grey)) for part in wrapped(said, width)]
    configs = [compare.flat(run.config) for run in chosen]
    names = [f"{runs.letter(run.folder.path) or options.pick('▸', '>')} {run.name}" for run in chosen]
    keys = compare.differing(configs)
    rows = [[_named(key), *(_said(key, config.get(key)) for config in configs)] for key in keys]
    rows.append(["epochs", *(count(run.epochs) for run in chosen)])
    reached = dict.fromkeys(name for run in chosen for name in run.metrics)
    rows += [[metric_name(name), *(number(run.metrics.get(name)) for run in chosen)] for name in reached]
    columns = [TableColumn(""), *(TableColumn(name, spare=place) for place, name in enumerate(names))]
    return table(columns, rows, width, options)


DRAW: dict[str, Callable[[RunList, int, int, RenderOptions], Lines]] = {"curves": curves, "details": details}
