"""Data sets through the `datasets` library: folders (of images a class, or of tables) and the Hugging Face Hub.

`hf:owner/name` or `hf:owner/name:config` is fetched, or taken from the cache where there is no network; a folder in
the Hub's layout is read where it lies. Splits keep the names that the data set gives them.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa

from ..config import DataConfig
from ..errors import NnlabError, UsageError, nearest, shown, unknown
from .arrow import labels
from .dataset import Dataset
from .files import HUB, stem_of
from .own import dataset_of
from .pixels import read_pixels
from .tables import clean

HUB_NAME = re.compile(r"[\w.-]{1,100}(/[\w.-]{1,100})?")
ENDPOINT = "https://huggingface.co"


def load_hub(config: DataConfig) -> Dataset:
    """A data set of the Hub, or in a folder. Raises UsageError for one that does not exist or has nothing to learn
    from, NnlabError where it cannot be fetched."""
    splits = _fetch(config.name)
    first = next(iter(splits.values()))
    images = [name for name, feature in first.features.items() if type(feature).__name__ == "Image"]
    native = _row_numbers({name: len(part) for name, part in splits.items()})
    if images:
        return _images(splits, images[0], native, config)
    return dataset_of(_whole(splits, config), config, native)


def hub_table(config: DataConfig) -> pa.Table:
    """The rows of a data set of the Hub or in a folder, one split below the other, nothing of them judged; it should be
    one of tables. Raises as `load_hub` does."""
    return _whole(_fetch(config.name), config)


def _whole(splits: Mapping[str, Any], config: DataConfig) -> pa.Table:
    return pa.concat_tables([clean(_table(part), config.na) for part in splits.values()])


def _fetch(name: str) -> Mapping[str, Any]:
    """The splits by name, each a `datasets.Dataset`."""
    path, _, wanted = name.removeprefix(HUB).partition(":")
    local = bool(path) and Path(path).is_dir()
    if local and not Path(path).resolve().name:
        raise UsageError(f"{name} is the whole machine: name the folder in it that holds the data.")
    if not local and not HUB_NAME.fullmatch(path):
        raise UsageError(f"{shown(name)} names nothing on the Hub: write it as hf:owner/name.")
    if not local and not _reachable():
        os.environ["HF_HUB_OFFLINE"] = "1"  # read when `datasets` is imported: the cache is used, without waiting
    import datasets
    from datasets.exceptions import DatasetGenerationError

    if local:
        datasets.disable_progress_bars()
    try:
        loaded: Any = datasets.load_dataset(path, wanted or None)
    except ValueError as error:
        raise UsageError(f"{name} cannot be loaded: {_first_line(error)}.") from None
    except (ConnectionError, FileNotFoundError) as error:
        if local:
            raise UsageError(f"The folder {path} cannot be read as a data set: {_first_line(error)}.") from None
        raise NnlabError(
            f"{name} cannot be fetched ({_first_line(error)}): check its name and the network, or run this once where "
            "there is one and set HF_HOME to that cache."
        ) from None
    except (DatasetGenerationError, OSError) as error:
        raise UsageError(f"{name} cannot be read: {_first_line(error.__cause__ or error)}.") from None
    finally:
        if local:
            datasets.enable_progress_bars()
    if not any(len(part) for part in loaded.values()):
        raise UsageError(f"{name} has no rows.")
    return loaded


def _reachable() -> bool:
    """Whether the Hub's address can be found at all, which takes no time where there is no network."""
    host = urlsplit(os.environ.get("HF_ENDPOINT", ENDPOINT)).hostname
    try:
        socket.getaddrinfo(host, 443)
    except OSError:
        return False
    return True


def _row_numbers(sizes: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Row numbers of splits that lie one below the other; where none is called train, the first is."""
    native: dict[str, np.ndarray] = {}
    start = 0
    for name, size in sizes.items():
        native[name] = np.arange(start, start + size)
        start += size
    if "train" not in native:
        first = next(iter(native))
        native = {"train": native[first], **{name: rows for name, rows in native.items() if name != first}}
    return native


def _table(part: Any) -> pa.Table:
    """A split as an Arrow table, class labels by their names."""
    table: pa.Table = part.with_format("arrow")[:]
    for name, feature in part.features.items():
        if type(feature).__name__ == "ClassLabel":
            place = table.column_names.index(name)
            codes = table.column(name).fill_null(-1).to_numpy()
            texts = [feature.names[code] if code >= 0 else None for code in range(-1, len(feature.names))]
            named = pa.array(texts).take(pa.array(codes + 1))
            table = table.set_column(place, name, named)
    return table


def _images(splits: Mapping[str, Any], column: str, native: dict[str, np.ndarray], config: DataConfig) -> Dataset:
    """Images with the class labels beside them, those of other sizes made to fit."""
    first = next(iter(splits.values()))
    others = [name for name in first.features if name != column]
    classes = {name: first.features[name] for name in others if type(first.features[name]).__name__ == "ClassLabel"}
    target = config.target or (next(iter(classes)) if len(classes) == 1 else "label" if "label" in others else "")
    if not target:
        raise UsageError(f"{config.name} has images and no labels: put those of each class in a folder of its own.")
    if target not in others:
        raise unknown("column", target, others)
    if target not in classes:
        meant = nearest("label", classes)
        raise UsageError(
            f"The column {target!r} of {config.name} holds no classes"
            + (f": say --target {meant!r}." if meant else ".")
        )
    names = tuple(str(name) for name in classes[target].names)
    codes = np.concatenate([np.asarray(part.with_format("numpy")[target]) for part in splits.values()])
    known = [name for index, name in enumerate(names) if (codes == index).any()]
    if len(known) < 2:
        raise UsageError(f"{config.name} has images of {len(known)} class: at least two are needed.")
    pixels, notes = read_pixels([_References(part, column) for part in splits.values()], config.image_size)
    table = pa.table({target: labels(codes, names)})
    task = "binary" if len(names) == 2 else "multiclass"
    return Dataset(stem_of(config.name), task, table, target, native, names, pixels, notes=notes)


class _References:
    """Where the pictures of a split are, path or bytes, one after the other and as often as they are asked for."""

    def __init__(self, part: Any, column: str) -> None:
        from datasets import Image

        self.column, self.rows = column, part.select_columns([column]).cast_column(column, Image(decode=False))

    def __iter__(self) -> Iterator[Any]:
        return (row[self.column] for row in self.rows)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
