"""The options that stand for keys of the config: given to a command by their table, and read as a partial config."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Collection, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from ..engine.options import OPTIONS, TEXT_FILES, Kind, Option, Repeated
from .choices import columns

if TYPE_CHECKING:
    from ..engine.config import DataConfig, Tree

    Function = Callable[..., None]

OF_COLUMNS: tuple[Kind, ...] = ("name", "names", "kinds", "lists", "embeddings")
TYPES: dict[Kind, type] = {"whole": int, "number": float, "switch": bool, "negated": bool}


def options(
    table: Collection[Option], *, after: str, panel: str | None = None, lead: str = ""
) -> Callable[[Function], Function]:
    """Give a command these options, behind its own parameter `after`. It finds them in its context, by `to_tree`.

    In its help they stand under the title `panel`, what each is for behind `lead`.
    """

    def with_options(function: Function) -> Function:
        own = inspect.signature(function, eval_str=True)
        names = list(own.parameters)
        at = names.index(after) + 1

        @wraps(function)
        def command(**params: Any) -> None:
            function(**{name: params[name] for name in names})

        given = list(own.parameters.values())
        given[at:at] = [_parameter(option, panel, lead) for option in table]
        command.__signature__ = own.replace(parameters=given)  # pyright: ignore[reportAttributeAccessIssue]
        return command

    return with_options


def text_options(*, after: str) -> Callable[[Function], Function]:
    """The options of all commands that read files: how a text file is written."""
    return options(TEXT_FILES, after=after, panel="Text files")


def _parameter(option: Option, panel: str | None, lead: str) -> inspect.Parameter:
    """An option as typer takes it from a command's signature."""
    help = lead + option.help[:1].lower() + option.help[1:] if lead else option.help
    info = typer.Option(
        *([f"--{option.name}/--{option.key}"] if option.kind == "negated" else []),
        help=help,
        rich_help_panel=panel,
        show_default=False,
        autocompletion=_completion(option),
    )
    kind = list[str] if option.kind in get_args(Repeated) else TYPES.get(option.kind, str)
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
            tree.setdefault(option.section, {}).update(_read(option, value))
    return tree


def told_of_texts(params: Mapping[str, Any]) -> DataConfig | None:
    """What a command's options tell of its text files; None where they tell nothing."""
    from ..engine.config import validate

    told = to_tree({option.parameter: params.get(option.parameter) for option in TEXT_FILES})
    return validate(told).data if told else None


def _read(option: Option, value: Any) -> dict[str, Any]:
    """What an option says, by the keys of its section."""
    from ..engine.models.naming import model_tree, read_arguments

    match option.kind:
        case "network":
            return model_tree(value)
        case "arguments":
            return {option.key: read_arguments(value)}
        case "scales":
            return _scales(value)
        case _:
            return {option.key: PARSERS.get(option.kind, _same)(value)}


def _scales(texts: list[str]) -> dict[str, Any]:
    """`column=kind` for the one column, `kind` alone for all others."""
    found: dict[str, Any] = {}
    for text in texts:
        column, equals, kind = text.rpartition("=")
        found |= {"scales": {**found.get("scales", {}), column.strip(): kind}} if equals else {"scale": kind}
    return found


def _same(value: Any) -> Any:
    return value


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _class_weights(text: str) -> str | list[str]:
    return _words(text) if any(char.isdigit() for char in text) else text


def _pairs(texts: list[str]) -> dict[str, list[str]]:
    """`column=a,b` as {column: [a, b]}, `column` alone as {column: []}."""
    return {column.strip(): _words(values) for column, _, values in (text.partition("=") for text in texts)}


def _kinds(texts: list[str]) -> dict[str, str]:
    """`column=kind` as {column: kind}; a column's name may hold an equals sign itself."""
    from ..engine.errors import UsageError

    bare = next((text for text in texts if "=" not in text), None)
    if bare is not None:
        raise UsageError(f"--kind {bare!r} names no column and kind: write it as --kind zip=category.")
    return {column.strip(): kind.strip() for column, _, kind in (text.rpartition("=") for text in texts)}


def _widths(texts: list[str]) -> dict[str, str]:
    return {column.strip(): width.strip() or "8" for column, _, width in (text.partition("=") for text in texts)}


PARSERS: dict[Kind, Callable[[Any], Any]] = {
    "names": _words,
    "widths": _words,
    "weights": _class_weights,
    "lists": _pairs,
    "embeddings": _widths,
    "kinds": _kinds,
    "negated": operator.not_,
}
