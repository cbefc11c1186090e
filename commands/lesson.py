"""`nnlab lesson`: short lessons to play in the lab or by commands, each with a goal that a run is checked against."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..engine.errors import ExitCode, UsageError, shown
from .choices import run_names
from .console import Console
from .help import Command, new_app

if TYPE_CHECKING:
    from ..engine.lessons.lessons import Lesson

app = new_app("Learn by lessons: list, start, check, or write one.")

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

TEMPLATE = """title = "More units, a better boundary?"
idea = "What the lesson makes visible, in one sentence."
steps = [
    "What to press or to type, and what to look at.",
    "What to change, and the goal.",
]
question = "What should be understood by now?"
answer = "Shown once the goal is reached."

[preset.data]
name = "moons"

[preset.model]
hidden = [2]

[preset.training]
epochs = 60

[check]
measure = "accuracy_valid"  # or loss_valid, loss_train, accuracy_train, mae_valid, gap
at_least = 0.95             # or at_most
# epochs = 30               # within how many

[[check.wants]]
key = "model.hidden"
says = "with at most 8 units a layer"
at_most = 8                 # or at_least, one_of = [...]; length = true counts layers

[solution.model]            # what of the preset to change so that the goal is reached
hidden = [8]
"""


def lesson_names(incomplete: str) -> list[str]:
    """The lessons whose names begin so."""
    from ..engine.lessons.lessons import names

    return [name for name in names() if name.startswith(incomplete)]


Name = Annotated[str, typer.Argument(metavar="NAME", help="A lesson, or a file with one.", autocompletion=lesson_names)]


@app.command("list", cls=Command)
def list_(json: Json = False) -> None:
    """List the lessons, and which of them you have done."""
    from ..engine.lessons.lessons import find, names
    from ..engine.lessons.progress import come

    console = Console.of_process()
    told = [
        {"name": name, "title": find(name)[1].title, "idea": find(name)[1].idea, **vars(come(name))} for name in names()
    ]
    if json:
        console.print_json(told)
        return
    rows = [[f"{one['name']}", f"{one['title']}", _state(one)] for one in told]
    console.print_table(["lesson", "title", ""], rows)


def _state(one: dict[str, Any]) -> str:
    return "done" if one["done"] else f"at step {one['step'] + 1}" if one["step"] else ""


@app.command(cls=Command)
def start(
    name: Name,
    plain: Annotated[bool, typer.Option("--plain", help="Print the lesson; show no screen.")] = False,
    ascii: Annotated[bool, typer.Option("--ascii", help="Use ASCII characters only.")] = False,
) -> None:
    """Begin a lesson, or go on with it: in the lab on a terminal, else as text."""
    from ..engine.lessons.lessons import find

    console = Console.of_process(plain=plain, ascii=ascii)
    called, lesson = find(name)
    lesson.config()
    if not console.live or not lesson.lab:
        _print(console, name, lesson)
        return
    from ..tui.lab.lesson import LabLesson
    from ..tui.pages import pages
    from .train_live import run_app

    run_app(pages(lesson.data, lesson=LabLesson.named(name)), console)
    from ..engine.lessons.progress import come

    console.message(f"{called}: {'done' if come(called).done else 'to be gone on with'}; nnlab lesson list shows all")


def _print(console: Console, name: str, lesson: Lesson) -> None:
    from ..tui.render.tables import wrapped

    steps = [f"{place}. {step}" for place, step in enumerate(lesson.steps, 1)]
    if lesson.lab:
        from ..tui.lab.lesson import LabLesson

        steps.insert(0, f"It begins with: {LabLesson.named(name).lab().command()}")
    goal = f"Goal: {lesson.check.says}. To check a run: nnlab lesson check latest {shlex.quote(name)}"
    text = [lesson.title, "", lesson.idea, "", *steps, "", f"Question: {lesson.question}", goal]
    for line in text:
        console.print_text("\n".join(wrapped(line, console.width)) + "\n")


@app.command(cls=Command)
def check(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run, or 'latest'.", autocompletion=run_names)],
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME", help="A lesson, or a file with one; all by default.", autocompletion=lesson_names
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Say whether a run reaches a lesson's goal, or which goals it reaches; exit code 1 if it does not."""
    from ..engine.lessons.lessons import find, missing_of, names
    from ..engine.lessons.progress import Come, come, remember
    from ..engine.runs.lookup import find_run

    console, folder = Console.of_process(), find_run(run)
    lessons = dict([find(name)]) if name is not None else {one: find(one)[1] for one in names()}
    lacks = {called: missing_of(lesson, folder) for called, lesson in lessons.items()}
    passed = [called for called, lacking in lacks.items() if not lacking]
    if name is not None:
        for called in passed:
            remember(called, Come(come(called).step, done=True))
    if json:
        console.print_json(
            [{"lesson": called, "passed": not lacking, "lacks": lacking} for called, lacking in lacks.items()]
        )
    elif name is None:
        console.print_text(f"{folder.name} reaches the goals of: {', '.join(passed) or 'no lesson'}\n")
    else:
        (called, lesson), lacking = next(iter(lessons.items())), next(iter(lacks.values()))
        said = [f"{folder.name} reaches the goal of {called}. {lesson.answer}"] if not lacking else []
        said += (
            [f"{folder.name} does not reach the goal of {called}:", *(f"- {one}" for one in lacking)] if lacking else []
        )
        console.print_text("\n".join(said) + "\n")
    if not passed:
        raise typer.Exit(ExitCode.FAILED)


@app.command(cls=Command)
def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A TOML file that is not there yet: mine.toml.")],
) -> None:
    """Write a lesson to change into one of your own, which start and check take by its file."""
    console = Console.of_process()
    if file.suffix != ".toml":
        raise UsageError(f"A lesson is a TOML file: name it {shown(file.name + '.toml')}.")
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(TEMPLATE)
    except FileExistsError:
        raise UsageError(f"{file} is there already: name another file.") from None
    console.message(f"{file} is a lesson to change; to try it: nnlab lesson start {shlex.quote(str(file))}")
