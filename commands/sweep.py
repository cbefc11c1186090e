"""`nnlab sweep`: many trainings of one data set, to find the settings that suit it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..engine.errors import UsageError
from ..engine.options import DATA, NETWORK, OPTIONS, PREPARATION, TRAINING, Option
from ..engine.trackers.wishes import read_wishes
from .choices import data_sets, recipe_names, sweep_names
from .console import Console
from .flags import options, text_options, to_tree
from .help import Command, new_app
from .train import option

if TYPE_CHECKING:
    from ..engine.sweep.plan import Plan

app = new_app()

MOST_JOBS = 8

TIME = "time_column"
ROWS = tuple(replace(one, flag="time-column") if one.key == "time" else one for one in DATA)
"""The options of the data: `--time` is how long a sweep goes on, so that the column by which rows are divided in time
has another name here."""
KEYS = ("trials", "time", "measure", "halving", "ensemble")
"""What a file may say of the sweep itself, under `[sweep]`."""
OWN = ("recipe", "config", "name", "measure", "at_once")
"""What a sweep has from its beginning, beside the options of the table."""


@app.command(cls=Command)
@options(ROWS, after="data", panel="Data", as_text=True)
@text_options(after="data")
@options(PREPARATION, after="recipe", panel="Data", as_text=True)
@options(NETWORK, after="recipe", panel="Network", as_text=True)
@options(TRAINING, after="recipe", panel="Training", as_text=True)
def sweep(
    context: typer.Context,
    data: Annotated[
        str | None, typer.Argument(metavar="DATA", help="A data set's name, or a file.", autocompletion=data_sets)
    ] = None,
    recipe: Annotated[str | None, option("Start from a recipe.", panel="Sweep", autocompletion=recipe_names)] = None,
    config: Annotated[Path | None, option("Start from a TOML file, with ranges in it or not.", panel="Sweep")] = None,
    trials: Annotated[
        int | None, option("So many trials, the default settings first.", panel="Sweep", min=1, max=100_000)
    ] = None,
    time: Annotated[str | None, option("So long in all: 30s, 10m, 1h.", panel="Sweep")] = None,
    jobs: Annotated[
        int | None, option("Trials at once; as many as there are cores.", panel="Sweep", min=1, max=MOST_JOBS)
    ] = None,
    at_once: Annotated[
        int | None, option("Trials at once on all machines; 8.", panel="Sweep", min=MOST_JOBS, max=1_000)
    ] = None,
    measure: Annotated[str | None, option("Choose by validation loss, accuracy or mae.", panel="Sweep")] = None,
    no_halving: Annotated[bool, option("Train every trial to its end.", "--no-halving", panel="Sweep")] = False,
    ensemble: Annotated[
        bool, option("Keep the best mix of the trials as one network.", "--ensemble", panel="Sweep")
    ] = False,
    name: Annotated[str | None, option("The sweep's name.", panel="Sweep")] = None,
    storage: Annotated[
        str | None, option("Share the study in a database, by its URL; or by NNLAB_STORAGE.", panel="Sweep")
    ] = None,
    resume: Annotated[
        str | None, option("Go on with a sweep, or 'latest'.", panel="Sweep", autocompletion=sweep_names)
    ] = None,
    join: Annotated[
        str | None,
        option("Train trials of a sweep that is at work, or of 'latest'.", panel="Sweep", autocompletion=sweep_names),
    ] = None,
    log: Annotated[
        list[str] | None,
        option("Log each trial that is over to tensorboard=DIR, mlflow=URI, wandb or trackio.", panel="Sweep"),
    ] = None,
    notify: Annotated[
        list[str] | None,
        option("Say when it ends: an address (ntfy, Slack, any webhook), desktop or bell.", panel="Sweep"),
    ] = None,
    plain: Annotated[bool, option("Print a line a trial.", "--plain", panel="Sweep")] = False,
    json: Annotated[bool, option("Print one JSON object a line.", "--json", panel="Sweep")] = False,
    quiet: Annotated[bool, option("Print nothing but errors.", "--quiet", panel="Sweep")] = False,
    ascii: Annotated[bool, option("Use ASCII characters only.", "--ascii", panel="Sweep")] = False,
    dry_run: Annotated[
        bool, option("Print what would be tried, and how long it takes.", "--dry-run", panel="Sweep")
    ] = False,
) -> None:
    """Try many settings on a data set, and keep the best.

    A range, --lr 1e-4..1e-1, or choices, --hidden '32,16 | 64,64', stand
    where a value does; everything else is as in `nnlab train`.
    """
    console = Console.of_process(plain=plain, ascii=ascii)
    from ..engine.sweep.plan import seconds_of

    seconds = seconds_of(time) if time is not None else None
    params = {**context.params, "time": context.params.get(TIME)}
    said = _said(params)
    if join is not None:
        told = [
            word
            for word in ("resume", *OWN, "trials", "time", "json", "dry_run", "no_halving", "ensemble", "log", "notify")
            if params.get(word)
        ]
        told += [one.name for one in said]
        if told or data or seconds:
            word = told[0].replace("_", "-") if told else "time" if seconds else "data"
            raise UsageError(
                f"Who joins a sweep does as that does: leave out --{word}."
                if word != "data"
                else "Who joins a sweep has its data: leave them out."
            )
        from .sweep_work import join as join_sweep

        raise typer.Exit(join_sweep(join, storage, jobs or _cores(), console, quiet=quiet))
    from .sweep_work import Work, begin, go_on

    wishes = read_wishes(log or (), notify or ()) if log or notify else None
    at_work = Work(jobs or _cores(), console, json=json, quiet=quiet, wishes=wishes)
    if resume is not None:
        told = [word.replace("_", "-") for word in OWN if params.get(word)]
        told += [one.name for one in said] + (["no-halving"] if no_halving else [])
        if told or data:
            raise UsageError(f"A sweep that goes on has its {told[0] if told else 'data'} already: leave it out.")
        raise typer.Exit(go_on(resume, storage, trials, seconds, at_work, ensemble=ensemble))
    plan = _plan(data, said, params, recipe, config)
    plan = replace(
        plan,
        trials=trials or plan.trials,
        seconds=seconds or plan.seconds,
        halving=plan.halving and not no_halving,
        measure=_measure(measure) or plan.measure,
        at_once=at_once or plan.at_once,
        ensemble=ensemble or plan.ensemble,
    )
    plan.check()
    if dry_run:
        from .sweep_report import print_plan

        print_plan(plan, jobs or _cores(), console, json=json)
        return
    raise typer.Exit(begin(plan, name, storage, at_work))


def _said(params: Mapping[str, Any]) -> dict[Option, Any]:
    """The options of the table that were given, with what stands behind each."""
    given = {one: params.get(one.parameter) for one in OPTIONS}
    return {one: value for one, value in given.items() if value is not None and value != () and value != []}


def _plan(
    data: str | None, said: Mapping[Option, Any], params: Mapping[str, Any], recipe: str | None, config: Path | None
) -> Plan:
    """What flags and file want: what they fix, and the space."""
    from ..engine.config import merge, read_toml, validate
    from ..engine.sweep.plan import Plan, measure_for, seconds_of
    from ..engine.sweep.space import space_of, spoken, without

    file = read_toml(config) if config else {}
    own: dict[str, Any] = file.pop("sweep", {})
    unknown = next((key for key in own if key not in KEYS), None)
    if unknown is not None:
        raise UsageError(f"{config} has the unknown key 'sweep.{unknown}': there are {', '.join(KEYS)}.")
    written = [(one, text) for one, value in said.items() for text in _texts(value)]
    flagged = {(one.place, text.partition("=")[0] if one.kind == "arguments" else "") for one, text in written}
    written += [
        (one, text)
        for one, text in spoken(file)
        if (one.place, text.partition("=")[0] if one.kind == "arguments" else "") not in flagged
    ]
    space = space_of(written)
    fixed = _without_swept(params, space)
    flags = merge(to_tree(fixed), {"data": {"name": data}} if data else {})
    base = without(file, space_of(spoken(file)))
    validate(base, source=str(config))
    words = tuple(_words(data, fixed))
    if "file" in flags.get("model", {}):
        from ..engine.models.trust import trust

        trust(flags["model"]["file"])  # the user has typed its name
    seed = flags.get("training", {}).get("seed", 1)
    return Plan(
        space,
        flags,
        base,
        recipe,
        words + ((("--recipe", recipe),) if recipe else ()),
        _measure(own.get("measure")) or measure_for(space),
        own.get("trials"),
        seconds_of(own["time"]) if "time" in own else None,
        int(seed) if str(seed).isdigit() else 1,
        own.get("halving", True),
        ensemble=own.get("ensemble", False),
    )


def _texts(value: Any) -> list[str]:
    """What stands behind an option, each time that it is given; nothing behind a switch."""
    if isinstance(value, bool):
        return []
    return [value] if isinstance(value, str) else list(value)


def _without_swept(params: Mapping[str, Any], space: Any) -> dict[str, Any]:
    """The parameters without the options, and the arguments, that are dimensions."""
    fixed = dict(params)
    for one in space.dimensions:
        if one.argument:
            kept = [text for text in fixed.get("model_arg") or () if text.partition("=")[0].strip() != one.argument]
            fixed["model_arg"] = kept
        else:
            fixed[one.option.parameter] = None
    return fixed


def _words(data: str | None, fixed: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """The words of `nnlab train` that say what is fixed, an option with what stands behind it in each."""
    words: list[tuple[str, ...]] = [(data,)] if data else []
    for one, value in _said(fixed).items():
        if isinstance(value, bool):
            words += [(f"--{one.name}",)] if value else []
        else:
            words += [(f"--{one.name}", text) for text in _texts(value)]
    return words


def _measure(text: str | None) -> Any:
    """A measure by its name."""
    from ..engine.errors import unknown
    from ..engine.sweep.plan import MEASURES

    if text is not None and text not in MEASURES:
        raise unknown("measure", text, MEASURES)
    return text


def _cores() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(MOST_JOBS, cores))
