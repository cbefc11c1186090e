"""`nnlab look`: what a network's answer to one row rests on."""

from __future__ import annotations

from typing import Annotated

import typer

from ..engine.errors import UsageError
from .choices import run_names
from .console import Console
from .help import Command, new_app

app = new_app()


@app.command(cls=Command)
def look(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run, or 'latest'.", autocompletion=run_names)],
    row: Annotated[int, typer.Option(help="Which row, from 1 on.", show_default=False)] = 1,
    split: Annotated[str, typer.Option(help="Which rows: train, valid or test.", show_default=False)] = "test",
    model: Annotated[str | None, typer.Option(help="Where a network of your own is: net.py:MyNet.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """See what an answer rests on.

    Of an image: the parts without which the answer would be less sure. Of any row: the train rows that are most alike
    in what the network's last layer reads.
    """
    from ..engine.pictures.looked import looked
    from ..engine.training.reopened import reopen

    console = Console.of_process()
    if split not in ("train", "valid", "test"):
        raise UsageError(f"--split cannot be {split[:40]!r}: use train, valid or test.")
    _, session = reopen(run, "nnlab look", model=model, note=console.warn)
    data = looked(session, row, split)
    if json:
        console.print_json(data)
        return
    from ..tui.render.looked import looked as drawn

    console.print_lines(drawn(data, console.width, console.render_options))
