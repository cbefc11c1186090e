"""MNIST for the peers: the 70,000 digits that nnlab brings, as arrays in a file, and from there as inputs.

`python -m benchmarks.peers.digits FILE` writes the file.
"""

from __future__ import annotations

import sys

import numpy as np

PARTS = {"train": slice(0, 54_000), "valid": slice(54_000, 60_000), "test": slice(60_000, 70_000)}


def write(path: str) -> None:
    from nnlab.engine import load_data
    from nnlab.engine.data.columns.arrow import to_numpy

    dataset = load_data("mnist")
    assert dataset.images is not None
    labels = to_numpy(dataset.table.column("label").cast("int64"))
    np.savez(path, images=dataset.images.reshape(-1, 784), labels=labels)


def read(path: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Standardised inputs (rows, 784), float32, and labels, int64, by part."""
    with np.load(path) as arrays:
        images, labels = arrays["images"], arrays["labels"]
    x = (images.astype(np.float32) / 255 - 0.1307) / 0.3081
    return {name: (x[part], labels[part]) for name, part in PARTS.items()}


if __name__ == "__main__":
    write(sys.argv[1])
