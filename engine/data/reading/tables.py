"""Tables from files: CSV and its kin, Parquet, Feather, JSON and Excel, as one Arrow table with clean columns.

Arrow reads wherever it can, in compiled code and in parallel; Python only guesses how a text file is written.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile, ZipFile, is_zipfile
from zlib import error as ZlibError

import pyarrow as pa

from ...bounds import LONGEST
from ...errors import UsageError, first_line, shown
from ..columns.values import distinct, is_number, is_text
from .csv import read_text
from .names import EXCEL, IPC, JSON, PARQUET, expand, plain, steady, suffix_of
from .streams import RATIO, UNPACKED, too_much, unpacked
from .text_format import Note, TextFormat, check_untold, of_workbook, open_text

STDIN, INPUT = "-", "standard input"
DAMAGED = (pa.ArrowException, OSError, EOFError, ValueError, LookupError)
DAMAGED_WORKBOOK = (
    *(BadZipFile, ZlibError, OSError, EOFError, ValueError, LookupError, SyntaxError, TypeError, AttributeError),
    NotImplementedError,
)


def read(
    name: str,
    na: Sequence[str] = (),
    texts: Collection[str] | None = (),
    *,
    told: TextFormat | None = None,
    note: Note = lambda _: None,
) -> pa.Table:
    """The table in a file, in all files of a pattern such as `part-*.csv` one below the other, or on standard input
    (`-`, CSV or JSON), as it stands: texts as they are written, but columns of plain numbers as such.

    Names are trimmed and made distinct. `na` are values that stand for missing besides `MISSING`. Columns named in
    `texts`, all of them where it is None, are read as text whatever they look like; `told` is how text files are
    written. `note` takes what somebody should know of the files. Raises UsageError for files that are not there, cannot
    be read, or hold no rows.
    """
    form = told or TextFormat()

    def read_file(path: Path, texts: Collection[str] | None, note: Note) -> pa.Table:
        with _readable(path):
            return named(_as_written(path, na, texts, form, note))

    if name == STDIN:
        data = unpacked(io.BytesIO(sys.stdin.buffer.read()), INPUT).read()
        return _checked(named(_from_text(data, INPUT, na, texts, form, note)), INPUT)
    paths = expand(name)
    tables = [read_file(path, texts, note) for path in paths]
    for path, table in zip(paths, tables, strict=True):
        if set(table.column_names) != set(tables[0].column_names):
            odd = sorted(set(table.column_names) ^ set(tables[0].column_names))[0]
            raise UsageError(f"{path} and {paths[0]} cannot be one table: only one of them has the column {odd!r}.")
    apart = {} if len(tables) == 1 else _kinds_apart(tables)
    if apart and texts is not None:  # what is text in one part is text in all of them, as it is written
        again = [read_file(path, {*texts, *apart}, lambda _: None) for path in paths]
        return _checked(_joined(again), name)
    return _checked(tables[0] if len(tables) == 1 else _joined(tables), name)


def named(table: pa.Table) -> pa.Table:
    """The table with trimmed, distinct names."""
    return table.rename_columns(distinct([name.strip() for name in table.column_names]))


def _kinds_apart(tables: list[pa.Table]) -> set[str]:
    """Columns that are numbers in one of the tables and texts in another."""
    kinds = {name: [table.schema.field(name).type for table in tables] for name in tables[0].column_names}
    return {name for name, found in kinds.items() if any(map(is_text, found)) and any(map(is_number, found))}


@contextmanager
def _readable(path: Path) -> Generator[None]:
    """Say in a sentence why a file cannot be read."""
    if not path.stat().st_size:
        raise UsageError(f"{path} is empty.")
    try:
        with steady(path):
            yield
    except DAMAGED as error:
        kind = suffix_of(path).lstrip(".") or "CSV"
        raise UsageError(f"{path} cannot be read as {kind}: {first_line(error)}.") from None


def _as_written(path: Path, na: Sequence[str], texts: Collection[str] | None, form: TextFormat, note: Note) -> pa.Table:
    """One file's table, as its kind of file gives it."""
    kind = suffix_of(path)
    if kind in (*PARQUET, *IPC):
        from .arrow_files import read_whole

        check_untold(form, str(path))
        return read_whole(path)
    if kind in EXCEL:
        return read_text(excel_as_csv(path, note), str(path), na, texts, told=of_workbook(form, str(path)), note=note)
    data = plain(path)
    if kind in JSON:
        return _from_json(data, str(path), form)
    return _from_text(data, str(path), na, texts, form, note)


def _from_text(
    data: Path | bytes, name: str, na: Sequence[str], texts: Collection[str] | None, form: TextFormat, note: Note
) -> pa.Table:
    """The table in a text: JSON where it opens with a brace or a bracket, else CSV."""
    with data.open("rb") if isinstance(data, Path) else io.BytesIO(data) as stream:
        is_json = open_text(stream, name, form, lambda _: None).is_json
    return _from_json(data, name, form) if is_json else read_text(data, name, na, texts, told=form, note=note)


def _from_json(data: Path | bytes, name: str, form: TextFormat) -> pa.Table:
    from .json import read_json

    check_untold(form, name)
    return read_json(data.read_bytes() if isinstance(data, Path) else data, name)


def excel_as_csv(path: Path, note: Note) -> bytes:
    """The first sheet of a workbook as the CSV that it would be saved as; of other sheets is told. UsageError where it
    cannot be read."""
    import pandas as pd

    try:
        _check_unpacked(path)
        # Every cell as it stands: which line has the names is found out, or told, as for any text.
        with pd.ExcelFile(path) as book:
            sheets = book.sheet_names
            frame = pd.read_excel(book, header=None, keep_default_na=False)
    except ImportError:
        if suffix_of(path) == ".xlsx":
            raise UsageError(f"{path} is an Excel file: pip install 'nnlab[excel]' to read it.") from None
        raise UsageError(f"{path} is an old or foreign workbook: save it as .xlsx or CSV.") from None
    except DAMAGED_WORKBOOK as error:
        said = first_line(error)
        raise UsageError(f"{path} cannot be read as {suffix_of(path)[1:]}: it is damaged ({said}).") from None
    if len(sheets) > 1:
        note(f"of the {len(sheets)} sheets of {path} the first, {str(sheets[0])!r}, is read: save others as CSV")
    return frame.to_csv(index=False, header=False).encode(errors="replace")


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
    longest = max(table.column_names, key=len)
    if len(longest) > LONGEST:
        raise UsageError(
            f"{name} has a column {shown(longest)}, a name of {len(longest):,} characters: {LONGEST:,} are the "
            "most, and if it is the names of several columns, --separator says what stands between them."
        )
    if not len(table):
        raise UsageError(f"{name} has a header and no rows.")
    return table
