"""Which epoch and which rows a picture is of; these may be others than those of the curves beside it."""

from __future__ import annotations

from ...engine.events import PictureTaken
from .text import count


def caption(picture: PictureTaken, best: int | None = None) -> str:
    """`epoch 1,320 (best), 300 of 6,000 valid rows`, or `epoch 1, step 12, 300 valid rows` within an epoch; no rows
    where an earlier version did not tell them."""
    return ", ".join(filter(None, (_epoch(picture, best), _rows(picture))))


def _epoch(picture: PictureTaken, best: int | None) -> str:
    epoch = picture.epoch
    if picture.step:
        return f"epoch {count(epoch + 1)}, step {count(picture.step)}"
    if not epoch:
        return "before the first epoch"
    return f"epoch {count(epoch)}{' (best)' if epoch == best else ''}"


def _rows(picture: PictureTaken) -> str:
    """What is drawn: points where there are some, else all the rows that were looked at."""
    if not picture.of:
        return ""
    points = picture.data.get("points")
    shown = picture.rows if points is None else min(len(points), picture.rows)
    of = f"{count(picture.of)} {picture.split} row{'' if picture.of == 1 else 's'}"
    return of if shown >= picture.of else f"{count(shown)} of {of}"
