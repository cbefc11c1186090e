"""A folder in the Hub's layout: what its front matter may name, and files that `datasets` can be left alone with.

A folder may come from a stranger, and what `datasets` finds in its front matter it follows: to the network, to any file
of this machine. And it reads tables as they come, where a damaged one ends the process.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import UsageError, first_line
from .arrow_files import read_parts
from .files import IPC, JSON, PARQUET, PATTERN, TABLES, plain, suffix_of
from .image_files import SUFFIXES
from .json_text import check_nesting

CARDS = ("README.md", ".huggingface.yaml")
LONGEST_CARD = 2**20
PLACES = ("data_files", "data_dir")  # what front matter names files by
READ = (*TABLES, *SUFFIXES)


@contextmanager
def offline() -> Generator[None]:
    """Have `datasets` ask for nothing in the network meanwhile."""
    from datasets import config
    from huggingface_hub import constants

    before = config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE
    config.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE = before


def check_folder(folder: Path) -> None:
    """Raise UsageError for a folder that cannot be told from others by its name, or whose front matter names anything
    outside of it."""
    if any(char in str(folder) for char in PATTERN + "]") or "::" in str(folder):
        raise UsageError(f"The folder {folder} cannot be read: its path holds '*', '?', brackets or '::'; rename it.")
    for name in CARDS:
        card = folder / name
        if card.is_file():
            for place in _places(_front_matter(card)):
                if "://" in place or _leaves(place):
                    raise UsageError(f"{card} names {place[:100]!r}, which is not in its folder: take that line out.")


def check_card(data: Any, name: str) -> None:
    """Raise UsageError if the front matter of a data set of the Hub names files of this machine."""
    for place in _places(data):
        if not place.startswith(("https://", "http://", "hf://")) and ("://" in place or _leaves(place)):
            raise UsageError(f"{name} names {place[:100]!r}, which is not among its own files: nnlab does not read it.")


def check_files(files: Iterable[str], folder: Path) -> None:
    """Raise UsageError for a file outside of the folder, of a kind that is not read, or damaged."""
    for text in files:
        path = Path(text)
        if "://" in text or not path.is_relative_to(folder):
            raise UsageError(f"{folder} names {text[:200]!r}, which is not in it.")
        kind = suffix_of(path)
        if kind not in READ:
            raise UsageError(f"{path} is neither a table nor an image that is read: take it out of {folder}.")
        if kind in (*PARQUET, *IPC):
            for _ in read_parts(path, lambda names: list(range(len(names)))):
                pass
        elif kind not in SUFFIXES:
            _check_text(path, kind)


def _check_text(path: Path, kind: str) -> None:
    try:
        data = plain(path)
        if kind in JSON:
            check_nesting(path.read_bytes() if isinstance(data, Path) else data)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {first_line(error)}.") from None


def _front_matter(card: Path) -> Any:
    """The front matter, as `datasets` will read it."""
    import yaml
    from huggingface_hub import DatasetCard

    if card.stat().st_size > LONGEST_CARD:
        raise UsageError(f"{card} is longer than {LONGEST_CARD >> 20} MiB: shorten it, or take it out of the folder.")
    try:
        if card.suffix == ".md":
            return DatasetCard.load(card).data.to_dict()
        return yaml.safe_load(card.read_text(encoding="utf-8"))
    except (yaml.YAMLError, OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"The front matter of {card} cannot be read: {first_line(error)}.") from None


def _places(data: Any) -> Iterator[str]:
    """The places of files that front matter names, however they are written."""
    configs = data.get("configs") if isinstance(data, dict) else None
    waiting: list[Any] = [
        entry[key]
        for entry in (configs if isinstance(configs, list) else [configs])
        if isinstance(entry, dict)
        for key in PLACES
        if key in entry
    ]
    seen = set[int]()  # what YAML names twice is one object: followed again and again, it may have no end
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif id(value) not in seen:
            seen.add(id(value))
            waiting += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _leaves(place: str) -> bool:
    """Whether a path or pattern leads out of the folder that it is meant for."""
    parts = place.replace("\\", "/").split("/")
    return place.startswith(("/", "\\", "~")) or "::" in place or ".." in parts or place[1:2] == ":"
