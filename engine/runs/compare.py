"""Where configs differ: their keys in one level, and the values as they are shown side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

SAME = ("description",)  # keys that say nothing of what a run does
PARTS = ("prepare", "data", "training", "model")  # of a config, whose keys are settings
WHOLE = {
    *("noise", "seed", "name", "run", "state", "data", "model", "task"),
    *("epochs", "planned", "reached", "best", "modified", "when"),
}
"""Last names that are those of several settings, or of something else that is told of a run."""


def flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A config tree with its keys in one level: `training.lr`."""
    found: dict[str, Any] = {}
    for key, value in tree.items():
        deeper = isinstance(value, dict) and prefix == ""
        found.update(flat(value, f"{key}.") if deeper else {prefix + key: value})
    return found


def setting_name(key: str) -> str:
    """What a setting is called: `optimizer` for `training.optimizer`, but `data.noise`, since there is another."""
    last = key.rpartition(".")[2]
    return key if last in WHOLE else last


def settings(configs: Sequence[Mapping[str, Any]]) -> list[str]:
    """The keys of all settings of configs, those first whose values differ."""
    flats = [flat({part: config[part] for part in PARTS if part in config}) for config in configs]
    return list(dict.fromkeys([*differing(flats), *(key for one in flats for key in one)]))


def differing(configs: Sequence[Mapping[str, Any]]) -> list[str]:
    """The keys of flat configs whose values are not the same in all of them."""
    keys = dict.fromkeys(key for config in configs for key in config)
    return [key for key in keys if len({repr(config.get(key)) for config in configs}) > 1 and key not in SAME]


def shown(value: Any) -> str:
    """A config's value or a metric in a cell."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.6g}"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
