"""`nnlab predict`: a trained network's answers to new rows or images, as CSV or JSON lines."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from ..engine.errors import NnlabError, UsageError, expand_home
from ..engine.signals import end, handling
from .choices import run_names
from .console import Console
from .flags import text_options, told_of_texts
from .help import Command, new_app
from .packages import needed

if TYPE_CHECKING:
    from ..engine.checkpoint import Checkpoint

KEEP = {-1: 2**27, -3: 2**25}  # glibc's M_TRIM_THRESHOLD and M_MMAP_THRESHOLD, in bytes

ONNX = ".onnx"

app = new_app()


@app.command(cls=Command)
@text_options(after="output")
def predict(
    context: typer.Context,
    checkpoint: Annotated[
        str,
        typer.Argument(metavar="CHECKPOINT", help="A .pt or .onnx file, a run, or 'latest'.", autocompletion=run_names),
    ],
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="INPUT", help="Tables of any kind, images or folders of images, - for stdin."),
    ] = None,
    row: Annotated[list[str] | None, typer.Option(help="A row in words: 'x1=0.3,x2=-0.5'; may be given again.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file; - is stdout.")] = None,
    model: Annotated[str | None, typer.Option(help="Where a network of your own is: net.py:MyNet.")] = None,
    threshold: Annotated[
        str | None, typer.Option(help="Answer the second of two classes from this probability on.")
    ] = None,
    interval: Annotated[
        int | None, typer.Option(help="Add lower and upper, or a set of classes, that hold so many percent: 90.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse files whose numbers, dates or gaps are unlike the training's.")
    ] = False,
    stream: Annotated[bool, typer.Option("--stream", help="Answer each JSON line on stdin as it comes.")] = False,
    guard_formulas: Annotated[
        bool, typer.Option("--guard-formulas", help="Let no cell of the CSV be a formula to a spreadsheet.")
    ] = False,
) -> None:
    """Answer new rows: each one's class with all probabilities, or its value.

    Columns are matched by name. Rows stream from CSV, JSON lines, Parquet and Feather, so a file may be larger than
    memory; lists in JSON and Excel are read whole.
    """
    from ..engine.data.reading.names import find_files
    from ..engine.runs.lookup import find_checkpoint

    console = Console.of_process()
    path = _file(checkpoint) if checkpoint.lower().endswith(ONNX) else find_checkpoint(checkpoint)
    rows, named = row or [], sources or []
    if named and rows:
        raise UsageError(f"Either a row or a file: leave out {named[0]!r} or --row.")
    if stream and (rows or any(source != "-" for source in named)):
        raise UsageError(
            "--stream answers JSON lines on stdin, neither files nor --row: "
            f"leave out --stream, or {'--row' if rows else repr(named[0])}."
        )
    if stream and strict:
        raise UsageError("--strict judges a file before it is answered, and --stream has none: leave out one of them.")
    told = told_of_texts(context.params)
    if told is not None and (stream or rows):
        raise UsageError(f"{'--stream' if stream else '--row'} reads no CSV: leave out what is told of text files.")
    for source in named:
        if source != "-":
            find_files(source)
    reads_stdin = "-" in named or (not named and not rows and not console.stdin.isatty())

    from ..engine.network import load
    from ..engine.prediction import predict as predicting
    from ..engine.prediction.write import write_csv, write_json

    asked = None if threshold is None else predicting.number_of_threshold(threshold)

    def loading() -> Checkpoint:
        found = load(path, model=model, note=console.warn).checkpoint
        return found if asked is None else predicting.with_threshold(found, asked)

    _keep_memory()
    stdin = console.stdin.buffer if reads_stdin and not stream else None
    write = write_json if json else partial(write_csv, guard=guard_formulas, interval=interval is not None)
    if path.suffix.lower() == ONNX:
        if stream or strict or model is not None:
            unfit = "--stream" if stream else "--strict" if strict else "--model"
            raise UsageError(f"{unfit} is not for an ONNX file: leave it out.")
        with needed("an ONNX file"):
            from ..engine.export.onnx_run import open_onnx, rows_of

        network = open_onnx(path) if asked is None else open_onnx(path).with_threshold(asked)
        schema, predictor = network.schema, network.predictor(interval)
        found = predicting.predict_by(
            predictor, schema, network.data, named, console.warn, rows=rows, stdin=stdin, told=told, to_rows=rows_of
        )
        with opened(output, console) as out:
            write(found, schema.classes, out, images=schema.image is not None)
        return
    loaded = loading()
    if stream:
        from ..engine.prediction.stream import answer_stream, read_lines

        with opened(output, console) as out:
            answer_stream(loaded, read_lines(console.stdin.buffer), out, console.warn, loading, interval)
        return
    wanted: Any = {"rows": rows, "stdin": stdin, "told": told, "interval": interval, "strict": strict}
    answers = predicting.predict(loaded, named, console.warn, **wanted)
    with opened(output, console) as out:
        write(answers, loaded.schema.classes, out, images=loaded.schema.image is not None)


def _file(name: str) -> Path:
    """The ONNX file of this name. UsageError where there is none."""
    path = expand_home(name)
    if not os.path.isfile(path):  # noqa: PTH113  (a name that is too long is no file)
        raise UsageError(f"There is no file {name[:200]}: `nnlab export RUN --to onnx` writes one.")
    return path


def _keep_memory() -> None:
    """Let glibc keep what a block of rows took for the next one: to take it anew costs a fifth of the time."""
    if sys.platform == "linux" and (set_option := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        for option, size in KEEP.items():
            set_option(option, size)


@contextmanager
def opened(output: Path | None, console: Console) -> Generator[BinaryIO]:
    """Stdout, or a file that takes its name only once all is written; a device or pipe is written to as it is."""
    if output is None or str(output) == "-":
        out = console.data
        yield out
        out.flush()
        return
    output = output.resolve()
    if output.exists() and not output.is_file():
        try:
            with output.open("wb") as out:
                yield out
        except OSError as error:
            raise UsageError(f"{output} cannot be written: {error.strerror}.") from None
        return
    temporary = output.with_name(f".{output.name}-{os.urandom(6).hex()}.tmp")

    def leave(number: int) -> None:
        try:
            temporary.unlink()
        finally:
            end(number)

    with handling(leave):
        try:
            out = temporary.open("xb")
        except OSError as error:
            raise UsageError(f"{output} cannot be written: {error.strerror}.") from None
        try:
            with out:
                yield out
            temporary.replace(output)
        except OSError as error:
            raise NnlabError(f"{output} cannot be written: {error.strerror}.") from error
        finally:
            temporary.unlink(missing_ok=True)
