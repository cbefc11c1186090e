"""What is done with the lab's run: at first, and by keys."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..trainer.launch import Start
    from ..trainer.monitor import Watching
    from .play import Playing

Network = tuple[str, Sequence[str]]
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


def first_play(data: str, network: Network, owned: list[Watching], start: Start, clock: Callable[[], float]) -> Playing:
    """A lab with this data and network that is ready to play; it says what is wrong with them, or how to go on."""
    from .choices import opened
    from .play import Playing

    lab, said = opened(data, *network)
    playing = Playing(lab, owned, start, clock)
    playing.said = said or "space plays; ↑↓ choose a setting, ←→ change it; ? shows all keys"
    playing.begin(going=False)
    return playing
