"""`nnlab explain`: one row through a run's network and back, number by number."""

from __future__ import annotations

from typing import Annotated

import typer

from ..engine.errors import UsageError
from .choices import run_names
from .console import Console
from .help import Command, new_app

app = new_app()
SPLITS = ("train", "valid", "test")


@app.command(cls=Command)
def explain(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run, or 'latest'.", autocompletion=run_names)],
    row: Annotated[int, typer.Option(help="Which row, from 1 on.", show_default=False)] = 1,
    split: Annotated[str, typer.Option(help="Which rows: train, valid or test.", show_default=False)] = "train",
    plain: Annotated[bool, typer.Option("--plain", help="Print all at once; wait for no key.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Work one row out by hand: forward, the loss, the chain rule on each weight, the update.

    For small networks, of up to 16 units a layer. On a terminal enter goes on from part to part.
    """
    from ..engine.pictures.worked import worked
    from ..engine.training.reopened import reopen

    console = Console.of_process(plain=plain)
    if split not in SPLITS:
        raise UsageError(f"--split cannot be {split[:40]!r}: use train, valid or test.")
    _, session = reopen(run, "nnlab explain", note=console.warn)
    data = worked(session, row, split).to_json()
    if json:
        console.print_json(data)
        return
    from ..tui.render.worked import parts

    shown = parts(data, console.width, console.render_options)
    for place, lines in enumerate(shown, 1):
        console.print_lines([*lines, []])
        if console.live and place < len(shown) and not _goes_on(console, place, len(shown)):
            return


def _goes_on(console: Console, place: int, total: int) -> bool:
    """Wait for enter; whether the user wants to go on."""
    console.message(f"{place} of {total}; enter: next, q: stop")
    try:
        return input().strip().lower() != "q"
    except EOFError:
        return False
