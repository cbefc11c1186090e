"""Rows to predict from Parquet and Feather files, read in parts, and only the columns that the network needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from ..data.files import PARQUET, suffix_of
from ..data.schema import Schema
from ..errors import UsageError
from .matching import Note, match_columns, named

ROWS = 2**16  # rows read at a time

Batches = Iterator[pa.RecordBatch]


def read_arrow(path: Path, schema: Schema, note: Note) -> Iterator[pa.Table]:
    """The columns that the network needs as they stand. Raises UsageError for columns that are missing, and for a file
    that cannot be read."""
    try:
        read = _parquet if suffix_of(path) in PARQUET else _ipc
        for batch in read(path, schema, note):
            for start in range(0, len(batch), ROWS):
                yield pa.Table.from_batches([batch.slice(start, ROWS)])
    except (pa.ArrowException, OSError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        raise UsageError(f"{path} cannot be read as {suffix_of(path).lstrip('.')}: {reason}.") from None


def _parquet(path: Path, schema: Schema, note: Note) -> Batches:
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        stored = file.schema_arrow.names
        places = _places(stored, path, schema, note)
        apart = len(set(stored)) == len(stored)  # else names do not tell which column is meant
        wanted = [stored[place] for place in places]
        for batch in file.iter_batches(ROWS, columns=wanted if apart else None):
            columns = [batch.column(name) for name in wanted] if apart else [batch.column(place) for place in places]
            yield pa.record_batch(columns, schema.inputs)


def _ipc(path: Path, schema: Schema, note: Note) -> Batches:
    """A Feather file or an Arrow stream."""
    with pa.memory_map(str(path)) as source:
        filed = source.read(6) == b"ARROW1"
        source.seek(0)
        reader = pa.ipc.open_file(source) if filed else pa.ipc.open_stream(source)
        places = _places(reader.schema.names, path, schema, note)
        batches = map(reader.get_batch, range(reader.num_record_batches)) if filed else reader
        for batch in batches:
            yield pa.record_batch([batch.column(place) for place in places], schema.inputs)


def _places(stored: list[str], path: Path, schema: Schema, note: Note) -> list[int]:
    """Where the network's columns are among the file's, whose names are made distinct as for training."""
    names = named(stored, str(path), schema)
    match_columns(names, str(path), schema, note)
    return [names.index(name) for name in schema.inputs]
