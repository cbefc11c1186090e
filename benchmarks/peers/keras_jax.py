"""Keras on JAX: its compiled `fit` on arrays in memory."""

from __future__ import annotations

import os
from collections.abc import Callable
from time import perf_counter

os.environ["KERAS_BACKEND"] = "jax"
import keras  # pyright: ignore[reportMissingImports]

from ..networks import BATCH, NETWORKS, rows_of

AT_ONCE = 20  # steps that one call of the compiled function takes


def small(name: str) -> Callable[[], float]:
    keras.utils.set_random_seed(1)
    network = NETWORKS[name]
    x, y = rows_of(network)
    hidden = [keras.layers.Dense(width, activation=network.activation) for width in network.widths[1:-1]]
    model = keras.Sequential([keras.Input((network.widths[0],)), *hidden, keras.layers.Dense(network.widths[-1])])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(), loss, metrics=["accuracy"], steps_per_execution=AT_ONCE)

    def epoch() -> float:
        began = perf_counter()
        model.fit(x, y, batch_size=BATCH, shuffle=True, verbose=0)
        return perf_counter() - began

    return epoch
