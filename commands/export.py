"""`nnlab export`: a trained network as other tools take it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..engine.errors import UsageError
from .choices import run_names
from .console import Console
from .help import Command, new_app
from .packages import needed
from .predict import opened

if TYPE_CHECKING:
    from ..engine.checkpoint import Checkpoint

app = new_app()


class To(StrEnum):
    """What a network is exported as."""

    onnx = "onnx"
    torch_export = "torch-export"
    safetensors = "safetensors"
    python = "python"


ENDINGS = {To.onnx: ".onnx", To.torch_export: ".pt2", To.safetensors: "-safetensors", To.python: ".py"}


@app.command(cls=Command)
def export(
    checkpoint: Annotated[
        str,
        typer.Argument(metavar="CHECKPOINT", help="A .pt file, a run, or 'latest'.", autocompletion=run_names),
    ] = "latest",
    to: Annotated[
        To | None, typer.Option("--to", help="As what; by default what the file's name ends in, or onnx.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file (a folder for safetensors).")
    ] = None,
    interval: Annotated[
        int | None, typer.Option(help="ONNX: add lower and upper, or sets of classes, that hold so many percent: 90.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Where a network of your own is: net.py:MyNet.")] = None,
) -> None:
    """Export a network: one ONNX file that takes raw columns, torch.export's .pt2, safetensors, or a Python script."""
    console = Console.of_process()
    from ..engine.runs.lookup import called, find_checkpoint

    kind = _kind(to, output)
    if interval is not None and kind != To.onnx:
        raise UsageError(f"--interval is for ONNX: leave it out, or use --to onnx in place of {kind}.")
    path = find_checkpoint(checkpoint)
    from ..engine.network import load

    loaded = load(path, model=model, note=console.warn).checkpoint
    name = called(checkpoint, path)
    place = output or Path(f"{name}{ENDINGS[kind]}")
    with needed(kind):
        _write(kind, loaded, name, place, interval, console)


def _kind(to: To | None, output: Path | None) -> To:
    """What is to be written. UsageError where that is not said in one way."""
    ending = output.suffix.lower() if output is not None else ""
    meant = next((kind for kind, known in ENDINGS.items() if known and known == ending), None)
    if to is not None and meant is not None and meant != to:
        raise UsageError(f"{output} is named like {meant}, and --to says {to}: leave one of them out.")
    if to is None and meant is None and ending:
        raise UsageError(f"{output} is none of .onnx, .pt2 and .py: name it so, or say which with --to.")
    return to or meant or To.onnx


def _write(kind: To, loaded: Checkpoint, name: str, place: Path, interval: int | None, console: Console) -> None:
    match kind:
        case To.onnx:
            data = _onnx(loaded, name, interval, console)
            with opened(place, console) as out:
                out.write(data)
            written = [place]
        case To.torch_export:
            from ..engine.export.torch_program import torch_program

            data = torch_program(loaded, name)
            with opened(place, console) as out:
                out.write(data)
            written = [place]
        case To.safetensors:
            from ..engine.export.folder import write_folder

            written = write_folder(place, loaded, name)
        case To.python:
            from ..engine.export.script import script_of, weights_of

            beside = place.with_suffix(".npz")
            text, weights = script_of(loaded, name, beside.name), weights_of(loaded)
            for path, data in ((beside, weights), (place, text.encode("utf-8", "replace"))):
                with opened(path, console) as out:
                    out.write(data)
            written = [place, beside]
    if str(place) != "-":
        console.message(f"Wrote {' and '.join(map(str, written))}.")


def _onnx(loaded: Checkpoint, name: str, interval: int | None, console: Console) -> bytes:
    if loaded.spec.family == "custom":
        from ..engine.export.onnx_module import onnx_of_module

        if interval is not None:
            raise UsageError("--interval is not for a network of your own, whose outputs are exported as they are.")
        console.warn(
            "a network of your own is exported from its prepared rows to its outputs: what becomes of the table's "
            "columns, and of outputs, is outside the file"
        )
        return onnx_of_module(loaded)
    from ..engine.export.onnx_file import onnx_model

    return onnx_model(loaded, name, interval).SerializeToString()
