"""Whether probabilities are honest: of rows answered with 80 %, are four of five answered rightly?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

BINS = 15
FEWEST = 200  # rows, with fewer of which chance moves every bin


@dataclass(frozen=True)
class Bin:
    """Rows whose most probable class is about equally probable: how many, the mean of its probability (`said`), and the
    share of rows for which it is right."""

    rows: int
    said: float
    right: float


@dataclass(frozen=True)
class Reliability:
    """What the probabilities of classes are worth.

    `ece` is the expected calibration error: how far `said` and `right` are apart in a bin, averaged over rows, with 15
    bins of equal width over the most probable class's probability. `brier` is the mean over rows of the squared
    distance to the truth, summed over classes, 0 to 2. `few` says that there are too few rows to tell much. The log
    loss is among the metrics.
    """

    ece: float
    brier: float
    few: bool
    bins: list[Bin]

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return {**vars(self), "bins": [dict(vars(one)) for one in self.bins]}


def reliability(logits: np.ndarray, truth: np.ndarray) -> Reliability | None:
    """Of logits (rows, classes) and class indices (rows,); None where a network gives no number for some row."""
    if not np.isfinite(logits).all():
        return None
    shares = np.exp(logits - logits.max(1, keepdims=True))
    shares /= shares.sum(1, keepdims=True)
    said, right = shares.max(1), shares.argmax(1) == truth
    own = shares[np.arange(len(truth)), truth]
    brier = float(((shares**2).sum(1) - 2 * own + 1).mean())
    place = np.minimum((said * BINS).astype(np.int64), BINS - 1)
    rows = np.bincount(place, minlength=BINS)
    sums, hits = (np.bincount(place, values, BINS) for values in (said, right.astype(np.float64)))
    ece = float(np.abs(sums - hits).sum() / len(truth))
    bins = [Bin(int(n), float(s / n), float(h / n)) for n, s, h in zip(rows, sums, hits, strict=True) if n]
    return Reliability(ece, brier, len(truth) < FEWEST, bins)
