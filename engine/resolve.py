"""From what a user said to a complete config: flag over `--config` file over recipe over default of the data set."""

from __future__ import annotations

from pathlib import Path

from . import recipes
from .config import Config, Tree, merge, read_toml, validate
from .data.sources import check
from .errors import UsageError
from .options import OPTIONS, flag_of


def resolve(data: str | None, *, flags: Tree, recipe: str | None = None, file: Path | None = None) -> Config:
    """The config of a run. `data` is the data set's name where one is given; `flags` is a partial config tree.

    Without a recipe, the defaults of the data set lie below, unless the file is a resolved config, which is complete.
    Raises UsageError for an unknown recipe or key, a wrong value, a flag without effect, or when the data set
    is not named or does not exist.
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
    config = validate(merge(base, told, named, {"resolved": True}))
    if not config.data.name:
        raise UsageError("Which data set? Name one, as in `nnlab train xor`; `nnlab data list` shows them.")
    check(config.data)
    refuse_idle(flags, config)
    return config


def refuse_idle(flags: Tree, config: Config) -> None:
    """UsageError for a flag without effect beside the config's other choices, such as momentum for adam.

    Files and recipes may hold such values, since a flag may have made them idle; zero and false ask for nothing.
    """
    for option in OPTIONS:
        if not option.needs or not flags.get(option.section, {}).get(option.key):
            continue
        other, *fitting = option.needs
        chosen = getattr(getattr(config, option.section), other)
        if chosen not in fitting:
            wanted = flag_of(option.section, other)
            raise UsageError(
                f"--{option.name} has no effect on the {wanted} {chosen!r}: leave it out, or say --{wanted}"
                f" {' or '.join(fitting)}."
            )
