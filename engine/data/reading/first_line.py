"""The names in a text table's first line, for whoever types one: light, and silent where it finds none.

What a training reads is settled by `csv` and `text_format`; a shell that completes a word has no time for them.
"""

from __future__ import annotations

import csv
import json
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

BEGINNING = 2**16  # bytes in which the first line must end
SEPARATORS = "\t;|,"  # where two are as many, the one that is rarer in names
TEXTS = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson")


def column_names(path: Path) -> list[str]:
    """The columns of a table of text, as its first line or first object names them; none where that tells nothing."""
    with suppress(OSError, ValueError, csv.Error):
        if path.suffix.lower() in TEXTS and path.is_file():
            with path.open("rb") as file:
                beginning = file.read(BEGINNING).decode("utf-8-sig", errors="replace").lstrip()
            return _of_object(beginning) if beginning.startswith(("{", "[")) else _of_line(beginning)
    return []


def _of_line(text: str) -> list[str]:
    line = text.partition("\n")[0]
    separator = max(SEPARATORS, key=line.count)
    return [name.strip() for name in next(csv.reader([line], delimiter=separator), [])]


def _of_object(text: str) -> list[str]:
    """The keys of the first object, whose end must be in the text. ValueError where it is not."""
    found, _ = json.JSONDecoder().raw_decode(text.lstrip("[ \t\r\n"))
    return list(cast("dict[str, Any]", found)) if isinstance(found, dict) else []
