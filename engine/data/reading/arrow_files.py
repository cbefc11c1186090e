"""Parquet, Feather and Arrow files, from whoever wrote them: read into memory of our own and validated in full.

Arrow trusts the numbers in these files: an offset behind the end of a buffer, or the index of a category that does not
exist, is followed into memory that is not there, and the process is gone. `validate(full=True)` looks at each of them.
The files are not mapped either: one that becomes shorter while it is used would end the process as well.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from ...errors import UsageError, first_line
from ..storage import free_memory
from .arrow_types import check_type, settled
from .names import PARQUET, opened, steady, suffix_of

DAMAGED = (pa.ArrowException, OSError, ValueError, LookupError)
ROWS = 2**16  # rows of Parquet that are decoded at a time where parts are wanted
MAGIC = b"ARROW1"  # of a file that knows where its parts are; a stream of them begins otherwise

Reader = pa.ipc.RecordBatchFileReader | pa.ipc.RecordBatchStreamReader
Choose = Callable[[list[str]], list[int]]
"""From the names of a file's columns to the places of those that are wanted."""


def read_whole(path: Path) -> pa.Table:
    """The file's table. Raises UsageError for a file that is damaged, or that the memory has no room for."""
    read = _row_groups if suffix_of(path) in PARQUET else _batches
    with _readable(path):
        return pa.concat_tables(_within_memory(read(path), path))


def read_parts(path: Path, choose: Choose) -> Iterator[pa.Table]:
    """The chosen columns, in their order, a part of the rows at a time. Raises UsageError for a damaged file."""
    read = _chosen_parquet if suffix_of(path) in PARQUET else _chosen_batches
    with _readable(path):
        yield from read(path, choose)


def names_in(path: Path) -> list[str]:
    """The names of the file's columns, of which nothing else is read. Raises UsageError for a damaged file."""
    with _readable(path), opened(path) as file:
        if suffix_of(path) not in PARQUET:
            return _open(file).schema.names
        import pyarrow.parquet as pq

        with pq.ParquetFile(file) as reader:
            return reader.schema_arrow.names


@contextmanager
def _readable(path: Path) -> Generator[None]:
    """Say in a sentence what Arrow complains of while it reads."""
    try:
        with steady(path):
            yield
    except DAMAGED as error:
        raise UsageError(f"{path} cannot be read as {suffix_of(path).lstrip('.')}: {first_line(error)}.") from None


def _within_memory(tables: Iterable[pa.Table], path: Path) -> list[pa.Table]:
    """The tables, each looked at in full. UsageError once they take more memory than was free."""
    kept: list[pa.Table] = []
    taken, free = 0, free_memory()
    for table in tables:
        kept.append(_checked(table))
        taken += table.get_total_buffer_size()
        if taken > free:
            raise UsageError(f"{path} takes more memory than the {free / 2**30:.1f} GiB that are free: use fewer rows.")
    return kept


def _checked(table: pa.Table) -> pa.Table:
    """The table, every value of which was looked at, its columns of the types that the rest of nnlab knows."""
    table.validate(full=True)
    columns = [settled(column, name) for name, column in zip(table.column_names, table.columns, strict=True)]
    return pa.table(columns, table.column_names) if columns else table


def _row_groups(path: Path) -> Iterator[pa.Table]:
    from pyarrow import parquet

    with opened(path) as source, parquet.ParquetFile(source, pre_buffer=False) as file:
        yield _empty(file.schema_arrow)
        for number in range(file.num_row_groups):
            yield file.read_row_group(number)


def _batches(path: Path) -> Iterator[pa.Table]:
    with opened(path) as source:
        reader = _open(source)
        yield _empty(reader.schema)
        for batch in _each(reader):
            yield pa.Table.from_batches([batch])


def _chosen_parquet(path: Path, choose: Choose) -> Iterator[pa.Table]:
    from pyarrow import parquet

    with opened(path) as source, parquet.ParquetFile(source) as file:
        names = file.schema_arrow.names
        places = choose(names)
        apart = len(set(names)) == len(names)  # else names do not tell which column is meant
        wanted = [names[place] for place in places]
        for batch in file.iter_batches(ROWS, columns=wanted if apart else None):
            yield _checked(pa.Table.from_batches([batch])).select(places if not apart else wanted)


def _chosen_batches(path: Path, choose: Choose) -> Iterator[pa.Table]:
    with opened(path) as source:
        places = choose(_open(source).schema.names)
        read = sorted(places)
        for batch in _each(_open(source, pa.ipc.IpcReadOptions(included_fields=read))):
            yield _checked(pa.Table.from_batches([batch])).select([read.index(place) for place in places])


def _empty(schema: pa.Schema) -> pa.Table:
    """A table without rows; of a type that is not read there is not even that."""
    for field in schema:
        check_type(field.type, field.name)
    return schema.empty_table()


def _open(source: pa.NativeFile, options: pa.ipc.IpcReadOptions | None = None) -> Reader:
    """What reads a Feather file, or a stream."""
    source.seek(0)
    filed = source.read(len(MAGIC)) == MAGIC
    source.seek(0)
    return pa.ipc.open_file(source, options=options) if filed else pa.ipc.open_stream(source, options=options)


def _each(reader: Reader) -> Iterator[pa.RecordBatch]:
    if isinstance(reader, pa.ipc.RecordBatchFileReader):
        return map(reader.get_batch, range(reader.num_record_batches))
    return iter(reader)
