"""Tables from files: CSV and its kin, Parquet, Feather, JSON and Excel, as one Arrow table with clean columns.

Arrow reads wherever it can, in compiled code and in parallel; Python only guesses how a text file is written.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from zipfile import BadZipFile, ZipFile, is_zipfile
from zlib import error as ZlibError

import pyarrow as pa

from ..errors import UsageError, first_line
from .files import EXCEL, IPC, JSON, PARQUET, expand, plain, steady, suffix_of
from .streams import RATIO, UNPACKED, too_much
from .text_files import read_text
from .values import distinct, is_number, is_text

STDIN = "-"
DAMAGED = (pa.ArrowException, OSError, EOFError, ValueError, LookupError)
DAMAGED_WORKBOOK = (
    *(BadZipFile, ZlibError, OSError, EOFError, ValueError, LookupError, SyntaxError, TypeError, AttributeError),
    NotImplementedError,
)


def read(name: str, na: Sequence[str] = (), texts: Collection[str] | None = ()) -> pa.Table:
    """The table in a file, in all files of a pattern such as `part-*.csv` one below the other, or on standard input
    (`-`, CSV), as it stands: texts as they are written, but columns of plain numbers as such.

    Names are trimmed and made distinct. `na` are values that stand for missing besides `MISSING`. Columns named in
    `texts`, all of them where it is None, are read as text whatever they look like. Raises UsageError for files that
    are not there, cannot be read, or hold no rows.
    """
    if name == STDIN:
        return _checked(named(read_text(sys.stdin.buffer.read(), "standard input", na, texts)), "standard input")
    paths = expand(name)
    tables = [_read_file(path, na, texts) for path in paths]
    for path, table in zip(paths, tables, strict=True):
        if set(table.column_names) != set(tables[0].column_names):
            odd = sorted(set(table.column_names) ^ set(tables[0].column_names))[0]
            raise UsageError(f"{path} and {paths[0]} cannot be one table: only one of them has the column {odd!r}.")
    apart = {} if len(tables) == 1 else _kinds_apart(tables)
    if apart and texts is not None:  # what is text in one part is text in all of them, as it is written
        again = [_read_file(path, na, {*texts, *apart}) for path in paths]
        return _checked(_joined(again), name)
    return _checked(tables[0] if len(tables) == 1 else _joined(tables), name)


def named(table: pa.Table) -> pa.Table:
    """The table with trimmed, distinct names."""
    return table.rename_columns(distinct([name.strip() for name in table.column_names]))


def _kinds_apart(tables: list[pa.Table]) -> set[str]:
    """Columns that are numbers in one of the tables and texts in another."""
    kinds = {name: [table.schema.field(name).type for table in tables] for name in tables[0].column_names}
    return {name for name, found in kinds.items() if any(map(is_text, found)) and any(map(is_number, found))}


def _read_file(path: Path, na: Sequence[str], texts: Collection[str] | None) -> pa.Table:
    """One file's table, its names told apart. Whatever cannot be read is said here."""
    kind = suffix_of(path)
    if not path.stat().st_size:
        raise UsageError(f"{path} is empty.")
    try:
        with steady(path):
            return named(_as_written(path, na, texts))
    except DAMAGED as error:
        raise UsageError(f"{path} cannot be read as {kind.lstrip('.') or 'CSV'}: {first_line(error)}.") from None


def _as_written(path: Path, na: Sequence[str], texts: Collection[str] | None) -> pa.Table:
    """One file's table, as its kind of file gives it."""
    kind = suffix_of(path)
    if kind in (*PARQUET, *IPC):
        from .arrow_files import read_whole

        return read_whole(path)
    if kind in EXCEL:
        return read_text(excel_as_csv(path), str(path), na, texts)
    data = plain(path)
    if kind in JSON:
        from .json_files import read_json

        return read_json(path.read_bytes() if isinstance(data, Path) else data, str(path))
    return read_text(data, str(path), na, texts)


def excel_as_csv(path: Path) -> bytes:
    """The first sheet of a workbook as the CSV that it would be saved as. UsageError where it cannot be read."""
    import pandas as pd

    try:
        _check_unpacked(path)
        frame = pd.read_excel(path)
    except ImportError:
        if suffix_of(path) == ".xlsx":
            raise UsageError(f"{path} is an Excel file: pip install 'nnlab[excel]' to read it.") from None
        raise UsageError(f"{path} is an old or foreign workbook: save it as .xlsx or CSV.") from None
    except DAMAGED_WORKBOOK as error:
        said = first_line(error)
        raise UsageError(f"{path} cannot be read as {suffix_of(path)[1:]}: it is damaged ({said}).") from None
    return frame.to_csv(index=False).encode(errors="replace")


def _check_unpacked(path: Path) -> None:
    """UsageError for a workbook, which is a zip archive, that unpacks to far more than any table does."""
    if not is_zipfile(path):
        return
    with ZipFile(path) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
    if size > max(UNPACKED, RATIO * path.stat().st_size):
        raise too_much(str(path), "save it as CSV")


def _joined(tables: list[pa.Table]) -> pa.Table:
    """Tables of the same columns one below the other; a column that is text in one becomes text in all."""
    order = tables[0].column_names
    picked = [table.select(order) for table in tables]
    columns: dict[str, pa.ChunkedArray] = {}
    for name in order:
        parts = [table.column(name) for table in picked]
        kinds = {part.type for part in parts if not pa.types.is_null(part.type)}
        number = all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in kinds)
        kind = kinds.pop() if len(kinds) == 1 else pa.float64() if kinds and number else pa.large_string()
        columns[name] = pa.chunked_array([chunk for part in parts for chunk in part.cast(kind).chunks], kind)
    return pa.table(columns)


def _checked(table: pa.Table, name: str) -> pa.Table:
    if not table.num_columns:
        raise UsageError(f"{name} has no columns.")
    if not len(table):
        raise UsageError(f"{name} has a header and no rows.")
    return table
