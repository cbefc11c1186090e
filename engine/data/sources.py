"""From a data set's name to its rows."""

from __future__ import annotations

from ..config import DataConfig
from ..errors import UsageError
from .catalog import find
from .dataset import Dataset

SYNTHETIC_ONLY = ("samples", "noise", "seed", "classes")


def check(config: DataConfig) -> None:
    """Raise UsageError, without loading anything, for a name that is no data set or settings it cannot have."""
    info = find(config.name)
    given = next((key for key in SYNTHETIC_ONLY if getattr(config, key) is not None), None)
    if given is not None and not info.synthetic:
        option = {"noise": "data-noise", "seed": "data-seed"}.get(given, given)
        raise UsageError(f"{info.name} is no synthetic data set: --{option} is for those that are drawn, such as xor.")


def load(config: DataConfig) -> Dataset:
    """Load or draw the data set that the config names. Raises UsageError as `check` does."""
    check(config)
    info = find(config.name)
    if info.synthetic:
        from .synthetic import draw

        return draw(info, config)
    from .bundled import read

    return read(info)
