"""Rows to predict from Parquet and Feather files, read in parts, and only the columns that the network needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from ..schema import Schema
from .arrow_files import read_parts
from .matching import Note, match_columns, named

ROWS = 2**16  # rows settled at a time


def read_arrow(path: Path, schema: Schema, note: Note) -> Iterator[pa.Table]:
    """The columns that the network needs as they stand. Raises UsageError for columns that are missing, and for a file
    that cannot be read."""
    for part in read_parts(path, lambda names: _places(names, path, schema, note)):
        columns = part.rename_columns(schema.inputs)
        for start in range(0, len(columns), ROWS):
            yield columns.slice(start, ROWS)


def _places(stored: list[str], path: Path, schema: Schema, note: Note) -> list[int]:
    """Where the network's columns are among the file's, whose names are made distinct as for training."""
    names = named(stored, str(path), schema)
    match_columns(names, str(path), schema, note)
    return [names.index(name) for name in schema.inputs]
