"""Which files a name means, and their bytes, decompressed."""

from __future__ import annotations

import glob
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import NnlabError, UsageError, expand_home, nearest, shown
from ..catalog import HUB as HUB
from .streams import DAMAGED, LONGEST, packed_kind, unpacked

if TYPE_CHECKING:
    import pyarrow as pa

PARQUET, IPC, EXCEL = (".parquet", ".pq"), (".feather", ".arrow", ".ipc"), (".xlsx", ".xls", ".ods")
JSON = (".json", ".jsonl", ".ndjson")
TABLES = (".csv", ".tsv", ".txt", ".data", *JSON, *PARQUET, *IPC, *EXCEL)
PACKED = (".gz", ".bz2", ".xz", ".zst")
PATTERN = "*?["


def is_file_name(name: str) -> bool:
    """Whether a data set's name means files: `-`, a path, a pattern, or a name with a table's suffix."""
    if is_hub_name(name):
        return True
    if name == "-" or any(char in name for char in "/\\*?["):
        return True
    path = Path(name)
    return suffix_of(path) in TABLES or path.suffix.lower() in PACKED or path.exists()


def is_hub_name(name: str) -> bool:
    """Whether the name means a data set of the Hub, `hf:owner/name`."""
    return name.startswith(HUB)


def suffix_of(path: Path) -> str:
    """A file's suffix in lower case, that of a compressed file being the one below: `.csv` for `cars.csv.gz`."""
    inner = path.with_suffix("") if path.suffix.lower() in PACKED else path
    return inner.suffix.lower()


def stem_of(name: str) -> str:
    """What to call a data set that came from files: the file's name without folders and suffixes."""
    if name == "-":
        return "stdin"
    if is_hub_name(name):
        name = name.removeprefix(HUB).partition(":")[0]
    path = Path(name.rstrip("/\\") or name).resolve() if name.strip("./\\") == "" else Path(name.rstrip("/\\"))
    while path.suffix.lower() in (*TABLES, *PACKED):
        path = path.with_suffix("")
    return "".join("-" if char in PATTERN + "]" else char for char in path.name).strip("-. ") or "data"


def expand(name: str) -> list[Path]:
    """The files that a name means, a pattern's in alphabetical order. UsageError, with the nearest file, for none."""
    path = path_of(name)
    if path.is_file():
        return [path]
    if path.exists() and not path.is_dir():
        raise UsageError(f"{path} is not a regular file.")
    if path.is_symlink():
        raise UsageError(f"{path} is a link to no file.")
    if any(char in name for char in PATTERN):
        found = sorted(found for found in map(Path, glob.glob(str(path), recursive=True)) if found.is_file())  # noqa: PTH207
        if not found:
            raise UsageError(f"No file matches {name}.")
        return found
    raise missing_file(path)


def path_of(name: str) -> Path:
    """The path that a name means: only where it is written with the tilde first is this a user's home."""
    path = Path(name)
    return path if path.exists() else expand_home(name)


def find_files(name: str) -> list[Path]:
    """What a name means: a file, a folder or a device as it is, or the files of a pattern. UsageError for none, and for
    what no file can be called."""
    try:
        return [Path(name)] if Path(name).exists() else expand(name)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no file can be called so"
        raise UsageError(f"{shown(name)} cannot be read: {reason}.") from None


def missing_file(path: Path) -> UsageError:
    """The error for a file that does not exist, with the nearest one in its folder."""
    if not path.parent.is_dir():
        return UsageError(f"There is no file {path}: the folder {path.parent} does not exist.")
    meant = nearest(path.name, [entry.name for entry in path.parent.iterdir() if entry.name != path.name])
    return UsageError(f"There is no file {path}" + (f": did you mean {path.parent / meant}?" if meant else "."))


def opened(path: Path) -> pa.NativeFile:
    """The file, to be read as Arrow asks for its bytes. It is not mapped: one that becomes shorter then would end the
    process. Its name may be no UTF-8."""
    import pyarrow as pa

    return pa.OSFile(os.fsencode(path))


def plain(path: Path) -> Path | bytes:
    """The file itself, or, where its first bytes say that it is compressed, what it unpacks to.

    Raises OSError or ValueError for a compressed file that is damaged, UsageError for one that unpacks to too much.
    """
    with path.open("rb") as file:
        packed = packed_kind(file.read(LONGEST))
        if not packed:
            return path
        file.seek(0)
        try:
            return unpacked(file, str(path)).read()
        except DAMAGED as error:
            raise ValueError(f"it is a damaged {packed} file ({error})") from None


@contextmanager
def steady(path: Path) -> Generator[None]:
    """Raise UsageError if the file is written to, or replaced, while it is read: what was read is then neither the old
    one nor the new, and an error about it is not to the point."""
    before = _state(path)
    changed = UsageError(f"{path} has changed while it was read: read it again once nothing writes to it.")
    try:
        yield
    except (NnlabError, OSError, ValueError, LookupError, EOFError, NotImplementedError):
        if _state(path) == before:
            raise
        raise changed from None
    if _state(path) != before:
        raise changed


def _state(path: Path) -> tuple[int, int, int] | None:
    """What is another once a file is written to, cut off or replaced."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
