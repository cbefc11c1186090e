"""`nnlab push`: a trained network to the Hugging Face Hub."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from ..engine.errors import UsageError
from .choices import run_names
from .console import Console
from .help import Command, new_app

if TYPE_CHECKING:
    from pathlib import Path

    from ..engine.evaluation.evaluate import Evaluation
    from ..engine.network import Network

app = new_app()


@app.command(cls=Command)
def push(
    checkpoint: Annotated[
        str,
        typer.Argument(metavar="CHECKPOINT", help="A .pt file, a run, or 'latest'.", autocompletion=run_names),
    ],
    repo: Annotated[str, typer.Argument(metavar="REPO", help="Where on the Hub: user/name.")],
    private: Annotated[bool, typer.Option("--private", help="Make a repository that others do not see.")] = False,
    no_eval: Annotated[
        bool, typer.Option("--no-eval", help="Do not judge it on test rows, nor read its data.")
    ] = False,
) -> None:
    """Push a network to the Hugging Face Hub: weights, config and schema as plain data, and a model card. No code.

    `nnlab predict hf:user/name` answers by it. It takes a login: `hf auth login`, or HF_TOKEN.
    """
    console = Console.of_process()
    from ..engine.export.hub import repo_of
    from ..engine.runs.lookup import find_checkpoint

    name, path = repo_of(repo), find_checkpoint(checkpoint)
    from ..engine.export.folder import files_of, public
    from ..engine.export.hub import push as push_files
    from ..engine.network import load
    from ..engine.report.card import card

    network = load(path, note=console.warn)
    if network.checkpoint.spec.family == "custom":
        raise UsageError("A network of your own is not pushed: what computes it is code, and no code travels.")
    evaluation, trouble = (None, "") if no_eval else _judged(network, path, console)
    shared = public(network.checkpoint)
    here, there = network.checkpoint.config.data.name, shared.config.data.name
    if evaluation is not None:  # where the data are on this machine is nobody's business
        notes = tuple(note.replace(here, there) for note in evaluation.notes)
        evaluation = replace(evaluation, data=evaluation.data.replace(here, there), notes=notes)
    warnings = evaluation.notes if evaluation else ()
    text = card(
        shared, evaluation, name=name.partition("/")[2], source=f"hf:{name}", warnings=warnings, trouble=trouble
    )
    address = push_files(
        {"README.md": text.encode("utf-8", "replace"), **files_of(shared, name)}, name, private=private
    )
    console.print_text(f"{address}\n")
    console.message(f"`nnlab predict hf:{name} FILE` answers by it.")


def _judged(network: Network, path: Path, console: Console) -> tuple[Evaluation | None, str]:
    """What it is worth on its test rows, or why that cannot be told."""
    from ..engine.runs.lookup import check_may_read

    try:
        check_may_read(path, network.checkpoint.config.data.name, f"nnlab eval {shlex.quote(str(path))} DATA")
        return network.evaluate(), ""
    except UsageError as error:
        console.warn(f"it was not judged on test rows: {error}")
        return None, "its data were not at hand."
