"""How fast the lab trains: what a trainer is asked for, and what that is called. No textual, no torch."""

from __future__ import annotations

from typing import NamedTuple


class Speed(NamedTuple):
    """`epochs` a second at most; 0 where it is not epochs that are counted, or nothing is."""

    name: str
    epochs: float = 0.0


STEPS = "1steps"  # the speed at which each step is seen
SPEEDS = {
    STEPS: Speed("1 step/s"),
    "1e": Speed("1 epoch/s", 1),
    "5e": Speed("5 epochs/s", 5),
    "20e": Speed("20 epochs/s", 20),
    "100e": Speed("100 epochs/s", 100),
    "full": Speed("full speed"),
}


def next_speed(pace: str, by: int) -> str:
    """The speed after this one (`by` 1), or the one before; behind the fastest comes the slowest."""
    paces = list(SPEEDS)
    return paces[(paces.index(pace) + by) % len(paces)]


FIRST_SPEED = "5e"  # slow enough to see the boundary bend
