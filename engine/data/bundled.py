"""Data sets that come as files, nnlab's own or scikit-learn's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from .arrow import labels, numbers, to_numpy
from .catalog import DataInfo
from .dataset import Dataset

FILES = Path(__file__).parent / "files"
DIGITS = tuple(str(digit) for digit in range(10))
MISSING = ["", "?"]
PART = 1024  # rows read at a time
BUFFER = 2**16  # bytes read from a file at a time


def read(info: DataInfo) -> Dataset:
    """Read the data set whole."""
    return READERS[info.name](info)


def _mnist(info: DataInfo) -> Dataset:
    """All 70,000 digits, uint8 (rows, 1, 28, 28); read in parts, so that no second copy of them lies in memory, and
    what Arrow keeps to read more is given back."""
    import pyarrow.parquet as pq

    images, codes = np.empty((info.rows, 1, 28, 28), np.uint8), np.empty(info.rows, np.uint8)
    native: dict[str, np.ndarray] = {}
    start = 0
    for split in ("train", "test"):
        first = start
        with pq.ParquetFile(FILES / "mnist" / f"{split}.parquet", buffer_size=BUFFER, pre_buffer=False) as file:
            for part in file.iter_batches(PART, use_threads=False):
                stop, pixels = start + len(part), part.column("image")
                flat = np.frombuffer(pixels.buffers()[1], np.uint8, len(part) * 784, pixels.offset * 784)
                images[start:stop] = flat.reshape(-1, 1, 28, 28)
                codes[start:stop] = to_numpy(part.column("label"))
                start = stop
        native[split] = np.arange(first, start)
    pa.default_memory_pool().release_unused()
    table = pa.table({"label": labels(codes, DIGITS)})
    return Dataset(info.name, info.task, table, "label", native, DIGITS, images)


def _auto_mpg(info: DataInfo) -> Dataset:
    from pyarrow import csv

    convert = csv.ConvertOptions(null_values=MISSING, strings_can_be_null=True)
    table = csv.read_csv(FILES / "auto-mpg.csv", convert_options=convert)
    native = {"train": np.arange(len(table))}
    return Dataset(info.name, info.task, table, "MPG", native, ignore=("Car Name",))


def _digits(info: DataInfo) -> Dataset:
    from sklearn.datasets import load_digits

    bunch: Any = load_digits()
    images = (bunch.images * (255 / 16)).round().astype(np.uint8)[:, None]
    native = {"train": np.arange(len(images))}
    return Dataset(
        info.name, info.task, pa.table({"label": labels(bunch.target, DIGITS)}), "label", native, DIGITS, images
    )


def _of_scikit_learn(loader: str) -> Callable[[DataInfo], Dataset]:
    def reader(info: DataInfo) -> Dataset:
        import sklearn.datasets

        bunch: Any = getattr(sklearn.datasets, loader)()
        target = "progression" if info.task == "regression" else "label"
        columns = {str(name): numbers(bunch.data[:, index]) for index, name in enumerate(bunch.feature_names)}
        classes = tuple(str(name) for name in bunch.target_names) if info.classes else ()
        table = pa.table({**columns, target: labels(bunch.target, classes) if classes else numbers(bunch.target)})
        return Dataset(info.name, info.task, table, target, {"train": np.arange(len(table))}, classes)

    return reader


READERS: dict[str, Callable[[DataInfo], Dataset]] = {
    "mnist": _mnist,
    "auto-mpg": _auto_mpg,
    "digits": _digits,
    "iris": _of_scikit_learn("load_iris"),
    "wine": _of_scikit_learn("load_wine"),
    "breast-cancer": _of_scikit_learn("load_breast_cancer"),
    "diabetes": _of_scikit_learn("load_diabetes"),
}
