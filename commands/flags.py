"""The flags of `nnlab train` as a partial config tree."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..engine.config import Tree

# Where each flag belongs in the config, by the name of its parameter.
PLACES: dict[str, tuple[str, ...]] = {
    "data": (
        "target",
        "task",
        "features",
        "drop",
        "na",
        "keep_na",
        *("encoding", "separator", "decimal", "skip_rows", "comment"),
        "image_size",
        "samples",
        "classes",
        "train_split",
        "valid_split",
        "test_split",
        "test_size",
        "group",
        "time",
    ),
    "prepare": ("missing", "standardize", "bucketize", "one_hot", "embed", "pixels", "text"),
    "model": ("hidden", "activation", "dropout", "noise", "channels"),
    "training": (
        *("epochs", "batch_size", "seed", "loss", "label_smoothing", "class_weights", "optimizer", "lr", "momentum"),
        *("nesterov", "weight_decay", "l1", "clip", "scheduler", "factor", "patience", "step_size", "warmup"),
        *("early_stop", "final", "device", "precision", "threads", "step", "checkpoint_every", "on_divergence"),
    ),
}
RENAMED = {
    "kind": ("data", "kinds"),
    "no_header": ("data", "header"),
    "data_noise": ("data", "noise"),
    "data_seed": ("data", "seed"),
    "model": ("model", "family"),
}


def to_tree(params: Mapping[str, Any]) -> Tree:
    """The options that were given, as a partial config tree."""
    places = {name: (section, name) for section, names in PLACES.items() for name in names} | RENAMED
    tree: Tree = {}
    for name, value in params.items():
        if name in places and value is not None and value != () and value != []:
            section, key = places[name]
            tree.setdefault(section, {})[key] = PARSERS.get(name, _same)(value)
    if params.get("model"):
        from ..engine.models.naming import model_tree

        tree["model"].update(model_tree(params["model"]))
    if params.get("model_arg"):
        from ..engine.models.naming import read_arguments

        tree.setdefault("model", {})["args"] = read_arguments(params["model_arg"])
    for scale in params.get("scale") or []:
        column, equals, kind = scale.rpartition("=")
        below = tree.setdefault("prepare", {})
        below.update({"scales": {**below.get("scales", {}), column.strip(): kind}} if equals else {"scale": kind})
    return tree


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


PARSERS: dict[str, Callable[[Any], Any]] = {
    "features": _words,
    "standardize": _words,
    "hidden": _words,
    "channels": _words,
    "class_weights": _class_weights,
    "bucketize": _pairs,
    "one_hot": _pairs,
    "embed": _widths,
    "kind": _kinds,
    "no_header": operator.not_,
}
