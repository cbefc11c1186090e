"""`nnlab runs`: what was trained, how it went, how two trainings differ, and away with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..engine.errors import UsageError, number_of
from ..engine.events import IMPORTED, RunStarted
from ..engine.runs.claim import is_name
from ..engine.runs.compare import differing, flat, shown
from ..engine.runs.folder import SWEEP, RunFolder, holds_sweep, runs_root
from ..engine.runs.log import events_of, history_of
from ..engine.runs.lookup import find_run
from ..engine.runs.progress import main_metric
from ..engine.runs.summary import RunSummary, list_runs, summarize
from ..engine.sweep.folder import SweepFolder
from .choices import run_names
from .console import Console
from .help import Command, new_app
from .predict import opened

app = new_app("List, show, compare, export and remove runs.")

Run = Annotated[
    str, typer.Argument(metavar="RUN", help="A run's name, its folder, or 'latest'.", autocompletion=run_names)
]
Runs = Annotated[
    list[str], typer.Argument(metavar="RUN...", help="Runs by name, folder or 'latest'.", autocompletion=run_names)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list", cls=Command)
def list_(json: Json = False) -> None:
    """List all runs, the newest last."""
    console = Console.of_process()
    runs = list_runs()
    if json:
        console.print_json([_entry(run) for run in runs])
    elif not runs:
        console.message("There is no run yet: `nnlab train xor` makes one.")
    else:
        _print_runs(console, runs)
    for run in runs:
        if run.error:
            console.warn(_unreadable(run))


@app.command(cls=Command)
def show(run: Run = "latest", json: Json = False) -> None:
    """Show a run: its config, epochs, curves, pictures and results."""
    console = Console.of_process()
    folder = find_run(run)
    if json:
        summary = summarize(folder)
        config = summary.started.config if summary.started else {}
        history = [] if summary.error else history_of(events_of(folder))
        console.print_json({**_entry(summary), "config": config, "history": history})
        return
    from ..tui.render.report import report

    console.print_lines(report(events_of(folder), console.width, console.render_options).lines)


@app.command(cls=Command)
def compare(
    runs: Runs,
    evaluate: Annotated[bool, typer.Option("--eval", help="Judge each on its test rows as well.")] = False,
    json: Json = False,
) -> None:
    """Show where the configs of some runs differ, and what each reached."""
    from ..tui.render.text import metric_name, number
    from .runs_compare import judged, print_judged

    console = Console.of_process()
    summaries = [summarize(find_run(run)) for run in runs]
    trouble = [_unreadable(run) for run in summaries if run.error]
    if trouble and not json:
        raise UsageError(trouble[0])
    configs = [flat(run.started.config) if run.started else {} for run in summaries]
    keys = differing(configs)
    told = judged([run.folder for run in summaries], console) if evaluate else None
    if json:
        differences = {key: [config.get(key) for config in configs] for key in keys}
        entries = [_entry(run) for run in summaries]
        console.print_json({"runs": entries, "differences": differences, **(told.to_json() if told else {})})
        return
    columns = ["", *(run.folder.name for run in summaries)]
    rows = [[key, *(shown(config.get(key)) for config in configs)] for key in keys]
    metrics = dict.fromkeys(name for run in summaries for name in run.metrics)
    rows += [["epochs", *(str(run.epochs) for run in summaries)], ["state", *(run.status for run in summaries)]]
    rows += [[metric_name(name), *(number(run.metrics.get(name)) for run in summaries)] for name in metrics]
    console.print_table(columns, rows)
    if told is not None:
        console.print_lines([[]])
        print_judged(told, console)


@app.command(cls=Command)
def export(
    run: Run = "latest",
    csv: Annotated[bool, typer.Option("--csv", help="The epochs as CSV.")] = False,
    json: Annotated[bool, typer.Option("--json", help="All that is known of the run as JSON.")] = False,
    tensorboard: Annotated[
        Path | None, typer.Option(metavar="DIR", help="An event file in DIR/RUN, which TensorBoard reads.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write CSV or JSON to this file; stdout by default.")
    ] = None,
) -> None:
    """Export a run for other programs: its epochs as CSV, all of it as JSON, or as TensorBoard reads it."""
    from .runs_export import as_csv, as_json, to_tensorboard

    console = Console.of_process()
    if csv + json + (tensorboard is not None) != 1:
        raise UsageError("What is it exported as? Say one of --csv, --json and --tensorboard DIR.")
    folder = find_run(run)
    if tensorboard is not None:
        if output is not None:
            raise UsageError(f"--tensorboard names the folder: leave out -o {output}.")
        console.message(f"Wrote {to_tensorboard(folder, tensorboard)}.")
        return
    data = as_csv(folder) if csv else as_json(folder, _entry(summarize(folder)))
    with opened(output, console) as out:
        out.write(data)


@app.command("import", cls=Command)
def import_(
    log: Annotated[Path, typer.Argument(metavar="LOG", help="A CSV file, an event file, or a folder of these.")],
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="The run's name; that of the log by default.")
    ] = None,
    json: Json = False,
) -> None:
    """Make a run of what another program logged, a table of epochs or TensorBoard's event files, to compare it."""
    from ..engine.runs.imported import Imported, import_log, logs_in, read_log

    console = Console.of_process()
    logs = logs_in(log)
    if name is not None and len(logs) > 1:
        raise UsageError(f"{log} holds {len(logs)} logs, for which --name {name} is one name: name one of them.")
    found, refused = list[Imported](), list[UsageError]()
    for one in logs:
        try:
            found.append(read_log(one))
        except UsageError as error:
            refused.append(error)
    if not found:
        raise refused[0]
    for error in refused:
        console.warn(str(error).removesuffix("."))
    folders = [import_log(one, name) for one in found]
    if json:
        console.print_json([_entry(summarize(folder)) for folder in folders])
        return
    for one, folder in zip(found, folders, strict=True):
        of = "" if one.counted == "epoch" else f" Its {one.counted}s stand in for epochs."
        out = f" Left out: {', '.join(one.left_out[:10])}{', ...' if len(one.left_out) > 10 else ''}."
        said = f"{folder.name} has {number_of(len(one.records), one.counted)}."
        console.message(said + of + (out if one.left_out else ""))


