"""Which files a name means, and their bytes, decompressed."""

from __future__ import annotations

import glob
import mmap
from pathlib import Path

from ..errors import UsageError, nearest, shown
from .streams import DAMAGED, LONGEST, MAGIC, unpacked

PARQUET, IPC, EXCEL = (".parquet", ".pq"), (".feather", ".arrow", ".ipc"), (".xlsx", ".xls", ".ods")
TABLES = (".csv", ".tsv", ".txt", ".data", ".json", ".jsonl", ".ndjson", *PARQUET, *IPC, *EXCEL)
PACKED = (".gz", ".bz2", ".xz", ".zst")
PATTERN = "*?["
HUB = "hf:"


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
    path = Path(name).expanduser()
    if path.is_file():
        return [path]
    if path.exists() and not path.is_dir():
        raise UsageError(f"{path} is no regular file.")
    if any(char in name for char in PATTERN):
        found = sorted(found for found in map(Path, glob.glob(str(path), recursive=True)) if found.is_file())  # noqa: PTH207
        if not found:
            raise UsageError(f"No file matches {name}.")
        return found
    raise missing_file(path)


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
    meant = nearest(path.name, [entry.name for entry in path.parent.iterdir()])
    return UsageError(f"There is no file {path}" + (f": did you mean {path.parent / meant}?" if meant else "."))


def open_bytes(path: Path) -> memoryview | bytes:
    """A file's bytes: mapped into memory as they lie on disk, or decompressed, as its first bytes tell.

    Raises OSError or ValueError for a compressed file that is damaged.
    """
    with path.open("rb") as file:
        head = file.read(LONGEST)
        packed = next((kind for magic, kind in MAGIC.items() if head.startswith(magic)), "")
        if not packed:
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        file.seek(0)
        try:
            return unpacked(file).read()
        except DAMAGED as error:
            raise ValueError(f"it is a damaged {packed} file ({error})") from None
