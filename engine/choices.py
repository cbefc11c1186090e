"""The choices of a training by the names of the command's flags, as Python says them: `hidden=[32, 16]`, `lr=0.01`."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from .config import Config, Tree, flag_of, merge, validate
from .errors import NnlabError, UsageError, shown, unknown
from .models.naming import model_tree, name_of
from .models.trust import trust
from .resolve import resolve

if TYPE_CHECKING:
    from .models.families import Own

SECTIONS = ("data", "prepare", "model", "training")
ELSEWHERE = {("data", "name"), ("model", "file"), ("model", "class_name")}  # what no choice names by itself
FLAG = re.compile(r"--([a-z0-9][a-z0-9-]*)( (?='))?")
KNOWN_AS = {  # in scikit-learn and Keras
    "learning_rate": "lr",
    "learning_rate_init": "lr",
    "max_iter": "epochs",
    "n_epochs": "epochs",
    "hidden_layer_sizes": "hidden",
    "layers": "hidden",
    "random_state": "seed",
    "alpha": "weight_decay",
    "early_stopping": "early_stop",
    "n_iter_no_change": "early_stop",
}


def configured(name: str, choices: Mapping[str, Any]) -> tuple[Config, Own | None]:
    """The complete config of a training on the data of this name, as the command would have it with the same flags, and
    the class or function that makes the network, where `model` is one.

    Besides flags, `recipe` and `config` name where the other choices come from. A file that `model` names is one that
    nnlab may run on this machine. Raises UsageError, with the nearest one, for a choice that does not exist, and for
    values that are none.
    """
    places, tree = _places(), Tree()
    given = dict(choices)
    recipe, file, model = (given.pop(key, None) for key in ("recipe", "config", "model"))
    for word, value in given.items():
        if word not in places:
            if word in KNOWN_AS:
                raise UsageError(f"There is no choice {word!r}: it is called {KNOWN_AS[word]!r} here.")
            raise unknown("choice", word, [*places, "model", "recipe", "config"])
        if value is not None:
            section, key = places[word]
            key = "scale" if word == "scale" and isinstance(value, str) else key
            tree = merge(tree, {section: {key: READERS.get(word, _plain)(value)}})
    own = own_of(model)
    if model is not None:
        named = {"family": "custom", "class_name": name_of(own)} if own else model_tree(model)
        tree = merge(tree, {"model": named})
    validate(tree)
    config = resolve(name, flags=tree, recipe=recipe, file=None if file is None else Path(file))
    if "file" in tree.get("model", {}):
        trust(config.model.file)
    return config, own


@contextmanager
def in_python() -> Generator[None]:
    """Errors that name flags, such as `--target 'y'`, name choices instead: `target='y'`."""
    try:
        yield
    except NnlabError as error:
        error.args = (FLAG.sub(lambda flag: flag[1].replace("-", "_") + ("=" if flag[2] else ""), str(error)),)
        raise


def _places() -> dict[str, tuple[str, str]]:
    """The section and key of each choice."""
    keys = [(section, key) for section in SECTIONS for key in type(getattr(Config(), section)).model_fields]
    return {flag_of(*place).replace("-", "_"): place for place in keys if place not in ELSEWHERE}


def own_of(model: Any) -> Own | None:
    """What makes a network of the user's own, if that is what they gave. UsageError for a network that is made."""
    if model is None or isinstance(model, str):
        return None
    if isinstance(model, type) or (callable(model) and not hasattr(model, "parameters")):
        return cast(Any, model)
    raise UsageError(
        f"The model cannot be {shown(model)}: give a family's name, 'net.py:MyNet', or the class of a network, which "
        "nnlab builds for the data."
    )


def _plain(value: Any) -> Any:
    """The value, with tuples and arrays as lists."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return list(value) if isinstance(value, tuple) else value.tolist() if hasattr(value, "tolist") else value


def _words(value: Any) -> Any:
    """`"a,b"` as the flag has it, a single value, or several."""
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    return [value] if isinstance(value, int) else _plain(value)


def _texts(value: Any) -> Any:
    """A value, or several, as they would be written in a file."""
    several = _plain([value] if isinstance(value, str | int | float) else value)
    return [str(one) for one in several] if isinstance(several, list) else several


def _by_column(default: Any, value: Any) -> Any:
    """Values by column; of a column's name alone, or several, the default one."""
    names = [value] if isinstance(value, str) else value
    return dict.fromkeys(names, default) if isinstance(names, list | tuple) else _plain(value)


def _categories(value: Any) -> Any:
    named = _by_column([], value)
    return {name: _texts(one) for name, one in named.items()} if isinstance(named, dict) else named


def _embeddings(value: Any) -> Any:
    return _by_column(8, value)


def _negated(value: Any) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"The choice no_header cannot be {shown(value)}: it is True or False.")
    return not value


READERS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("features", "standardize", "hidden", "channels"), _words),
    **dict.fromkeys(("drop", "na", "keep_na"), _texts),
    "one_hot": _categories,
    "embed": _embeddings,
    "no_header": _negated,
}
