"""`nnlab landscape`: the loss over a plane through a run's weights."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from .choices import run_names
from .console import Console
from .help import Command, new_app
from .progress_line import ProgressLine

app = new_app()

HEIGHT = 24  # lines of the picture


@app.command(cls=Command)
def landscape(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run, or 'latest'.", autocompletion=run_names)],
    path: Annotated[bool, typer.Option("--path", help="Draw the path that the weights took.")] = False,
    model: Annotated[str | None, typer.Option(help="Where a network of your own is: net.py:MyNet.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Draw the loss around a run's weights.

    All weights are moved along two random directions; with --path along the two in which they moved most while they
    were trained: as the pictures of a small network that was watched have kept them, else as a copy takes them that is
    trained once more. Ctrl-C ends it at once, and nothing is kept.
    """
    from ..engine.pictures.landscape import landscape, path_of
    from ..engine.pictures.weights import way_of
    from ..engine.training.reopened import reopen

    console = Console.of_process()
    folder, session = reopen(run, "nnlab landscape", model=model, note=console.warn)
    line = ProgressLine(sys.stderr) if sys.stderr.isatty() and not json else None

    def told(what: str) -> Callable[[int, int], None]:
        def show(done: int, total: int) -> None:
            if line is not None:
                line.show(f"{what} {done:,} of {total:,}")

        return show

    try:
        epochs, taken = way_of(folder.film, session) if path else ([], [])
        kept = len(taken) > 2
        if path and not kept:
            epochs, taken = path_of(session.config, told("epoch"))
        data = landscape(session, taken, told("loss"), epochs)
    finally:
        if line is not None:
            line.clear()
    if path and len(taken) < 3:
        console.warn(
            "The path is too short to be drawn, as it has fewer than three points with numbers: two random directions "
            "are shown instead."
        )
    elif path and not kept and not session.flat.values.isclose(taken[-1], rtol=1e-3, atol=1e-5).all():
        console.warn("The copy ended elsewhere than the run, which was steered, stopped or trained on another machine.")
    if json:
        console.print_json(data)
        return
    from ..tui.render.landscape import landscape as drawn

    console.print_lines(drawn(data, min(console.width, 2 * HEIGHT + 20), HEIGHT, console.render_options))
