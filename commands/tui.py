"""`nnlab tui`: the interactive session, where runs are set up, started, compared and used."""

from __future__ import annotations

from typing import Annotated

import typer

from ..engine.errors import UsageError
from .choices import data_sets, families
from .console import Console
from .help import Command, new_app

app = new_app()


@app.command(cls=Command)
def tui(
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="The data set to begin with.", autocompletion=data_sets)
    ] = "xor",
    model: Annotated[
        str,
        typer.Option(help="linear, mlp, noisy-mlp, cnn, or net.py:MyNet.", show_default=False, autocompletion=families),
    ] = "",
    model_arg: Annotated[
        list[str] | None, typer.Option(help="Argument of a network of your own: hidden=16.", show_default=False)
    ] = None,
    ascii: Annotated[
        bool, typer.Option("--ascii", help="Draw with ASCII characters alone.", show_default=False)
    ] = False,
) -> None:
    """Open the lab: set up a network, press space and watch it learn.

    `?` shows the keys of every page; 1 to 4 change between lab, runs, data and prediction.
    """
    console = Console.of_process(ascii=ascii)
    if not console.live:
        raise UsageError("The session needs a terminal; `nnlab train DATA --plain` trains without one.")
    from ..tui.app import NnlabApp
    from ..tui.pages import pages
    from .train_live import run_app

    run_app(NnlabApp(pages(data, console.look, model=model, arguments=model_arg or ()), console.look))
