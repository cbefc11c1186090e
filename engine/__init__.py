"""What does the work: torch, and nothing that prints.

From Python, a few calls offer what the commands do; each is imported when it is first asked for (`api.py` has them):
`configure`, `load_data`, `build_network`, `train`, `load_checkpoint`, `load_network`, `evaluate`, `predict`, and the
scikit-learn estimators `NnlabClassifier` and `NnlabRegressor`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import (
        build_network,
        configure,
        evaluate,
        load_checkpoint,
        load_data,
        load_network,
        predict,
        train,
    )
    from .estimator import NnlabClassifier, NnlabRegressor

__all__ = [
    "NnlabClassifier",
    "NnlabRegressor",
    "build_network",
    "configure",
    "evaluate",
    "load_checkpoint",
    "load_data",
    "load_network",
    "predict",
    "train",
]


def __getattr__(name: str) -> Any:
    """Import a public call when it is first used, so that importing this package costs nothing."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name.startswith("Nnlab"):
        from . import estimator

        return getattr(estimator, name)
    from . import api

    return getattr(api, name)
