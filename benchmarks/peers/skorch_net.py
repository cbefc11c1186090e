"""skorch, which gives a PyTorch module the face of a scikit-learn estimator."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import torch
from skorch import NeuralNetClassifier  # pyright: ignore[reportMissingImports]
from skorch.callbacks import EpochScoring  # pyright: ignore[reportMissingImports]

from ..networks import BATCH, NETWORKS, module_of, rows_of


def small(name: str) -> Callable[[], float]:
    """Loss and accuracy on the train rows from the outputs of the steps, nothing printed, no rows held back."""
    torch.set_num_threads(1)
    network = NETWORKS[name]
    x, y = rows_of(network)
    net = NeuralNetClassifier(
        module_of(network),
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=0.001,
        batch_size=BATCH,
        max_epochs=1,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
        callbacks=[("right", EpochScoring("accuracy", on_train=True, lower_is_better=False))],
        callbacks__print_log=None,
    ).initialize()

    def epoch() -> float:
        began = perf_counter()
        net.partial_fit(x, y)
        return perf_counter() - began

    return epoch
