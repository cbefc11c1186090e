"""What is written after an option, read as a part of the config. Nothing heavy."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from .options import Kind, Option


def read(option: Option, value: Any) -> dict[str, Any]:
    """What an option says, by the keys of its section. UsageError where it is not written as such options are."""
    from .models.naming import model_tree, read_arguments

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
    from .errors import UsageError

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
