"""nnlab: a neural-network laboratory in the terminal, and from Python.

`fit` trains a network and returns it, `load` finds one that was trained, `train` yields a training's events; a
`Network` predicts, evaluates and is saved. `NnlabClassifier` and `NnlabRegressor` are scikit-learn's estimators. Each
is imported when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .commands.python import fit
    from .engine.api import train
    from .engine.errors import NnlabError, UsageError
    from .engine.estimator import NnlabClassifier, NnlabRegressor
    from .engine.network import Network, load

__version__ = "0.1.0"
__all__ = ["Network", "NnlabClassifier", "NnlabError", "NnlabRegressor", "UsageError", "fit", "load", "train"]

_PLACES = {
    "fit": "commands.python",
    "load": "engine.network",
    "Network": "engine.network",
    "train": "engine.api",
    "NnlabClassifier": "engine.estimator",
    "NnlabRegressor": "engine.estimator",
    "NnlabError": "engine.errors",
    "UsageError": "engine.errors",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that importing nnlab costs nothing."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_PLACES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
