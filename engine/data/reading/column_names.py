"""The names of a table's columns, from the beginning of its file alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...errors import UsageError
from ..columns.values import distinct
from .arrow_files import names_in
from .names import EXCEL, IPC, JSON, PARQUET, expand, suffix_of
from .streams import unpacked
from .tables import DAMAGED, read
from .text_format import TextFormat, open_table, open_text

LARGEST = 2**22  # bytes of a file that has to be read whole to know its columns


def column_names(name: str, told: TextFormat | None = None) -> list[str]:
    """The columns of a table in a file, or in the first one of a pattern, called as `tables.read` calls them; none
    where only a large file itself would tell. Raises UsageError for what cannot be read."""
    path = expand(name)[0]
    try:
        return _names(path, told or TextFormat())
    except DAMAGED as error:
        raise UsageError(f"{path} cannot be read: {error}.") from None


def _names(path: Path, told: TextFormat) -> list[str]:
    kind = suffix_of(path)
    if kind in (*PARQUET, *IPC):
        return _called(names_in(path))
    if kind not in (*EXCEL, *JSON):
        with path.open("rb") as file:
            text = open_text(unpacked(file, str(path)), str(path), told, lambda _: None)
            if not text.is_json:
                return _called(open_table(text).names)
    if path.stat().st_size > LARGEST:
        return []
    return read(str(path), told=told).column_names


def _called(names: Sequence[str]) -> list[str]:
    return distinct([name.strip() for name in names])
