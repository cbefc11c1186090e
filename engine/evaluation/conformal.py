"""How far an answer can be off: split-conformal intervals for numbers and sets for classes, from validation rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, Field

from ..errors import UsageError, number_of

LEAST, MOST = 50, 99  # percent of answers that an interval may be asked to hold
TOLD = (80, 90, 95)  # percent that `eval` tests


def _rising(margins: list[float]) -> list[float]:
    """No margin may be below that of a lower percentage."""
    if any(after < before for before, after in pairwise(margins)):
        raise ValueError("they do not rise")
    return margins


Margins = Annotated[
    list[Annotated[float, Field(ge=0, allow_inf_nan=False)]],
    Field(max_length=MOST - LEAST + 1),
    AfterValidator(_rising),
]
"""For each percentage from `LEAST` on, as far as the validation rows sufficed, what that share of answers is not off by
more: of numbers the distance to the truth, in the target's own units; of classes 1 - the true one's probability."""


@dataclass(frozen=True)
class Held:
    """How often intervals of a `level` (percent) held, of so many rows: the share, and the `margin` on both sides of a
    number, or the mean number of classes (`size`) in a set; the other one is None."""

    level: int
    held: float
    margin: float | None
    size: float | None

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return dict(vars(self))


def margins_of(scores: np.ndarray) -> list[float]:
    """The margins by what answers to rows that were not trained on are off, (rows,): of n rows the ceil((n + 1) p)-th
    smallest, which holds p of new rows' answers on average. Of 9 rows up to 90 %, of 99 up to 99 %; none where a
    network gives no number."""
    if not np.isfinite(scores).all():
        return []
    ordered = np.sort(scores)
    places = [math.ceil((len(ordered) + 1) * level / 100) for level in range(LEAST, MOST + 1)]
    return [float(ordered[place - 1]) for place in places if place <= len(ordered)]


def off_by(outputs: np.ndarray, truth: np.ndarray, *, classes: bool, scale: float = 1.0) -> np.ndarray:
    """What answers are off, (rows,): 1 - the true class's probability of logits (rows, classes), or the distance of
    values (rows, 1) to the truth, times `scale`."""
    if not classes:
        return np.abs(outputs[:, 0] - truth) * scale
    return 1 - shares_of(outputs)[np.arange(len(truth)), truth]


def shares_of(logits: np.ndarray) -> np.ndarray:
    """Probabilities of logits (rows, classes)."""
    with np.errstate(invalid="ignore"):
        grown = np.exp(logits - logits.max(1, keepdims=True))
        return grown / grown.sum(1, keepdims=True)


def margin_at(margins: list[float], level: int) -> float:
    """The margin of a percentage. Raises UsageError for one that the margins do not reach."""
    if not LEAST <= level <= MOST:
        raise UsageError(f"--interval cannot be {level}: it is a whole percentage from {LEAST} to {MOST}, as 90 is.")
    if not margins:
        raise UsageError(
            "This network keeps no intervals: its training was stopped, had too few validation rows, or is of an older "
            "nnlab. Train it anew, or leave out --interval."
        )
    highest = LEAST + len(margins) - 1
    if level > highest:
        needed = math.ceil(level / (100 - level))
        raise UsageError(
            f"An interval that holds {level} % takes {number_of(needed, 'validation row')}, and the network had fewer: "
            f"--interval {highest} is the highest."
        )
    return margins[level - LEAST]


def set_of(shares: np.ndarray, margin: float) -> np.ndarray:
    """Which classes are in the set, bool like shares (classes, rows): those probable enough, and always the most
    probable one. A row without numbers has none."""
    with np.errstate(invalid="ignore"):
        return (shares >= 1 - margin) | (shares == shares.max(0))


def held_of(
    margins: list[float], outputs: np.ndarray, truth: np.ndarray, *, classes: bool, scale: float = 1.0
) -> list[Held]:
    """How often intervals held on rows, as `off_by` takes them, for each of `TOLD` that the margins reach."""
    found = list[Held]()
    for level in TOLD:
        if level - LEAST >= len(margins):
            break
        margin = margins[level - LEAST]
        if classes:
            sets = set_of(shares_of(outputs).T, margin)
            held = sets[truth, np.arange(len(truth))].mean()
            found.append(Held(level, float(held), None, float(sets.sum(0).mean())))
        else:
            held = (off_by(outputs, truth, classes=False, scale=scale) <= margin).mean()
            found.append(Held(level, float(held), margin, None))
    return found
