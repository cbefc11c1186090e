"""From what a user said to a complete config: flag over `--config` file over recipe over default of the data set."""

from __future__ import annotations

from pathlib import Path

from . import recipes
from .config import Config, Tree, merge, read_toml, validate
from .data.sources import MEMORY, check, is_table
from .errors import UsageError
from .options import OPTIONS, flag_of
from .quality import LARGE, MEMBERS_KEYS, settle


def resolve(data: str | None, *, flags: Tree, recipe: str | None = None, file: Path | Tree | None = None) -> Config:
    """The config of a run. `data` is the data set's name where one is given; `flags` is a partial config tree,
    and so is what the file holds, or a tree in its place.

    Without a recipe, the defaults of the data set lie below, unless the file is a resolved config, which is complete.
    Raises UsageError for an unknown recipe or key, a wrong value, a flag without effect, or when the data set
    is not named or does not exist.
    """
    named = merge(flags, {"data": {"name": data}}) if data else flags
    told = read_toml(file) if isinstance(file, Path) else file or {}
    validate(told, source=str(file) if isinstance(file, Path) else "the config")
    base: Tree = {}
    if recipe is not None:
        if flags.get("training", {}).get("quality"):
            raise UsageError(f"The recipe {recipe!r} leaves nothing open to choose: leave out --quality, or --recipe.")
        base = recipes.read(recipe)
    elif not told.get("resolved"):
        base = _base(merge(told, named))
    elif "quality" in flags.get("training", {}) and "quality" not in told.get("training", {}):
        raise UsageError("The config leaves nothing open to choose: leave out --quality, or --config.")
    config = validate(merge(base, told, _without_quick(named), {"resolved": True}))
    if not config.data.name:
        raise UsageError("Which data set? Name one, as in `nnlab train xor`; `nnlab data list` shows them.")
    check(config.data)
    if named.get("training", {}).get("quality") == "quick" and not told.get("resolved"):
        flags = merge(_of_members(told), flags)
    refuse_idle(flags, settle(config, LARGE))
    return config


def _base(told: Tree) -> Tree:
    """What lies below what was told: the defaults of the data set, or, for a table of the user's and no network that
    they named, a quality that chooses by its rows and columns once these are read."""
    name, family = told.get("data", {}).get("name", ""), told.get("model", {}).get("family")
    own = family is None and (is_table(name) or name == MEMORY)
    quality = told.get("training", {}).get("quality", "good" if own else None)
    if quality in (None, "quick"):
        return recipes.default_for(name, family)
    data = recipes.default_for(name).get("data", {})
    return {"data": data, "training": {"quality": quality}}


def _of_members(told: Tree) -> Tree:
    """What a file says of a network of several members, which the quality quick would leave without effect."""
    return {"model": {key: value for key, value in told.get("model", {}).items() if key in MEMBERS_KEYS}}


def _without_quick(told: Tree) -> Tree:
    """What was told without `quick`, which leaves nothing open."""
    training = told.get("training", {})
    if training.get("quality") != "quick":
        return told
    return {**told, "training": {key: value for key, value in training.items() if key != "quality"}}


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
                f"--{option.name} has no effect on the {wanted} {chosen!r}: leave it out, or use --{wanted}"
                f" {' or '.join(fitting)}."
            )
