"""The time slider as one line: the film from its first frame to the present, and where somebody looks."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from .blocks import Lines, words
from .palette import RenderOptions


def slider(
    at: int | None,
    epochs: Sequence[int],
    width: int,
    options: RenderOptions,
    *,
    playing: bool = False,
    present: str = "",
) -> Lines:
    """One line of at most `width` cells: `at` is the epoch looked at, None the `present`, which comes behind them all
    and is told in these words; `epochs` have frames, each of which takes as much of the line, however far apart they
    are."""
    if not epochs:
        return []
    label = _label(at, epochs, present)
    mark = options.pick("▶", ">") if playing else options.pick("●", "o")
    room = width - len(label)
    if room < 5:
        return [words((label.strip()[:width], options.grey))]
    place = len(epochs) if at is None else min(bisect_left(epochs, at), len(epochs) - 1)
    place = round(place / len(epochs) * (room - 1))
    line = options.pick("─", "-")
    return [
        words(
            (line * place, options.grey),
            (mark, options.bold),
            (line * (room - 1 - place), options.grey),
            (label, options.grey),
        )
    ]


def frame_at(x: int, at: int | None, epochs: Sequence[int], width: int, present: str = "") -> int | None:
    """The epoch of the frame at a column of the slider with the same arguments; None for the present, which is also
    right of it."""
    room = width - len(_label(at, epochs, present))
    place = round(min(max(x, 0) / max(room - 1, 1), 1) * len(epochs))
    return epochs[place] if place < len(epochs) else None


def present_words(epoch: int, last: int, best: int, *, over: bool) -> str:
    """What the present is called whose picture is of `epoch`: of a training that is at epoch `last`, or that ended
    there and has kept its best one."""
    if over:
        return f"{'best' if epoch == best else 'kept'}, epoch {epoch:,} of {last:,}"
    return f"now, epoch {epoch:,}" if epoch == last else f"newest, epoch {epoch:,}"


def _label(at: int | None, epochs: Sequence[int], present: str) -> str:
    last = epochs[-1]
    return f" {present or f'now, epoch {last:,}'}" if at is None else f" epoch {at:,} of {last:,}"