@app.command(cls=Command)
def rm(runs: Runs, yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove without asking.")] = False) -> None:
    """Remove runs: their checkpoints, logs and folders; of a sweep, all of its trials as well."""
    from ..engine.sweep.removal import remove

    console = Console.of_process()
    doomed = list(dict.fromkeys(_sweep_or_run(run) for run in runs))
    named = ", ".join(_with_trials(one) for one in doomed)
    if not (yes or console.ask(f"Remove {named}?")):
        console.message("Nothing was removed.")
        return
    for one in doomed:
        kept = remove(one)
        places = ", ".join(dict.fromkeys(str(path.parent) for path in kept))
        console.message(
            f"Removed {one.name}." if not kept else f"Removed {one.name}; other files are left in {places}."
        )


def _sweep_or_run(text: str) -> RunFolder:
    """The folder of the sweep of this name, or of the run. UsageError with the nearest name of a run where there is
    neither."""
    return RunFolder(runs_root() / text) if is_name(text) and holds_sweep(text) else find_run(text)


def _with_trials(folder: RunFolder) -> str:
    """What goes with this folder, in words."""
    if not (folder.path / SWEEP).is_file():
        return folder.name
    from ..engine.sweep.removal import trials_of

    return f"the sweep {folder.name} with {number_of(len(trials_of(SweepFolder(folder.path))), 'run')}"


def _unreadable(run: RunSummary) -> str:
    return f"The run {run.folder.name!r} is unreadable: {run.error}."


def _entry(run: RunSummary) -> dict[str, Any]:
    """A run as JSON: what it is, how far it came, what it reached."""
    started = run.started
    return {
        "run": run.folder.name,
        "dir": str(run.folder.path),
        "status": run.status,
        "trouble": run.error or None,
        "line": run.line,
        "data": started.data if started else None,
        "task": started.task if started else None,
        "model": started.section("model").get("family") if started else None,
        "parameters": started.parameters if started else None,
        "epochs": run.epochs,
        "planned": _planned(started) if started else None,
        "best_epoch": run.best_epoch,
        "metrics": run.metrics,
        "modified": run.modified,
    }


def _planned(started: RunStarted) -> int | None:
    """How many epochs a run is to have; None of an ensemble, whose networks were trained by themselves."""
    return None if "parts" in started.section("model") else started.section("training").get("epochs")


def _epochs(run: RunSummary) -> str:
    """How many epochs a run has had, of how many."""
    if run.started is not None and "parts" in run.started.section("model"):
        return str(run.epochs)
    if run.started is not None and run.started.task == IMPORTED:
        return str(run.epochs)
    return f"{run.epochs}/{(run.started and _planned(run.started)) or '?'}"


def _print_runs(console: Console, runs: list[RunSummary]) -> None:
    from ..engine.models.naming import describe_model
    from ..tui.render.states import glyph
    from ..tui.render.text import day, reached

    rows: list[list[str]] = []
    for run in runs:
        started = run.started
        rows.append(
            [
                run.folder.name,
                f"{glyph(run.status, ascii=console.ascii)} {run.status}" if console.stdout.isatty() else run.status,
                started.data if started else "",
                describe_model(started.section("model")) if started and started.config else "",
                _epochs(run),
                f"line {run.line:,} is odd" if run.line else reached(main_metric(run.metrics)),
                day(run.modified),
            ]
        )
    console.print_table(["run", "state", "data", "model", "epochs", "reached", "when"], rows, right=["epochs"])
