"""`nnlab recipe`: the recipes that come with nnlab, to train with or to start one's own from."""

from __future__ import annotations

from typing import Annotated

import typer

from ..engine import recipes
from .choices import recipe_names
from .console import Console
from .help import Command, new_app

app = new_app("List recipes, or print one to start your own from.")

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list", cls=Command)
def list_(json: Json = False) -> None:
    """List the recipes; `nnlab train --recipe NAME` trains by one."""
    console = Console.of_process()
    trees = {name: recipes.read(name) for name in recipes.names()}
    if json:
        console.print_json([{"name": name, "description": tree["description"]} for name, tree in trees.items()])
    else:
        console.print_facts({name: tree["description"] for name, tree in trees.items()})


@app.command(cls=Command)
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A recipe's name.", autocompletion=recipe_names)],
    json: Json = False,
) -> None:
    """Print a recipe as TOML: `nnlab recipe show xor > mine.toml`, then `nnlab train --config mine.toml`."""
    console = Console.of_process()
    if json:
        console.print_json(recipes.read(name))
    else:
        console.print_text(recipes.text(name))
