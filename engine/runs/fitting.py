"""Whether a run has learnt rows by heart, or too little, in a sentence; nothing where neither matters."""

from __future__ import annotations

import math
from statistics import fmean as mean

from ..errors import number_of
from ..events import Record
from ..history import History
from ..wording import number
from .progress import watched_loss

RISEN = 1.25  # times its least value, from which on a validation loss that has risen matters
APART = 0.5  # of the validation loss, by which the train loss is below it where rows are known by heart
LOST = 0.2  # of what the validation loss had fallen by, by which it has to have risen
LATELY = 5  # epochs behind the best one, all of which have to be so: a single one may jump up
FEW = 10  # epochs, before which nothing is said of what is still falling
TENTH, LEAST = 10, 3  # the part of all epochs, and the fewest of them, whose mean loss is compared with that before
FALLING = 0.95  # of the loss of the epochs before, below which it is still falling
MATTERS = 0.05  # of the first train loss, by which it has to have fallen
HARDLY = 0.97  # of the first train loss, above which nothing has been learnt


def overfits(best: Record, history: History) -> str:
    """That the validation loss has risen since a run's best epoch, and stays there, while the train loss fell; and what
    to try."""
    valid, train = (history.columns.get(name) for name in ("loss_valid", "loss_train"))
    if valid is None or train is None or not best or history[-1]["epoch"] - best["epoch"] < LATELY:
        return ""
    least, known = best.get("loss_valid", math.nan), best.get("loss_train", math.nan)
    lowest, learnt = min(valid[-LATELY:]), sum(train[-LATELY:]) / LATELY
    lost = lowest - least > LOST * (valid[0] - least)
    if not (lost and lowest > RISEN * least and learnt < known and lowest - learnt > APART * lowest):
        return ""
    return (
        f"The validation loss has risen from {number(least)} in epoch {best['epoch']:.0f} to {number(valid[-1])}, and "
        f"the train loss has fallen to {number(train[-1])}: it overfits, and learns its rows by heart. More rows, "
        f"--dropout 0.2, --weight-decay 0.01 or fewer units help; the best epoch is kept."
    )


def underfits(history: History, epochs: int) -> str:
    """That a run which is over had more to learn, or learnt nothing, and what to try; `epochs` are those planned."""
    if len(history) < FEW:
        return ""
    first, last = (history[place].get("loss_train", math.nan) for place in (0, -1))
    if last > HARDLY * first:
        return (
            f"The train loss hardly fell, from {number(first)} to {number(last)}: it underfits. `nnlab doctor latest` "
            "looks into the layers, `nnlab lr` for a learning rate."
        )
    part = max(LEAST, len(history) // TENTH)
    loss, earlier = (mean(map(watched_loss, rows)) for rows in (history[-part:], history[-2 * part : -part]))
    if len(history) >= epochs and loss < FALLING * earlier and earlier - loss > MATTERS * first:
        return (
            f"The loss was still falling when the {number_of(epochs, 'epoch')} were over: more of them may bring more, "
            f"as with --epochs {2 * epochs}."
        )
    return ""
