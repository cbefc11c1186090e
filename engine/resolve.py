"""From what a user said to a complete config: flag over `--config` file over recipe over default of the data set."""

from __future__ import annotations

from pathlib import Path

from . import recipes
from .config import Config, Tree, merge, read_toml, validate
from .data.sources import check
from .errors import UsageError


def resolve(data: str | None, *, flags: Tree, recipe: str | None = None, file: Path | None = None) -> Config:
    """The config of a run. `data` is the data set's name where one is given; `flags` is a partial config tree.

    Without a recipe, the defaults of the data set lie below, unless the file is a resolved config, which is complete.
    Raises UsageError for an unknown recipe or key, a wrong value, or when the data set is not named or does not exist.
    """
    named = merge(flags, {"data": {"name": data}}) if data else flags
    told = read_toml(file) if file else {}
    validate(told, source=str(file))
    base: Tree = {}
    if recipe is not None:
        base = recipes.read(recipe)
    elif not told.get("resolved"):
        tree = merge(told, named)
        base = recipes.default_for(tree.get("data", {}).get("name", ""), tree.get("model", {}).get("family"))
    config = validate(merge(base, told, named, {"resolved": True}), source="the command line")
    if not config.data.name:
        raise UsageError("Which data set? Name one, as in `nnlab train xor`; `nnlab data list` shows them.")
    check(config.data)
    return config
