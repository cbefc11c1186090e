"""`nnlab watch`: the live screen on a run that another process trains, or on one that is over."""

from __future__ import annotations

from typing import Annotated

import typer

from ..engine.errors import ExitCode, UsageError
from ..engine.runs.folder import holds_sweep
from ..engine.runs.lookup import find_run
from .choices import watched_names
from .console import Console
from .help import Command, new_app
from .train_live import run_app
from .train_live import watch as show

app = new_app()


@app.command(cls=Command)
def watch(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="The name of a run or a sweep, a run's folder, or 'latest'.",
            autocompletion=watched_names,
        ),
    ] = "latest",
    ascii: Annotated[bool, typer.Option("--ascii", help="Use ASCII characters only.", show_default=False)] = False,
) -> None:
    """Watch a run and steer it; several screens may watch the same one.

    `q` leaves and the training goes on, `S` stops it after a question.
    """
    console = Console.of_process(ascii=ascii)
    if holds_sweep(run):
        raise typer.Exit(_watch_sweep(run, console))
    folder = find_run(run)
    if not console.live:
        raise UsageError(f"The screen needs a terminal; `nnlab runs show {folder.name}` prints the run.")
    raise typer.Exit(show(folder, console, stay=True))


def _watch_sweep(name: str, console: Console) -> int:
    """The page of a sweep, which goes on when that is left."""
    from ..engine.sweep.folder import find_sweep

    folder = find_sweep(name)
    if not console.live:
        raise UsageError(
            f"The screen needs a terminal; `nnlab sweep --resume {name}` goes on and prints what is known."
        )
    from ..tui.sweep.screen import SweepScreen

    run_app({"sweep": lambda: SweepScreen(folder)}, console)
    return ExitCode.DONE
