"""scikit-learn's own network; it counts no right answers."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

from sklearn import neural_network

from ..networks import BATCH, NETWORKS, rows_of


def small(name: str) -> Callable[[], float]:
    network = NETWORKS[name]
    x, y = rows_of(network)
    activation = {"sigmoid": "logistic"}.get(network.activation, network.activation)
    classifier: Any = neural_network.MLPClassifier
    model = classifier(network.widths[1:-1], activation=activation, batch_size=BATCH, max_iter=1, warm_start=True)

    def epoch() -> float:
        began = perf_counter()
        model.fit(x, y)  # it warns, unheard, that one epoch is not enough
        return perf_counter() - began

    return epoch
