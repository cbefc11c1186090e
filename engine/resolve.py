"""From what a user said to a complete config: flag over `--config` file over recipe over default of the data set."""

from __future__ import annotations

from pathlib import Path

from . import recipes
from .config import Config, Tree, flag_of, merge, read_toml, validate
from .data.sources import check
from .errors import UsageError

# What a choice needs of another one to have any effect: section, key -> the other key of its section, its values.
NEEDS: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {
    ("model", "hidden"): ("family", ("mlp", "noisy-mlp", "cnn")),
    ("model", "activation"): ("family", ("mlp", "noisy-mlp", "cnn")),
    ("model", "dropout"): ("family", ("mlp", "noisy-mlp", "cnn")),
    ("model", "noise"): ("family", ("noisy-mlp",)),
    ("model", "channels"): ("family", ("cnn",)),
    ("training", "momentum"): ("optimizer", ("sgd", "rmsprop")),
    ("training", "nesterov"): ("optimizer", ("sgd",)),
    ("training", "factor"): ("scheduler", ("plateau", "step")),
    ("training", "patience"): ("scheduler", ("plateau",)),
    ("training", "step_size"): ("scheduler", ("step",)),
}


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
    for (section, key), (other, fitting) in NEEDS.items():
        chosen = getattr(getattr(config, section), other)
        if flags.get(section, {}).get(key) and chosen not in fitting:
            flag, wanted = flag_of(section, key), flag_of(section, other)
            raise UsageError(
                f"--{flag} has no effect on the {wanted} {chosen!r}: leave it out, or say --{wanted}"
                f" {' or '.join(fitting)}."
            )
