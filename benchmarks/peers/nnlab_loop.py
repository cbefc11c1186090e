"""nnlab's training as its commands run it, asked for one epoch after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

from nnlab.engine import configure, train
from nnlab.engine.events import EpochEnded, Event

from ..networks import BATCH, NETWORKS


def small(name: str, step: str, threads: str = "1") -> Callable[[], float]:
    """The small network on its own data: points drawn for XOR, the first digits of MNIST."""
    network = NETWORKS[name]
    if name == "xor":
        data: dict[str, Any] = {"samples": network.rows * 5 // 4, "test_size": 0.2, "valid_split": "none"}
    else:
        data = {"train_split": f"train[:{network.rows}]", "test_split": "test[:10]", "valid_split": "none"}
    return _training(name, data, list(network.widths[1:-1]), network.activation, step, threads)


def wide(width: str, step: str, rows: str) -> Callable[[], float]:
    """Two hidden layers of this width on the first digits of MNIST."""
    data = {"train_split": f"train[:{rows}]", "test_split": "test[:10]", "valid_split": "none"}
    return _training("mnist", data, [int(width)] * 2, "relu", step, "1")


def conv(rows: str, threads: str) -> Callable[[], float]:
    """The network of the recipe `mnist-cnn` with its batch size, on the first digits of MNIST."""
    data = {"train_split": f"train[:{rows}]", "test_split": "test[:10]", "valid_split": "none"}
    training = {"epochs": 1000, "threads": int(threads)}
    return _epochs(train(configure("mnist", recipe="mnist-cnn", data=data, training=training)))


def _training(
    name: str, data: dict[str, Any], hidden: list[int], activation: str, step: str, threads: str
) -> Callable[[], float]:
    model = {"family": "mlp", "hidden": hidden, "activation": activation, "dropout": 0.0}
    training = {
        "epochs": 100_000,
        "batch_size": BATCH,
        "optimizer": "adam",
        "weight_decay": 0.0,
        "scheduler": "none",
        "lr": 0.001,
        "step": step,
        "threads": int(threads),
    }
    return _epochs(train(configure(name, data=data, model=model, training=training)))


def _epochs(events: Iterator[Event]) -> Callable[[], float]:
    """What goes on to the end of the next epoch, and says how long that took."""

    def epoch() -> float:
        began = perf_counter()
        next(event for event in events if isinstance(event, EpochEnded))
        return perf_counter() - began

    return epoch
