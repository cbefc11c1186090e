"""`nnlab model`: the families of networks, and what a network is made of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..engine.options import FAMILIES, NETWORK
from .choices import data_sets, families
from .console import Console
from .flags import options, to_tree
from .help import Command, new_app

if TYPE_CHECKING:
    from torch import nn

    from ..engine.models.spec import ModelSpec

app = new_app("List network families, show a network's layers, or start one of your own.")

MEANINGS = {
    "linear": "One linear layer: linear, logistic or softmax regression.",
    "mlp": "Linear layers with an activation between: --hidden, --activation, --dropout.",
    "noisy-mlp": "An mlp whose first layer adds noise to its inputs while it trains: --noise.",
    "tabm": "Several networks for tables that answer together: --members, --embedding, --hidden, --dropout.",
    "cnn": "Convolutions, then linear layers; for images: --channels, --hidden, --activation, --dropout.",
}

FITTING = {"cnn": "digits"}

LAYERS = tuple(option for option in NETWORK if option.needs)  # which a family has by itself

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list", cls=Command)
def list_(json: Json = False) -> None:
    """List the families that `nnlab train --model` takes."""
    console = Console.of_process()
    if json:
        console.print_json([{"name": name, "description": MEANINGS[name]} for name in FAMILIES])
    else:
        console.print_facts({name: MEANINGS[name] for name in FAMILIES})


@app.command(cls=Command)
@options(LAYERS, after="data")
def show(
    context: typer.Context,
    what: Annotated[
        str,
        typer.Argument(metavar="FAMILY|CHECKPOINT|RUN", help="Which network to show.", autocompletion=families),
    ],
    data: Annotated[
        str | None, typer.Option(help="The data that a family is sized for; xor or digits.", autocompletion=data_sets)
    ] = None,
    json: Json = False,
) -> None:
    """Show a network as PyTorch prints it, and its layers with output shapes and parameters."""
    console = Console.of_process()
    flags = to_tree(context.params)
    spec, module = (
        _of_family(what, data or FITTING.get(what, "xor"), flags) if what in FAMILIES else _of_checkpoint(what)
    )
    from ..engine.models.summary import summarize, total

    layers = summarize(module, spec)
    if json:
        body = [
            {"name": row.name, "kind": row.kind, "output_shape": row.output_shape, "parameters": row.parameters}
            for row in layers
        ]
        console.print_json({**spec.model_dump(mode="json"), "layers": body, "parameters": total(module)})
        return
    from ..tui.render.summaries import layer_table

    console.print_text(f"{module}\n\n")
    console.print_lines(layer_table(layers, console.width, console.render_options))


def _of_family(family: str, data: str, flags: dict[str, Any]) -> tuple[ModelSpec, nn.Module]:
    """The network that `nnlab train DATA --model FAMILY` would train, with its first weights."""
    import torch

    from ..engine.data.prepare import prepare
    from ..engine.data.settled import settled
    from ..engine.data.sources import load
    from ..engine.models.families import build, spec_for
    from ..engine.resolve import resolve

    flags = {**flags, "model": {**flags.get("model", {}), "family": family}}
    config = resolve(data, flags=flags)
    dataset = load(config.data, config.prepare)
    config, dataset, _ = settled(config, dataset)
    spec = spec_for(config.model, prepare(dataset, config).schema)
    torch.manual_seed(config.training.seed)
    return spec, build(spec)


def _of_checkpoint(what: str) -> tuple[ModelSpec, nn.Module]:
    """The network in a checkpoint, with its weights."""
    from ..engine import checkpoint as checkpoints
    from ..engine.errors import UsageError, nearest
    from ..engine.runs.lookup import find_checkpoint

    meant = nearest(what, FAMILIES)
    try:
        path = find_checkpoint(what)
    except UsageError:
        if meant is None:
            raise
        raise UsageError(f"There is no family or run {what!r}: did you mean {meant!r}?") from None
    checkpoint = checkpoints.load(path)
    return checkpoint.spec, checkpoint.module()


@app.command(cls=Command)
def new(
    file: Annotated[Path, typer.Argument(metavar="FILE.py", help="The file to write.")],
) -> None:
    """Write a commented network of your own to start from."""
    from ..engine.models.starter import write_starter

    name = write_starter(file)
    Console.of_process().print_text(f"{file} is written. Train it: nnlab train xor --model {file}:{name}\n")
