"""Whole scripts with Keras on JAX: `python -m benchmarks.peers.whole_keras xor`, or table, row, file, eval."""

from __future__ import annotations

import os
import sys
from typing import Any

os.environ["KERAS_BACKEND"] = "jax"
import keras  # pyright: ignore[reportMissingImports]

from . import whole_rows as rows
from .keras_jax import AT_ONCE


def trained(name: str, parts: rows.Parts) -> Any:
    """A model after its epochs, each judged on the rows that validate."""
    first, *hidden, last = rows.WIDTHS[name]
    scale = keras.layers.Normalization()
    scale.adapt(parts.train[0])
    activation = "tanh" if name == "xor" else "relu"
    layers = [keras.layers.Dense(width, activation=activation) for width in hidden]
    model = keras.Sequential([keras.Input((first,)), scale, *layers, keras.layers.Dense(last, activation="softmax")])
    model.compile(
        keras.optimizers.Adam(0.01),
        keras.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
        steps_per_execution=AT_ONCE,
    )
    fit: dict[str, Any] = {"batch_size": rows.BATCH[name], "epochs": rows.EPOCHS[name], "verbose": 0}
    model.fit(*parts.train, validation_data=parts.valid, **fit)
    print("test accuracy", model.evaluate(*parts.test, batch_size=4096, verbose=0)[1])
    return model


def main(task: str, *words: str) -> None:
    match task, *words:
        case "xor", *_:
            trained("xor", rows.xor())
        case "table", path, kept:
            trained("table", rows.divided(*rows.read(path))).save(f"{kept}.keras")
        case "row", kept, text:
            print(keras.models.load_model(f"{kept}.keras").predict(rows.row(text), verbose=0))
        case "file", kept, path, out:
            model = keras.models.load_model(f"{kept}.keras")
            rows.write(model.predict(rows.read(path)[0], batch_size=4096, verbose=0), out)
        case "eval", kept, path:
            x, y = rows.read(path)
            model = keras.models.load_model(f"{kept}.keras")
            print(rows.judged(model.predict(x, batch_size=4096, verbose=0), y))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
