"""After which epochs a training that is watched has its picture taken, whatever the clock says."""

from __future__ import annotations

from bisect import bisect_left

EVENLY = 100  # pictures over all epochs that are planned, besides the early ones
LAST_EARLY = 10**9


def _early() -> frozenset[int]:
    """0, 1, 2, 3, 5, 8, ...: as far apart as it took to get there, since a network learns most at first."""
    found = [0, 1, 2]
    while found[-1] < LAST_EARLY:
        found.append(found[-1] + found[-2])
    return frozenset(found)


EARLY = _early()


def is_milestone(epoch: int, planned: int) -> bool:
    """Whether the end of this epoch, of so many that are planned, is worth a picture."""
    return epoch in EARLY or epoch % max(1, planned // EVENLY) == 0


def thinned(epochs: list[int], most: int) -> list[int]:
    """At most `most` (two or more) of these epochs, which are in order: the first, the newest, early ones in up to half
    of the places, and others evenly over all."""
    if len(epochs) <= most:
        return epochs
    early = [epochs[0], *(epoch for epoch in epochs[1:-1] if epoch in EARLY)][: most // 2]
    places = most - len(early)
    step = (epochs[-1] - epochs[0]) / places
    evenly = (bisect_left(epochs, epochs[0] + step * place) for place in range(1, places))
    return sorted({*early, *(epochs[place] for place in evenly), epochs[-1]})
