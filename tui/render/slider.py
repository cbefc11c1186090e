"""The time slider as one line: the film from its first frame to the present, and where somebody looks."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from .blocks import Lines, words
from .palette import RenderOptions


def slider(
    at: int | None, epochs: Sequence[int], width: int, options: RenderOptions, *, playing: bool = False
) -> Lines:
    """One line of at most `width` cells: `at` is the epoch looked at, None the present; `epochs` have frames, each of
    which takes as much of the line, however far apart they are."""
    if not epochs:
        return []
    label = _label(at, epochs)
    mark = options.pick("▶", ">") if playing else options.pick("●", "o")
    room = width - len(label)
    if room < 5:
        return [words((label.strip()[:width], options.grey))]
    place = len(epochs) - 1 if at is None else min(bisect_left(epochs, at), len(epochs) - 1)
    share = place / max(len(epochs) - 1, 1)
    place = round(share * (room - 1))
    line = options.pick("─", "-")
    return [
        words(
            (line * place, options.grey),
            (mark, options.bold),
            (line * (room - 1 - place), options.grey),
            (label, options.grey),
        )
    ]


def frame_at(x: int, at: int | None, epochs: Sequence[int], width: int) -> int:
    """The epoch of the frame at a column of the slider with the same arguments; the newest one right of it."""
    room = width - len(_label(at, epochs))
    share = min(max(x, 0) / max(room - 1, 1), 1)
    return epochs[round(share * (len(epochs) - 1))]


def _label(at: int | None, epochs: Sequence[int]) -> str:
    last = epochs[-1]
    return f" now, epoch {last:,}" if at is None else f" epoch {at:,} of {last:,}"
