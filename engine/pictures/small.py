"""Which networks are small enough to be followed number by number; no torch is needed to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..events import RunStarted

MOST_UNITS = 16  # of a layer, and inputs: more cannot be followed
MOST_LAYERS = 8
FAMILIES = ("linear", "mlp", "noisy-mlp")


def is_small(started: RunStarted) -> bool:
    """Whether a run's network can be followed, as far as its log tells."""
    model = started.section("model")
    hidden = model.get("hidden", []) if model.get("family") != "linear" else []
    widest = max(started.features, len(started.classes), *hidden)
    return model.get("family") in FAMILIES and 0 < widest <= MOST_UNITS and len(hidden) < MOST_LAYERS
