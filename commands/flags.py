"""The options that stand for keys of the config: given to a command by their table, and read as a partial config."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from ..engine.options import OPTIONS, TEXT_FILES, Kind, Option, Repeated
from ..engine.written import read
from .choices import columns

if TYPE_CHECKING:
    from ..engine.config import DataConfig, Tree

    Function = Callable[..., None]

OF_COLUMNS: tuple[Kind, ...] = ("name", "names", "kinds", "lists", "embeddings")
TYPES: dict[Kind, type] = {"whole": int, "number": float, "switch": bool, "negated": bool}


def options(
    table: Collection[Option], *, after: str, panel: str | None = None, lead: str = "", as_text: bool = False
) -> Callable[[Function], Function]:
    """Give a command these options, behind its own parameter `after`. It finds them in its context, by `to_tree`.

    In its help they stand under the title `panel`, what each is for behind `lead`. Where numbers are taken `as_text`,
    something else may stand in their place.
    """

    def with_options(function: Function) -> Function:
        own = inspect.signature(function, eval_str=True)
        names = list(own.parameters)
        at = names.index(after) + 1

        @wraps(function)
        def command(**params: Any) -> None:
            function(**{name: params[name] for name in names})

        given = list(own.parameters.values())
        given[at:at] = [_parameter(option, panel, lead, as_text) for option in table]
        command.__signature__ = own.replace(parameters=given)  # pyright: ignore[reportAttributeAccessIssue]
        return command

    return with_options


def text_options(*, after: str) -> Callable[[Function], Function]:
    """The options of all commands that read files: how a text file is written."""
    return options(TEXT_FILES, after=after, panel="Text files")


def _parameter(option: Option, panel: str | None, lead: str, as_text: bool) -> inspect.Parameter:
    """An option as typer takes it from a command's signature."""
    help = lead + option.help[:1].lower() + option.help[1:] if lead else option.help
    info = typer.Option(
        *([f"--{option.name}/--{option.key}"] if option.kind == "negated" else []),
        help=help,
        rich_help_panel=panel,
        show_default=False,
        autocompletion=_completion(option),
    )
    types = {kind: type for kind, type in TYPES.items() if type is bool} if as_text else TYPES
    kind = list[str] if option.kind in get_args(Repeated) else types.get(option.kind, str)
    annotation = Annotated[kind | None, info]
    return inspect.Parameter(
        option.parameter, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation=annotation
    )


def _completion(option: Option) -> Callable[..., list[str]] | None:
    """What completes the option in a shell: one of its choices, or columns of the table."""

    def choices(incomplete: str) -> list[str]:
        return [choice for choice in option.choices if choice.startswith(incomplete)]

    if option.choices:
        return choices
    return columns if option.kind in OF_COLUMNS or option.key in ("drop", "keep_na") else None


def to_tree(params: Mapping[str, Any]) -> Tree:
    """The options that were given, as a partial config tree."""
    tree: Tree = {}
    for option in OPTIONS:
        value = params.get(option.parameter)
        if value is not None and value != () and value != []:
            tree.setdefault(option.section, {}).update(read(option, value))
    return tree


def told_of_texts(params: Mapping[str, Any]) -> DataConfig | None:
    """What a command's options tell of its text files; None where they tell nothing."""
    from ..engine.config import validate

    told = to_tree({option.parameter: params.get(option.parameter) for option in TEXT_FILES})
    return validate(told).data if told else None
