"""All of MNIST in Keras on JAX, a whole process: `python -m benchmarks.peers.mnist_keras DIGITS EPOCHS`.

The network, optimiser, schedule, batch size and metrics of nnlab's recipe `mnist`; a cosine with a rise stands for the
one-cycle schedule. Prints each epoch's seconds.
"""

from __future__ import annotations

import json
import sys
from time import perf_counter
from typing import Any

from .digits import read
from .keras_jax import AT_ONCE, keras

BATCH = 128
Dense, Dropout = keras.layers.Dense, keras.layers.Dropout


class Clocks(keras.callbacks.Callback):  # pyright: ignore[reportUntypedBaseClass]
    """The seconds of every epoch, validation included."""

    def __init__(self) -> None:
        super().__init__()
        self.began, self.epochs = 0.0, list[float]()

    def on_epoch_begin(self, *_: Any) -> None:
        self.began = perf_counter()

    def on_epoch_end(self, *_: Any) -> None:
        self.epochs.append(perf_counter() - self.began)


def main(path: str, epochs: int) -> None:
    keras.utils.set_random_seed(1)
    parts = read(path)
    hidden = [Dense(256, activation="relu"), Dropout(0.3), Dense(128, activation="relu"), Dropout(0.3)]
    model = keras.Sequential([keras.Input((784,)), *hidden, Dense(10)])
    steps = epochs * -(-len(parts["train"][1]) // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(
        8e-5, steps - steps * 3 // 10, alpha=4e-6, warmup_target=0.002, warmup_steps=steps * 3 // 10
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.AdamW(rate, 0.1), loss, metrics=["accuracy"], steps_per_execution=AT_ONCE)
    clocks = Clocks()
    given = {"validation_data": parts["valid"], "validation_batch_size": 1000, "callbacks": [clocks]}
    model.fit(*parts["train"], batch_size=BATCH, epochs=epochs, shuffle=True, verbose=0, **given)
    accuracy = model.evaluate(*parts["test"], batch_size=1000, verbose=0)[1]
    print(json.dumps({"epochs": clocks.epochs, "accuracy": float(accuracy)}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
