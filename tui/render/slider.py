"""The time slider as one line: the film from its first frame to the present, and where somebody looks."""

from __future__ import annotations

from collections.abc import Sequence

from .blocks import Lines, words
from .palette import RenderOptions


def slider(
    at: int | None, epochs: Sequence[int], width: int, options: RenderOptions, *, playing: bool = False
) -> Lines:
    """One line of at most `width` cells: `at` is the epoch looked at, None the present; `epochs` have frames."""
    if not epochs:
        return []
    shown = epochs[-1] if at is None else at
    label = f" epoch {shown} of {epochs[-1]}" if at is not None else f" now, epoch {shown}"
    mark = options.pick("▶", ">") if playing else options.pick("●", "o")
    room = width - len(label)
    if room < 5:
        return [words((label.strip()[:width], options.grey))]
    share = (shown - epochs[0]) / max(epochs[-1] - epochs[0], 1)
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
