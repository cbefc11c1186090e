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
from .image_files import SUFFIXES
from .reading.arrow_files import read_parts
from .reading.names import IPC, JSON, PARQUET, PATTERN, TABLES, plain, suffix_of
from .reading.strict_json import check_nesting

CARDS = ("README.md", ".huggingface.yaml")
LONGEST_CARD = 2**18  # characters of front matter
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
    for card in (folder / name for name in CARDS):
        for place in places_in(card) if card.is_file() else ():
            if "://" in place or leaves(place):
                raise UsageError(f"{card} names {place[:100]!r}, which is not in its folder: take that line out.")


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


def places_in(card: Path) -> Iterator[str]:
    """The places of files that front matter names, however they are written. UsageError for what is none, or would be
    read for ever: YAML's aliases, by which few lines stand for any number of them, have no use here."""
    import yaml

    text = _yaml(card)
    try:
        data = yaml.safe_load(text if len(text) <= LONGEST_CARD else "")
        if len(text) > LONGEST_CARD or any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text)):
            raise UsageError(f"The front matter of {card} is too long, or has aliases: write it out, or take it away.")
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UsageError(f"The front matter of {card} cannot be read: {first_line(error)}.") from None
    configs = data.get("configs") if isinstance(data, dict) else None
    waiting: list[Any] = [
        entry[key]
        for entry in (configs if isinstance(configs, list) else [configs])
        if isinstance(entry, dict)
        for key in PLACES
        if key in entry
    ]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        else:
            waiting += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def leaves(place: str) -> bool:
    """Whether a path or pattern leads out of the folder that it is meant for."""
    parts = place.replace("\\", "/").split("/")
    return place.startswith(("/", "\\", "~")) or "::" in place or ".." in parts or place[1:2] == ":"


def _yaml(card: Path) -> str:
    """The YAML in a card, where `datasets` will find it."""
    from huggingface_hub.repocard import REGEX_YAML_BLOCK

    try:
        text = card.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UsageError(f"The front matter of {card} cannot be read: {first_line(error)}.") from None
    if card.suffix != ".md":
        return text
    block = REGEX_YAML_BLOCK.search(text)
    return block[2] if block else ""
