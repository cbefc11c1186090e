"""Data sets through the `datasets` library: folders (of images a class, or of tables) and the Hugging Face Hub.

`hf:owner/name` or `hf:owner/name:config` is fetched, or taken from the cache where there is no network; a folder in
the Hub's layout is read where it lies. Splits keep the names that the data set gives them.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa

from ..config import DataConfig
from ..errors import NnlabError, UsageError, first_line, nearest, unknown
from .columns.arrow import labels
from .dataset import Dataset
from .folders import check_files, check_folder, leaves, offline, places_in
from .pixels import read_pixels
from .reading.names import HUB, stem_of
from .reading.tables import named
from .user_table import dataset_of

ENDPOINT = "https://huggingface.co"
REMOTE = ("hf://", "https://", "http://")
NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")


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
    with _said(config.name):
        return pa.concat_tables([named(_table(part)) for part in splits.values()])


def _fetch(name: str) -> Mapping[str, Any]:
    """The splits by name, each a `datasets.Dataset`."""
    path, wanted = _parts(name)
    if path and Path(path).is_dir():
        if not Path(path).resolve().name:
            raise UsageError(f"{name} is the whole machine: name the folder in it that holds the data.")
        loaded = _local(Path(path).resolve(), wanted, name)
    else:
        loaded = _remote(path, wanted, name)
    if not any(len(part) for part in loaded.values()):
        raise UsageError(f"{name} has no rows.")
    return loaded


def _parts(name: str) -> tuple[str, str]:
    """A folder or the Hub's name, and which of its configs; a folder may have a colon in its own name."""
    name = name.removeprefix(HUB)
    if name and Path(name).is_dir():
        return name, ""
    path, colon, wanted = name.rpartition(":")
    if not colon or not path or not Path(path).is_dir():
        path, _, wanted = name.partition(":")
    return path, wanted


def _local(folder: Path, wanted: str, name: str) -> Mapping[str, Any]:
    """What the folder holds, and nothing from outside of it: by its whole path, which no kind of table is called."""
    import datasets

    check_folder(folder)
    datasets.disable_progress_bars()
    try:
        with offline(), _said(name):
            builder = datasets.load_dataset_builder(str(folder), wanted or None)
            check_files(_files(builder), folder)
            return _splits(builder)
    except (ConnectionError, FileNotFoundError) as error:
        raise UsageError(f"The folder {folder} cannot be read as a data set: {first_line(error)}.") from None
    finally:
        datasets.enable_progress_bars()


def _remote(path: str, wanted: str, name: str) -> Mapping[str, Any]:
    """A data set of the Hub, or of the cache where there is no network."""
    import datasets

    if not NAME.fullmatch(path) or ("/" not in path and find_spec(f"datasets.packaged_modules.{path}")):
        raise UsageError(f"{name[:200]!r} names no data set of the Hub: write {HUB}owner/name.")
    try:
        with nullcontext() if reachable() else offline(), _said(name):
            _check_card(path, name)
            builder = datasets.load_dataset_builder(path, wanted or None)
            local = next((file for file in _files(builder) if not file.startswith(REMOTE)), None)
            if local is not None:
                raise UsageError(f"{name} names {local[:200]!r}, which is not among its own files.")
            return _splits(builder)
    except (ConnectionError, FileNotFoundError) as error:
        raise NnlabError(
            f"{name} cannot be fetched ({first_line(error)}): check its name and the network, or run this once where "
            "there is one and set HF_HOME to that cache."
        ) from None


def _files(builder: Any) -> list[str]:
    """Where the builder is going to read."""
    return [str(file) for files in (builder.config.data_files or {}).values() for file in files]


def _splits(builder: Any) -> Mapping[str, Any]:
    builder.download_and_prepare()
    return builder.as_dataset()


@contextmanager
def _said(name: str) -> Generator[None]:
    """Say in a sentence what `datasets` complains of, but that something is not there."""
    from datasets.exceptions import DatasetGenerationError

    try:
        yield
    except (ConnectionError, FileNotFoundError, NnlabError):
        raise
    except (DatasetGenerationError, OSError) as error:
        raise UsageError(f"{name} cannot be read: {first_line(error.__cause__ or error)}.") from None
    except (ValueError, RuntimeError, LookupError, TypeError, AttributeError, pa.ArrowException) as error:
        raise UsageError(f"{name} cannot be loaded: {first_line(error)}.") from None


def _check_card(path: str, name: str) -> None:
    """UsageError if the front matter of a data set of the Hub names files of this machine."""
    from huggingface_hub import hf_hub_download

    with suppress(OSError, ValueError):  # it has no card, or nothing can be fetched at all
        for place in places_in(Path(hf_hub_download(path, "README.md", repo_type="dataset"))):
            if not place.startswith(REMOTE) and ("://" in place or leaves(place)):
                raise UsageError(f"{name} names {place[:100]!r}, which is not among its own files.")


def reachable() -> bool:
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
    table.validate(full=True)
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
            + (f": use --target {meant!r}." if meant else ".")
        )
    names = tuple(str(name) for name in classes[target].names)
    with _said(config.name):
        codes = np.concatenate([np.asarray(part.with_format("numpy")[target]) for part in splits.values()])
        table = pa.table({target: labels(codes, names)})
    known = [name for index, name in enumerate(names) if (codes == index).any()]
    if len(known) < 2:
        raise UsageError(f"{config.name} has images of {len(known)} class: at least two are needed.")
    places = _places_of_images(config.name)
    pixels, notes = read_pixels([_References(part, column, places) for part in splits.values()], config.image_size)
    task = "binary" if len(names) == 2 else "multiclass"
    return Dataset(stem_of(config.name), task, table, target, native, names, pixels, notes=notes)


def _places_of_images(name: str) -> list[Path]:
    """Where the files are that a row may name: in the folder, or among what was fetched."""
    from datasets import config
    from huggingface_hub import constants

    path, _ = _parts(name)
    caches = (config.HF_DATASETS_CACHE, config.DOWNLOADED_DATASETS_PATH, constants.HF_HUB_CACHE)
    return [Path(place).resolve() for place in ((path,) if Path(path).is_dir() else caches)]


class _References:
    """Where the pictures of a split are, path or bytes, one after the other and as often as they are asked for."""

    def __init__(self, part: Any, column: str, places: list[Path]) -> None:
        from datasets import Image

        self.column, self.places = column, places
        self.rows = part.select_columns([column]).cast_column(column, Image(decode=False))

    def __iter__(self) -> Iterator[Any]:
        return (self._checked(row[self.column]) for row in self.rows)

    def _checked(self, reference: Any) -> Any:
        """The reference. UsageError where a row, which anybody can write, names a file of this machine's as its own."""
        path = (reference or {}).get("path")
        if path is not None and reference.get("bytes") is None:
            whole = Path(os.path.normpath(path))
            if not any(whole.is_relative_to(place) for place in self.places):
                raise UsageError(
                    f"A row names the image {str(path)[:200]!r}, which is not in the data set's own folder."
                )
        return reference
