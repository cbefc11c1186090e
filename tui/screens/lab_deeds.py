"""What keys of the lab do with its run, by name."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..playing import Playing

Deed = Callable[["Playing"], object]

DEEDS: dict[str, Deed] = {
    "epoch": lambda playing: playing.one_epoch(),
    "reset": lambda playing: playing.reset(),
    "seed": lambda playing: playing.new_seed(random.randrange(1, 1000)),
    "keep": lambda playing: playing.keep(),
    "leave": lambda playing: playing.leave(),
}


def know(networks: Sequence[str]) -> Deed:
    """Offer these networks of the user's own."""
    return lambda playing: playing.lab.know(networks)
