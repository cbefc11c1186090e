"""The command line: a group that knows its commands by name and imports one only when it is run.

Help, version and completion read the table below, so none of them waits for torch. Whatever a command raises becomes
one sentence on stderr and an exit code, here and nowhere else.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from importlib import import_module
from types import TracebackType
from typing import Annotated

import typer
from typer import _click
from typer._click.exceptions import BadParameter, ClickException, NoArgsIsHelpError, NoSuchOption
from typer.core import TyperGroup

from .. import __version__
from ..engine.errors import LONGEST_SENTENCE, ExitCode, NnlabError, nearest, shortened, shown
from .help import Command, Group, new_app
from .packages import missing

COMMANDS: dict[str, tuple[str, str]] = {
    "data": ("data", "Look at data: list what there is, show its columns, plot it."),
    "train": ("train", "Train a network and watch it learn."),
    "lr": ("lr", "Find the learning rates that suit a training."),
    "sweep": ("sweep", "Train many networks and find the settings that suit the data."),
    "tui": ("tui", "Open the lab: play with networks, runs, data and predictions."),
    "watch": ("watch", "Watch a run that is being trained, or was."),
    "eval": ("eval", "Evaluate a trained network beside simple baselines."),
    "landscape": ("landscape", "Draw the loss around a run's weights, or along their path."),
    "explain": ("explain", "Work one row out by hand: forward, backward, update."),
    "look": ("look", "See what an answer rests on: parts of an image, rows alike."),
    "predict": ("predict", "Predict new rows or images with a trained network."),
    "serve": ("serve", "Serve a trained network over HTTP, with a form to try it."),
    "export": ("export", "Export a network as ONNX, torch.export, safetensors or Python."),
    "push": ("push", "Push a network to the Hugging Face Hub, with a model card."),
    "report": ("report", "Write a run as one page, a model card or a picture."),
    "runs": ("runs", "List, show, compare, export and remove runs."),
    "lesson": ("lesson", "Learn by lessons: list, start, check, or write one."),
    "recipe": ("recipe", "List recipes, or print one to start your own from."),
    "model": ("model", "List network families, or show a network's layers."),
    "doctor": ("doctor", "Check this machine and say what is missing."),
}
"""Each command's module in this package and its line in the help. A module offers `app`, a `typer.Typer`."""


HELP = """Train neural networks in the terminal, watch them learn, and use them.

`nnlab train xor` is a good start; `nnlab COMMAND --help` explains a command."""


class LazyGroup(Group):
    """A group whose commands are only names and help until one of them is run or completed."""

    def resolve_command(
        self, ctx: _click.Context, args: list[str]
    ) -> tuple[str | None, _click.Command | None, list[str]]:
        """Find the command as any group does, then put the imported one in place of its entry."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, load(name) if name in COMMANDS else command, rest


def load(name: str) -> _click.Command:
    """Import a command's module and return the command it offers."""
    module, summary = COMMANDS[name]
    command = typer.main.get_command(import_module(f".{module}", __package__).app)
    command.name = name
    command.help = command.help or summary
    return command


def build() -> TyperGroup:
    """The whole command line, with an unimported entry for every command."""
    app = new_app(HELP, cls=LazyGroup, completion=True)
    app.callback()(_nnlab)
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    for name, (_, summary) in COMMANDS.items():
        group.add_command(Command(name, help=summary))
    return group


def run(argv: list[str]) -> int:
    """Run one command line and return its exit code.

    `--debug` may stand anywhere before a `--`; with it the exception itself goes on, for its traceback.
    """
    own = argv[: argv.index("--")] if "--" in argv else argv
    debug = "--debug" in own
    argv = [word for word in own if word != "--debug"] + argv[len(own) :]
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # pyright: ignore[reportAttributeAccessIssue]
    try:
        code = build().main(argv, prog_name="nnlab", standalone_mode=False, obj=argv)
        sys.stdout.flush()
    except BrokenPipeError:
        return _close_quietly()
    except NoArgsIsHelpError as error:
        error.show()
        return ExitCode.USAGE
    except ClickException as error:
        return _fail(_sentence(error), error.exit_code, error if debug else None)
    except NnlabError as error:
        return _fail(str(error), error.exit_code, error if debug else None)
    except OSError as error:
        _spare_stdout()
        where = f"{shortened(str(error.filename), LONGEST_SENTENCE)}: " if error.filename else ""
        code = ExitCode.USAGE if error.errno == errno.ENAMETOOLONG else ExitCode.FAILED  # no file has such a name
        return _fail(f"{where}{error.strerror or error}.", code, error if debug else None)
    except ModuleNotFoundError as error:
        sentence = missing(error.name)
        if not sentence:
            raise
        return _fail(sentence, ExitCode.FAILED, error if debug else None)
    except MemoryError as error:
        return _fail(
            "There is not enough memory: use fewer rows or a smaller batch.", ExitCode.FAILED, error if debug else None
        )
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    return code if isinstance(code, int) else ExitCode.DONE


def say_bug(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
    """The process's last word (as `sys.excepthook`) on what nobody foresaw: a sentence instead of a traceback."""
    said = str(error).strip().split("\n")[0]
    what = f"{kind.__name__}: {said}" if said else kind.__name__
    _fail(f"nnlab itself went wrong ({what}): the same command with --debug shows where.", ExitCode.FAILED, None)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"nnlab {__version__}")
        raise typer.Exit


def _nnlab(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_print_version)
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Options of `nnlab` itself: both are dealt with before any command runs."""


def _sentence(error: ClickException) -> str:
    """A usage error in one sentence, with the nearest option and the help to read."""
    message = _of_value(error) if isinstance(error, BadParameter) and error.__cause__ else error.format_message()
    message = shortened(message.strip().replace("\n", " ").rstrip("."), LONGEST_SENTENCE)
    context: _click.Context | None = getattr(error, "ctx", None)
    if context is None:
        return message + "."
    if isinstance(error, NoSuchOption):
        options = [name for option in context.command.get_params(context) for name in option.opts]
        meant = nearest(error.option_name, options)
        message = f"No such option: {error.option_name}" + (f"; did you mean {meant}?" if meant else "")
    end = "" if message.endswith("?") else "."
    return f"{message}{end} `{context.command_path} --help` explains."


def _of_value(error: BadParameter) -> str:
    """What an option's value has to be, in the words in which a config's key is refused."""
    from pydantic import ValidationError

    from ..engine.config import needed

    if not isinstance(error.__cause__, ValidationError) or error.param is None:
        return error.format_message()
    first, name = error.__cause__.errors(include_url=False)[0], max(error.param.opts, key=len)
    must = needed(first["type"], first.get("ctx", {}))
    said = first["msg"].removeprefix("Value error, ")
    return f"{name} cannot be {shown(first['input'])}: {must}" if must else f"{name}: {said}"


def _fail(sentence: str, code: int, error: BaseException | None) -> int:
    """Say what went wrong and return the code; with `error`, show its traceback first."""
    if error is not None:
        import traceback

        traceback.print_exception(error)
    from .console import Console

    with suppress(OSError):  # where even stderr is gone, the code must do
        Console.of_process().error(sentence)
    return code


def _close_quietly() -> int:
    """The reader of stdout has gone (`nnlab ... | head`): let nothing more be written, not even at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.FAILED


def _spare_stdout() -> None:
    """Where stdout takes nothing (a full disk, a terminal that is gone), forget what it still holds."""
    try:
        sys.stdout.flush()
    except OSError:
        _close_quietly()
