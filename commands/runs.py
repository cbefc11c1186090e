"""`nnlab runs`: what was trained, how it went, how two trainings differ, and away with it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..engine.run_lookup import find_run
from ..engine.runs import RunSummary, history_of, list_runs, read_events, summarize
from ..tui.differences import differing, flat, shown
from .choices import run_names
from .console import Console
from .help import Command, new_app

app = new_app("List, show, compare and remove runs.")

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


@app.command(cls=Command)
def show(run: Run = "latest", json: Json = False) -> None:
    """Show a run: its config, epochs, curves, pictures and results."""
    console = Console.of_process()
    folder = find_run(run)
    events = read_events(folder)
    if json:
        started = summarize(folder).started
        config = started.config if started else {}
        console.print_json({**_entry(summarize(folder)), "config": config, "history": history_of(events)})
        return
    from ..tui.render.report import report

    console.print_lines(report(events, console.width, console.look).lines)


@app.command(cls=Command)
def compare(runs: Runs, json: Json = False) -> None:
    """Show where the configs of some runs differ, and what each reached."""
    console = Console.of_process()
    summaries = [summarize(find_run(run)) for run in runs]
    configs = [flat(run.started.config) if run.started else {} for run in summaries]
    keys = differing(configs)
    if json:
        differences = {key: [config.get(key) for config in configs] for key in keys}
        console.print_json({"runs": [_entry(run) for run in summaries], "differences": differences})
        return
    columns = ["", *(run.folder.name for run in summaries)]
    rows = [[key, *(shown(config.get(key)) for config in configs)] for key in keys]
    metrics = dict.fromkeys(name for run in summaries for name in _reached(run))
    rows += [["epochs", *(str(run.epochs) for run in summaries)], ["state", *(run.status for run in summaries)]]
    rows += [[name, *(shown(_reached(run).get(name)) for run in summaries)] for name in metrics]
    console.print_table(columns, rows)


@app.command(cls=Command)
def rm(runs: Runs, yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove without asking.")] = False) -> None:
    """Remove runs: their checkpoints, logs and folders."""
    from ..engine.run_removal import remove

    console = Console.of_process()
    folders = list(dict.fromkeys(find_run(run) for run in runs))
    named = ", ".join(folder.name for folder in folders)
    if not (yes or console.ask(f"Remove {named}?")):
        console.message("Nothing was removed.")
        return
    for folder in folders:
        kept = remove(folder)
        console.message(
            f"Removed {folder.name}." if not kept else f"Removed {folder.name}; other files are left in {folder.path}."
        )


def _entry(run: RunSummary) -> dict[str, Any]:
    """A run as JSON: what it is, how far it came, what it reached."""
    config = run.started.config if run.started else {}
    return {
        "run": run.folder.name,
        "dir": str(run.folder.path),
        "status": run.status,
        "data": run.started.data if run.started else None,
        "task": run.started.task if run.started else None,
        "model": config.get("model", {}).get("family"),
        "parameters": run.started.parameters if run.started else None,
        "epochs": run.epochs,
        "planned": config.get("training", {}).get("epochs"),
        "best_epoch": run.finished.best_epoch if run.finished else None,
        "metrics": _reached(run),
        "modified": run.modified,
    }


def _reached(run: RunSummary) -> dict[str, float]:
    """The final metrics of a finished run, else what its last epoch said of the validation split."""
    if run.finished and run.finished.metrics:
        return run.finished.metrics
    return {name: value for name, value in run.last.items() if name.endswith(("_valid", "_train"))}


def _print_runs(console: Console, runs: list[RunSummary]) -> None:
    from datetime import datetime

    from ..tui.render.lines import describe_model

    rows: list[list[str]] = []
    for run in runs:
        config = run.started.config if run.started else {}
        reached = _reached(run)
        best = next((name for name in _TOLD if name in reached), None)
        rows.append(
            [
                run.folder.name,
                run.status,
                run.started.data if run.started else "",
                describe_model(config.get("model", {})) if config else "",
                f"{run.epochs}/{config.get('training', {}).get('epochs', '?')}",
                f"{reached[best]:.4g} {best.replace('_', ' ')}" if best else "",
                datetime.fromtimestamp(run.modified).astimezone().strftime("%d %b %H:%M"),
            ]
        )
    console.print_table(["run", "state", "data", "model", "epochs", "reached", "when"], rows, right=["epochs"])


# Which metric a list shows of a run, the first that there is.
_TOLD = ("accuracy_test", "mae_test", "accuracy_valid", "mae_valid", "loss_test", "loss_valid", "loss_train")
