"""Data sets that come as files, which nnlab carries."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from .catalog import FILES, MISSING, DataInfo
from .columns.arrow import labels, to_numpy, whole
from .dataset import Dataset

DIGITS = tuple(str(digit) for digit in range(10))
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
    return Dataset(info.name, info.task, table, info.target, native, ignore=info.ignore)


def _digits(info: DataInfo) -> Dataset:
    """1,797 images, uint8 (rows, 1, 8, 8); their 17 shades are spread over a byte."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(FILES / "digits.parquet") as file:
        table = file.read()
    shades = np.frombuffer(whole(table.column("image")).buffers()[1], np.uint8).reshape(-1, 1, 8, 8)
    images = (shades * (255 / 16)).round().astype(np.uint8)
    answers = pa.table({"label": labels(to_numpy(table.column("label")), DIGITS)})
    return Dataset(info.name, info.task, answers, "label", {"train": np.arange(len(images))}, DIGITS, images)


def _table(info: DataInfo) -> Dataset:
    """Columns of numbers, the last of them the target; or that has the names of classes, in the order they appear."""
    from pyarrow import csv

    convert = csv.ConvertOptions(auto_dict_encode=True)
    table = csv.read_csv(FILES / f"{info.name}.csv", convert_options=convert).combine_chunks()
    target = table.column_names[-1]
    classes = tuple(whole(table.column(target)).dictionary.to_pylist()) if info.classes else ()
    return Dataset(info.name, info.task, table, target, {"train": np.arange(len(table))}, classes)


READERS: dict[str, Callable[[DataInfo], Dataset]] = {
    "mnist": _mnist,
    "auto-mpg": _auto_mpg,
    "digits": _digits,
    "iris": _table,
    "wine": _table,
    "breast-cancer": _table,
    "diabetes": _table,
}
