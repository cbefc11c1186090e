"""Which epoch and which rows a picture is of; these may be others than those of the curves beside it."""

from __future__ import annotations

from typing import NamedTuple

from ...engine.events import PictureTaken
from ...engine.runs.progress import Progress
from .text import count


class Best(NamedTuple):
    """The best epoch of a run, and by what it is the best."""

    epoch: int
    by: str

    @classmethod
    def of(cls, progress: Progress) -> Best:
        """That of a run as far as it has come; epoch 0 where there is none."""
        return cls(progress.best_epoch, progress.best_by)


def caption(picture: PictureTaken, best: Best | None = None, width: int | None = None) -> str:
    """`epoch 1,320, 300 of 6,000 valid rows`, or `epoch 1, step 12, 300 valid rows` within an epoch; no rows where an
    earlier version did not tell them. Where `width` is too small for all, the rows are left out before the rest, then
    that it is the best."""
    epoch = _epoch(picture, best)
    whole = ", ".join(filter(None, (epoch, _rows(picture))))
    fitting = (said for said in (whole, epoch) if width is None or len(said) <= width)
    return next(fitting, _epoch(picture, None))


def _epoch(picture: PictureTaken, best: Best | None) -> str:
    epoch = picture.epoch
    if picture.step:
        return f"epoch {count(epoch + 1)}, step {count(picture.step)}"
    if not epoch:
        return "before the first epoch"
    if best is None or epoch != best.epoch:
        return f"epoch {count(epoch)}"
    return f"best epoch by {best.by}: {count(epoch)}"


def _rows(picture: PictureTaken) -> str:
    """What is drawn: points where there are some, else all the rows that were looked at."""
    if not picture.of:
        return ""
    points = picture.data.get("points") if picture.kind != "landscape" else None  # whose points are weights
    shown = picture.rows if points is None else min(len(points), picture.rows)
    of = f"{count(picture.of)} {picture.split} row{'' if picture.of == 1 else 's'}"
    return of if shown >= picture.of else f"{count(shown)} of {of}"
