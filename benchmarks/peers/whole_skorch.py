"""Whole trainings with skorch: `python -m benchmarks.peers.whole_skorch xor`, or `table CSV KEPT`."""

from __future__ import annotations

import sys

import torch
from skorch import NeuralNetClassifier  # pyright: ignore[reportMissingImports]
from skorch.dataset import Dataset  # pyright: ignore[reportMissingImports]
from skorch.helper import predefined_split  # pyright: ignore[reportMissingImports]

from . import whole_rows as rows
from .whole_torch import module_of, save, scaled, tell


def trained(name: str, parts: rows.Parts) -> torch.nn.Module:
    """The network after its epochs, each judged on the rows that validate."""
    net = NeuralNetClassifier(
        module_of(name),
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=0.01,
        batch_size=rows.BATCH[name],
        max_epochs=rows.EPOCHS[name],
        iterator_train__shuffle=True,
        iterator_valid__batch_size=4096,
        train_split=predefined_split(Dataset(*parts.valid)),
        verbose=0,
    ).fit(*parts.train)
    tell(net.module_, parts.test)
    return net.module_


def main(task: str, *words: str) -> None:
    torch.set_num_threads(1)
    if task == "xor":
        trained("xor", rows.xor())
    else:
        path, kept = words
        parts, scale = scaled(rows.divided(*rows.read(path)))
        save(trained("table", parts), scale, kept)


if __name__ == "__main__":
    main(*sys.argv[1:])
