"""Whether one model is surely better than another on the same rows: paired bootstrap, and a test by signs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

RESAMPLES = 2_000
GROUPS = 2_000  # that rows are put in at random where there are more: time and memory do not grow with the rows
PART = 100  # resamples that are drawn at a time
SEED = 0
OUTSIDE = 0.05  # share of resamples outside of the interval, and of equal models that are told apart wrongly

Verdict = Literal["better", "worse", "unsure"]


@dataclass(frozen=True)
class Difference:
    """A measure of the network beside that of another model: `difference` is the network's less the other's, which lies
    between `low` and `high` with 95 %. The `verdict` is of the network, and `unsure` where chance may explain all."""

    measure: Literal["loss", "accuracy", "rmse"]
    network: float
    other: float
    difference: float
    low: float
    high: float
    verdict: Verdict

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return dict(vars(self))


def of_classes(network: np.ndarray, other: np.ndarray, truth: np.ndarray) -> list[Difference]:
    """How log loss and accuracy differ, of log probabilities (rows, classes) and class indices (rows,); nothing where a
    model gives no number for some row."""
    if not (np.isfinite(network).all() and np.isfinite(other).all()):
        return []
    rows = np.arange(len(truth))
    losses = [-one[rows, truth] for one in (network, other)]
    wrong = [(one.argmax(1) != truth).astype(np.float64) for one in (network, other)]
    accuracy = _compared("accuracy", *wrong)
    shares = (1 - accuracy.network, 1 - accuracy.other, -accuracy.difference, -accuracy.high, -accuracy.low)
    return [_compared("loss", *losses), Difference("accuracy", *shares, accuracy.verdict)]


def of_values(network: np.ndarray, other: np.ndarray, truth: np.ndarray) -> list[Difference]:
    """How the RMSE differs, of values and the truth (rows,); nothing where a model gives no number for some row."""
    if not (np.isfinite(network).all() and np.isfinite(other).all()):
        return []
    return [_compared("rmse", *(np.square(one.astype(np.float64) - truth) for one in (network, other)))]


def _compared(measure: Literal["loss", "accuracy", "rmse"], ours: np.ndarray, theirs: np.ndarray) -> Difference:
    """Costs of rows (rows,), the smaller the better, by their means, or by the roots of these for the RMSE.

    The interval is the percentile bootstrap's over rows. That alone is too sure of few rows, or of few on which both
    differ, so that it also takes a test of equal models, of which each row's costs may as well be exchanged.
    """
    draw = np.random.default_rng(SEED)
    whole = np.sqrt if measure == "rmse" else np.positive
    sums, sizes = _grouped(np.stack([ours, theirs]), draw)
    found = np.concatenate([_resampled(sums, sizes, draw) for _ in range(RESAMPLES // PART)], axis=1)
    differences = whole(found[0]) - whole(found[1])
    low, high = np.quantile(differences, [OUTSIDE / 2, 1 - OUTSIDE / 2]).tolist()
    one, other = (float(whole(costs.mean())) for costs in (ours, theirs))
    sure = (low > 0 or high < 0) and _chance(sums[0] - sums[1], draw) < OUTSIDE
    verdict: Verdict = "unsure" if not sure else "better" if one < other else "worse"
    return Difference(measure, one, other, one - other, low, high, verdict)


def _grouped(costs: np.ndarray, draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The sums (2, groups) of costs (2, rows) in groups of rows drawn at random, and how many rows each has."""
    rows = costs.shape[1]
    if rows <= GROUPS:
        return costs, np.ones(rows)
    starts = np.arange(GROUPS) * rows // GROUPS
    return np.add.reduceat(costs[:, draw.permutation(rows)], starts, axis=1), np.diff(starts, append=rows)


def _resampled(sums: np.ndarray, sizes: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """The mean costs (2, PART) of as many rows drawn with replacement."""
    picked = draw.integers(len(sizes), size=(PART, len(sizes)))
    return sums[:, picked].sum(2) / sizes[picked].sum(1)


def _chance(differences: np.ndarray, draw: np.random.Generator) -> float:
    """How probable it is that a sum of differences (groups,) is as far from nothing where their signs are chance."""
    observed, further = abs(float(differences.sum())), 0
    for _ in range(RESAMPLES // PART):
        signs = draw.choice([-1.0, 1.0], size=(PART, len(differences)))
        further += int((np.abs(signs @ differences) >= observed * (1 - 1e-9)).sum())
    return (1 + further) / (1 + RESAMPLES)
