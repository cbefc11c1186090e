"""`nnlab lr`: which learning rates suit a training, by a few steps on a copy of it with a rate that rises."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from ..engine.options import DATA, NETWORK, OF_STEPS, PREPARATION, TRAINING
from .choices import data_sets, recipe_names
from .console import Console
from .flags import options, text_options, to_tree
from .help import Command, new_app

app = new_app()

HEIGHT = 14  # lines of the curve


@app.command(cls=Command)
@options(DATA, after="data", panel="Data")
@text_options(after="data")
@options(PREPARATION, after="config", panel="Data")
@options(NETWORK, after="config", panel="Network")
@options(tuple(option for option in TRAINING if option.key in OF_STEPS), after="config", panel="Training")
def lr(
    context: typer.Context,
    data: Annotated[
        str | None, typer.Argument(metavar="DATA", help="A data set's name, or a file.", autocompletion=data_sets)
    ] = None,
    recipe: Annotated[str | None, typer.Option(help="Start from a recipe.", autocompletion=recipe_names)] = None,
    config: Annotated[Path | None, typer.Option(help="Start from a TOML file, such as a run's config.toml.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find the learning rates that suit a training.

    Some steps are taken with a rate that rises from 1e-6 to 10; the loss is drawn over it, with the band in which it
    fell quickly. Nothing is kept and nothing is set: the last line is a command to copy.
    """
    from ..engine.resolve import resolve

    console = Console.of_process()
    flags = to_tree(context.params)
    if "file" in flags.get("model", {}):
        from ..engine.models.trust import trust

        trust(flags["model"]["file"])  # the user has typed its name
    chosen = resolve(data, flags=flags, recipe=recipe, file=config)
    from ..engine.training.rates import find_rates

    found = find_rates(chosen).to_json()
    words = list(context.obj)[list(context.obj).index("lr") + 1 :]
    kept = [word for word in words if word != "--json"]
    command = None if found["middle"] is None else shlex.join(["nnlab", "train", *kept, "--lr", f"{found['middle']:g}"])
    if json:
        console.print_json({**found, "command": command})
        return
    from ..tui.render.rates import rates, said
    from ..tui.render.tables import wrapped

    console.print_lines(rates(found, console.width, HEIGHT, console.render_options))
    console.print_text("\n".join(wrapped(said(found), console.width)) + "\n")
    if command is not None:
        console.print_text(command + "\n")
