"""`nnlab report`: a run as one page, as a model card, or as a picture."""

from __future__ import annotations

import shlex
from collections.abc import Generator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..engine.errors import NnlabError, UsageError
from .choices import run_names
from .console import Console
from .help import Command, new_app
from .predict import opened

if TYPE_CHECKING:
    from ..engine.report.story import Story
    from ..engine.runs.folder import RunFolder

JUDGED = ("reliability", "importance", "effects")  # pictures of the rows that a run is judged on

app = new_app()


class Format(StrEnum):
    """What a report is written as."""

    html = "html"
    md = "md"
    svg = "svg"
    png = "png"


@app.command(cls=Command)
def report(
    run: Annotated[
        str,
        typer.Argument(metavar="RUN", help="A run's name, its folder, or 'latest'.", autocompletion=run_names),
    ] = "latest",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file; - is stdout. RUN.html by default.")
    ] = None,
    format: Annotated[
        Format | None,
        typer.Option(help="html, md (a model card), svg or png; what the file's name ends in by default."),
    ] = None,
    picture: Annotated[
        str | None,
        typer.Option(
            help="Which picture: loss, accuracy, mae, map, scatter, matrix, images, reliability, importance, effects."
        ),
    ] = None,
    no_eval: Annotated[
        bool, typer.Option("--no-eval", help="Do not judge it on test rows, nor read its data.")
    ] = False,
    model: Annotated[str | None, typer.Option(help="Where a network of your own is: net.py:MyNet.")] = None,
) -> None:
    """Write all there is to know of a run: one page that needs nothing else, a model card, or a picture."""
    console = Console.of_process()
    from ..engine.report.story import story_of
    from ..engine.runs.lookup import find_run

    folder = find_run(run)
    kind = _kind(format, output, picture)
    story = story_of(folder)
    if story.progress.started is None:
        raise UsageError(f"The run {folder.name!r} has not begun: there is nothing to report yet.")
    judged = kind in (Format.html, Format.md) or picture in JUDGED
    _load(story, folder, model, console, judge=judged and not no_eval)
    path = output or Path(f"{folder.name}.{kind}")
    with _drawing():
        data = _written(
            story, kind, picture, shlex.join(_again(run, path, format, picture, no_eval=no_eval, model=model))
        )
    with opened(path, console) as out:
        out.write(data)
    if str(path) != "-":
        console.message(f"Wrote {path}.")


def _kind(told: Format | None, output: Path | None, picture: str | None) -> Format:
    """What is to be written. UsageError where that is not said in one way."""
    ending = output.suffix.lower().lstrip(".") if output is not None and str(output) != "-" else ""
    named = {"htm": "html", "markdown": "md"}.get(ending, ending)
    if told is None and named and named not in set(Format):
        raise UsageError(f"{output} is none of .html, .md, .svg and .png: name it so, or say which with --format.")
    kind = told or Format(named or ("svg" if picture else "html"))
    if picture is not None and kind not in (Format.svg, Format.png):
        raise UsageError(f"--picture {picture[:50]!r} is for svg and png: leave it out, or use --format svg.")
    return kind


def _load(story: Story, folder: RunFolder, model: str | None, console: Console, *, judge: bool) -> None:
    """Add the checkpoint and what it is worth, as far as there is one and its data can be read."""
    from ..engine.evaluation.failures import WORST
    from ..engine.network import load
    from ..engine.runs.lookup import check_may_read

    path = folder.final(story.progress.started.section("training").get("final") if story.progress.started else None)
    if not path.exists():
        story.trouble = "there is no checkpoint yet."
        return
    network = load(path, model=model, note=console.warn)
    story.checkpoint = network.checkpoint
    if not judge:
        return
    try:
        check_may_read(path, network.checkpoint.config.data.name, f"nnlab eval {shlex.quote(str(path))} DATA")
        story.evaluation = network.evaluate(explain=None, worst=None if network.schema.image else WORST)
    except UsageError as error:
        story.trouble = str(error)
        console.warn(f"it was not judged on test rows: {error}")


def _written(story: Story, kind: Format, picture: str | None, command: str) -> bytes:
    """The bytes of the report."""
    if kind == Format.md:
        from ..engine.report.card import card

        if story.checkpoint is None:
            raise UsageError(f"The run {story.name!r} has no checkpoint, and a card is of one.")
        warnings = story.warnings
        trouble = "its data were not at hand." if story.trouble else ""  # a card is read by others, who need no more
        text = card(story.checkpoint, story.evaluation, name=story.name, warnings=warnings, trouble=trouble)
        return text.encode("utf-8", "replace")
    if kind == Format.html:
        from ..tui.report.page import page

        return page(story, command).encode("utf-8", "replace")
    from ..tui.report.charts import as_file, picture_named, pictures_of

    return as_file(picture_named(story, picture or next(iter(pictures_of(story)), "loss")), kind)


@contextmanager
def _drawing() -> Generator[None]:
    """Say in a sentence that Matplotlib is missing, where it is."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != "matplotlib":
            raise
        raise NnlabError(
            "To draw a report takes Matplotlib, which is not installed: `pip install 'nnlab[report]'` brings it."
        ) from None


def _again(
    run: str, path: Path, format: Format | None, picture: str | None, *, no_eval: bool, model: str | None
) -> list[str]:
    """The words that make this report once more."""
    words = ["nnlab", "report", run, "-o", str(path)]
    for flag, value in (("--format", format), ("--picture", picture), ("--model", model)):
        words += [flag, str(value)] if value is not None else []
    return words + (["--no-eval"] if no_eval else [])
