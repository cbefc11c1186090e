"""From which probability on the second of two classes is answered: chosen on validation rows, judged on others."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from ..errors import UsageError, number_of
from .rules import HALF, Rule

FEWEST = 50  # validation rows, of which a threshold is chosen
MOST_POINTS = 101  # of a curve that is told
EXTREME = 0.95  # share of one class from which on accuracy says little


@dataclass(frozen=True)
class Judged:
    """What answers are worth where the second class is answered from `threshold` on: its precision (NaN where it is
    never answered), recall (NaN where it does not occur) and F1, the accuracy, and the counts of rows."""

    threshold: float
    precision: float
    recall: float
    f1: float
    accuracy: float
    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int


@dataclass(frozen=True)
class Curve:
    """Points (x, y) of a curve, at most `MOST_POINTS`, and the area under the whole of it."""

    area: float
    x: list[float]
    y: list[float]


@dataclass(frozen=True)
class ThresholdReport:
    """A threshold for the class `positive`, beside the half. `said` tells where it is from. The curves are None where
    one of the classes does not occur: `roc` is of recall over false alarms, `precision_recall` of precision over
    recall, its area the average precision."""

    positive: str
    said: str
    chosen: Judged
    half: Judged
    roc: Curve | None
    precision_recall: Curve | None

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        curves = {"roc": self.roc, "precision_recall": self.precision_recall}
        return {
            "positive": self.positive,
            "said": self.said,
            "chosen": dict(vars(self.chosen)),
            "half": dict(vars(self.half)),
            **{name: None if curve is None else dict(vars(curve)) for name, curve in curves.items()},
        }


def probabilities_of(logits: np.ndarray) -> np.ndarray:
    """The probability (rows,) of the second class, from logits (rows, 2)."""
    with np.errstate(over="ignore", invalid="ignore"):
        return 1 / (1 + np.exp(logits[:, 0].astype(np.float64) - logits[:, 1]))


def judge(threshold: float, probabilities: np.ndarray, truth: np.ndarray) -> Judged:
    """What the threshold makes of probabilities (rows,) of the second class, against 0 or 1 (rows,)."""
    said, wanted = probabilities >= threshold, truth == 1
    hits, alarms = int((said & wanted).sum()), int((said & ~wanted).sum())
    missed = int((~said & wanted).sum())
    rest = len(truth) - hits - alarms - missed
    return Judged(
        threshold,
        _share(hits, hits + alarms),
        _share(hits, hits + missed),
        _share(2 * hits, 2 * hits + alarms + missed),
        _share(hits + rest, len(truth)),
        hits,
        alarms,
        missed,
        rest,
    )


def why_not(count: int, occurring: int) -> str:
    """Why no threshold can be chosen on so many validation rows, in which so many classes occur; empty where one can
    be."""
    if count < FEWEST:
        return f"{number_of(count, 'validation row')}, and it takes {FEWEST}"
    return "" if occurring == 2 else "the validation rows are of one class"


def choose(rule: Rule, probabilities: np.ndarray, truth: np.ndarray) -> float:
    """The threshold, above 0 and below 1, that the rule wants: of all that tell the rows (probabilities and 0 or 1,
    (rows,)) differently the best one, midway between two of their probabilities; of equally good ones the nearest to a
    half. Time and memory are those of sorting the rows. UsageError where a network gives no number."""
    if rule.kind == "at":
        return rule.at
    if not np.isfinite(probabilities).all():
        raise UsageError("No threshold can be chosen: the network gives no number for some validation rows.")
    order = np.argsort(probabilities)
    values, first = np.unique(probabilities[order], return_index=True)
    under = np.append(first, len(truth))  # rows under each candidate, and how many of those are of the class
    missed = np.append(0, np.cumsum(truth[order] == 1))[under]
    hits, alarms = missed[-1] - missed, len(truth) - under - (missed[-1] - missed)
    edges = np.concatenate([[0.0], values, [1.0]])
    middles = (edges[:-1] + edges[1:]) / 2
    middles = np.where(middles <= edges[:-1], edges[1:], middles)  # neighbours among floats
    middles[np.searchsorted(values, HALF)] = HALF  # what tells the rows as a half does is a half
    usable = (middles > 0) & (middles < 1)
    worth = _worth(rule, hits, missed, alarms, len(truth))
    worth = np.where(usable, worth, -np.inf)
    best = np.flatnonzero(worth >= worth.max() - 1e-12 * abs(worth.max()))
    return float(middles[best[np.abs(middles[best] - HALF).argmin()]])


def report(positive: str, said: str, threshold: float, probabilities: np.ndarray, truth: np.ndarray) -> ThresholdReport:
    """What a threshold for the class `positive` is worth on these rows; `said` tells where it is from."""
    roc = precision_recall = None
    if len(np.unique(truth)) == 2 and np.isfinite(probabilities).all():
        metrics: Any = import_module("sklearn.metrics")
        alarms, recall, _ = metrics.roc_curve(truth, probabilities)
        roc = _curve(float(metrics.roc_auc_score(truth, probabilities)), alarms, recall)
        precision, recall, _ = metrics.precision_recall_curve(truth, probabilities)
        area = float(metrics.average_precision_score(truth, probabilities))
        precision_recall = _curve(area, recall[::-1], precision[::-1])
    chosen, half = (judge(one, probabilities, truth) for one in (threshold, HALF))
    return ThresholdReport(positive, said, chosen, half, roc, precision_recall)


def imbalance(truth: np.ndarray, classes: list[str]) -> str:
    """A sentence where so many rows, as class indices, are of one class that accuracy says little; else empty, as
    for no classes."""
    if not classes:
        return ""
    counts = np.bincount(truth, minlength=len(classes))
    most = int(counts.argmax())
    share = counts[most] / max(1, len(truth))
    if not EXTREME <= share < 1:
        return ""
    return (
        f"{share:.1%} of these rows are {classes[most]!r}: who always answers that is as often right, so accuracy says "
        "little; see precision and recall"
    )


def _worth(rule: Rule, hits: np.ndarray, missed: np.ndarray, alarms: np.ndarray, rows: int) -> np.ndarray:
    """How good each candidate is by its counts of rows, the more the better."""
    match rule.kind:
        case "f1":
            return 2 * hits / np.maximum(2 * hits + missed + alarms, 1)
        case "balanced":
            wanted = hits[0] + missed[0]
            return hits / max(wanted, 1) - alarms / max(rows - wanted, 1)
        case _:
            return -(rule.missed * missed + rule.alarm * alarms)


def _curve(area: float, x: np.ndarray, y: np.ndarray) -> Curve:
    kept = np.unique(np.linspace(0, len(x) - 1, min(len(x), MOST_POINTS)).round().astype(np.int64))
    return Curve(area, x[kept].tolist(), y[kept].tolist())


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
