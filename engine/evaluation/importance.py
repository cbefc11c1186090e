"""Which columns matter: by how much answers get worse where a column's values are shuffled among the rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

SHUFFLES = 5
SPREAD = 2.776  # of a mean of five, as many standard errors hold 95 % (Student's t)
MOST_ROWS = 5_000
ALIKE = 0.9  # correlation from which on two columns are told to be alike
MOST_COMPARED = 500  # columns of the matrix
SEED = 0


@dataclass(frozen=True)
class Importance:
    """What a column is worth: how much the log loss of classes, or the RMSE of values in the target's own units, grows
    where it is shuffled, the mean of five shuffles, and the band that it lies in with 95 %. `alike` names columns that
    say much the same, so that each alone seems to matter less than both."""

    column: str
    worth: float
    low: float
    high: float
    alike: list[str]

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return dict(vars(self))


def importance(
    outputs_of: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    truth: np.ndarray,
    owners: Sequence[str],
    *,
    classes: bool,
    scale: float = 1.0,
) -> list[Importance]:
    """Of each column of a table, the most important first. `x` (rows, features) are prepared rows, `owners` the column
    that each feature comes from: all of one column are shuffled together, so that a category, a date or a number with
    its flag counts once. `outputs_of` gives logits (rows, classes) or values (rows, 1), `scale` is what a unit of those
    is in the target's own. The same rows give the same numbers; x is not changed."""
    draw = np.random.default_rng(SEED)
    before = _loss(outputs_of(x), truth, classes=classes) * scale
    orders = [draw.permutation(len(x)) for _ in range(SHUFFLES)]
    names, shuffled = list(dict.fromkeys(owners)), x.copy()
    alike, found = _alike(x, owners), list[Importance]()
    for name in names:
        places = [place for place, owner in enumerate(owners) if owner == name]
        losses = list[float]()
        for order in orders:
            shuffled[:, places] = x[order][:, places]
            losses.append(_loss(outputs_of(shuffled), truth, classes=classes) * scale - before)
        shuffled[:, places] = x[:, places]
        worth, error = float(np.mean(losses)), SPREAD * float(np.std(losses, ddof=1)) / math.sqrt(SHUFFLES)
        found.append(Importance(name, worth, worth - error, worth + error, alike.get(name, [])))
    return sorted(found, key=lambda one: -one.worth)


def _loss(outputs: np.ndarray, truth: np.ndarray, *, classes: bool) -> float:
    """The mean log loss of logits, or the RMSE of values."""
    if not classes:
        return math.sqrt(float(np.square(outputs[:, 0].astype(np.float64) - truth).mean()))
    logits = outputs.astype(np.float64)
    top = logits.max(1, keepdims=True)
    sums = np.log(np.exp(logits - top).sum(1)) + top[:, 0]
    return float((sums - logits[np.arange(len(truth)), truth]).mean())


def _alike(x: np.ndarray, owners: Sequence[str]) -> dict[str, list[str]]:
    """For each column the others of which a feature is correlated with one of its own."""
    if x.shape[1] > MOST_COMPARED or len(x) < 3:
        return {}
    with np.errstate(invalid="ignore", divide="ignore"):
        strong = np.abs(np.corrcoef(x, rowvar=False).reshape(x.shape[1], -1)) >= ALIKE
    found: dict[str, list[str]] = {}
    for one, other in np.argwhere(strong).tolist():
        first, second = owners[int(one)], owners[int(other)]
        if first != second and second not in found.setdefault(first, []):
            found[first].append(second)
    return {name: others for name, others in found.items() if others}


def groups(alike: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Columns that are alike, or are alike to one that is, together; `alike` has those of each column."""
    found: list[list[str]] = []
    for name, others in alike.items():
        if not others:
            continue
        own = [name, *others]
        near = [group for group in found if not set(group).isdisjoint(own)]
        found = [group for group in found if group not in near]
        found.append(list(dict.fromkeys([*(one for group in near for one in group), *own])))
    return found
