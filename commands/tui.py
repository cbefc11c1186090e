"""`nnlab tui`: the interactive session, where runs are set up, started, compared and used."""

from __future__ import annotations

from typing import Annotated

import typer

from ..engine.errors import UsageError
from ..engine.options import NETWORK
from .choices import data_sets
from .console import Console
from .flags import options
from .help import Command, new_app

app = new_app()


@app.command(cls=Command)
@options(NETWORK[:2], after="data")
def tui(
    context: typer.Context,
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="The data set to begin with.", autocompletion=data_sets)
    ] = "xor",
    ascii: Annotated[bool, typer.Option("--ascii", help="Use ASCII characters only.", show_default=False)] = False,
) -> None:
    """Open the lab: set up a network, press space and watch it learn.

    `?` shows the keys of every page; 1 to 4 change between lab, runs, data and prediction.
    """
    console = Console.of_process(ascii=ascii)
    if not console.live:
        raise UsageError("The session needs a terminal; `nnlab train DATA --plain` trains without one.")
    from ..tui.pages import pages
    from .train_live import run_app

    model, arguments = context.params["model"] or "", context.params["model_arg"] or ()
    run_app(pages(data, model=model, arguments=arguments), console)
