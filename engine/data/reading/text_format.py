"""How a text file is written, where it is told, and the text made ready to be read as a table."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import BinaryIO

from ...config import TEXT_KEYS, DataConfig
from ...errors import UsageError, number_of
from ...options import flag_of
from ..columns.values import Decimal
from .encodings import from_encoding, from_utf8, is_ascii_based, marked_encoding, seems_utf8
from .quotes import Quotes
from .streams import Change, changed, rejoined

SAMPLE = 1 << 16  # bytes that are looked at to guess encoding and separator
LINES = 50  # lines that vote on the separator
SEPARATORS = ",;\t|"
LONGEST_HEADER = 1 << 26  # bytes
LONGEST_CELL = 2**31 - 1
BLANKS = " "
WORDS = {"tab": "\t", "\\t": "\t", "space": BLANKS}

OF_TEXTS = tuple(key for key in TEXT_KEYS if key != "decimal")
"""What is told of texts alone; a decimal comma may stand in the texts of any table."""

_RETURNS = re.compile(rb'(?:[^"\r\n]|"[^"]*")*\r(?!\n)')  # a first line that ends as in old files of the Mac
_BLANKS = re.compile(rb'("[^"]*")|[ \t]+')
_SEP = re.compile(rb'"?sep=(.)"?[ \t]*\r?\n', re.IGNORECASE)

Note = Callable[[str], None]


@dataclass(frozen=True)
class TextFormat:
    """What is told of how a text file is written; what is None is found out from its beginning.

    `separator` is one character, a space standing for any run of blanks; `header` says that the first line has the
    names of the columns; `skip_rows` is how many lines stand before it, and lines that begin with `comment` are none of
    the table's. `learnt` names what was not told of the very file, but of the one that a network was trained on.
    """

    encoding: str | None = None
    separator: str | None = None
    decimal: Decimal | None = None
    header: bool = True
    skip_rows: int = 0
    comment: str | None = None
    learnt: frozenset[str] = frozenset()

    @property
    def sign(self) -> Decimal | None:
        """The sign between whole and fraction, where it was told of the very file."""
        return None if "decimal" in self.learnt else self.decimal


def format_of(config: DataConfig) -> TextFormat:
    """What a config tells of its text files."""
    separator = None if config.separator is None else WORDS.get(config.separator, config.separator)
    return TextFormat(config.encoding, separator, config.decimal, config.header, config.skip_rows, config.comment)


def format_like(config: DataConfig, trained: DataConfig) -> TextFormat:
    """What a config tells of its text files, and, of what it does not tell, what was told of those that a network was
    trained on."""
    learnt = frozenset(TEXT_KEYS) - config.model_fields_set
    both = config.model_copy(update={key: getattr(trained, key) for key in learnt})
    return replace(format_of(both), learnt=learnt)


def check_untold(form: TextFormat, source: str, keys: Collection[str] = OF_TEXTS) -> None:
    """Raise UsageError where something is told of the form of a source that has none: it would be told in vain."""
    told = [key for key in keys if key not in form.learnt and getattr(form, key) != getattr(TextFormat(), key)]
    if told:
        flags = " and ".join(f"--{flag_of('data', key)}" for key in told)
        raise UsageError(f"{source} is not a CSV file: leave out {flags}.")


def of_workbook(form: TextFormat, source: str) -> TextFormat:
    """The form of the CSV that a workbook is saved as. UsageError where something is told that it cannot be."""
    check_untold(form, source, ("encoding", "separator"))
    return replace(form, encoding=None, separator=",")


@dataclass(frozen=True)
class OpenText:
    """A text made ready: `stream` is in UTF-8, and begins with the line of names or, where there is none, with the
    first row; `beginning` are its first bytes, `separator` is the one that was told, or that the file itself tells."""

    stream: BinaryIO
    beginning: bytes
    name: str
    told: TextFormat
    separator: str | None

    @property
    def is_json(self) -> bool:
        """Whether it opens as JSON does."""
        return self.beginning.lstrip().startswith((b"{", b"["))


def open_text(stream: BinaryIO, name: str, told: TextFormat, note: Note) -> OpenText:
    """The text in a stream of bytes, from its first line that is not blank. `name` is what errors call it, `note` takes
    what somebody should know. Raises UsageError for what is empty or no text; reading it may raise one as well."""
    head = stream.read(SAMPLE)
    text = changed(rejoined(head, stream), _without_mark(_to_utf8(head, name, told, note)))
    beginning = text.read(SAMPLE)
    text = rejoined(beginning, text)
    if _RETURNS.match(beginning):
        text = changed(text, lambda block, _: block.replace(b"\r", b"\n"))
    for _ in range(told.skip_rows):
        _skip_line(text)
    if told.comment is not None or told.separator == BLANKS:
        text = changed(text, _by_lines(None if told.comment is None else told.comment.encode(), told.separator))
    beginning, separator = _after_blank_lines(text.read(SAMPLE), text), told.separator
    if told.header and (excel := _SEP.match(beginning)):
        beginning = _after_blank_lines(beginning[excel.end() :], text)
        separator = separator or excel.group(1).decode("latin-1")
    if not beginning:
        below = f" below its first {number_of(told.skip_rows, 'line')}" if told.skip_rows else ""
        comments = f" but for lines that begin with {told.comment!r}" if told.comment and head else ""
        raise UsageError(f"{name} is empty{below}{comments}.")
    if b"\0" in beginning:
        raise UsageError(
            f"{name} is not text: CSV and JSON are read, compressed or not, whatever they are called; Parquet, Feather "
            "and Excel from files whose names end in .parquet, .feather or .xlsx."
        )
    return OpenText(rejoined(beginning, text), beginning, name, told, separator)


@dataclass(frozen=True)
class OpenTable:
    """A table in a text: its columns as they are called there, the separator, and its rows, in UTF-8, to be read; once
    they are, `quotes` tell whether one was not closed."""

    names: list[str]
    separator: str
    rows: BinaryIO
    beginning: str
    quotes: Quotes


def open_table(text: OpenText, needed: Collection[str] = ()) -> OpenTable:
    """The table in a text. What separates its values is told, or the separator under which most of the columns that
    are `needed` are found, and, as far as that does not tell, most of the first lines have equally many values."""
    sample = text.beginning.decode("utf-8", errors="replace")

    def found(separator: str) -> int:
        try:
            return len({name.strip() for name in _first_row(io.StringIO(sample, newline=""), separator)} & set(needed))
        except csv.Error:
            return 0

    separator = text.separator or max((guess_separator(sample), *SEPARATORS), key=found)
    separator = "\t" if separator == BLANKS else separator
    taken = list[bytes]()
    try:
        names = _first_row(_decoded(text, taken), separator)
    except csv.Error as error:
        raise UsageError(f"{text.name} has a first line that is not a line of CSV: {error}.") from None
    line = 1 + text.told.skip_rows + (text.separator != text.told.separator)  # which a line of its own may tell
    if text.told.header:
        quotes = Quotes(text.name, separator, line + sum(part.count(b"\n") for part in taken))
        return OpenTable([name.strip() for name in names], separator, changed(text.stream, quotes), sample, quotes)
    numbered, quotes = [f"column_{place}" for place in range(1, len(names) + 1)], Quotes(text.name, separator, line)
    rows = changed(rejoined(b"".join(taken), text.stream), quotes)
    return OpenTable(numbered, separator, rows, sample, quotes)


def guess_separator(head: str) -> str:
    """The separator by which most of the first lines have equally many values, the more values the better."""
    lines = io.StringIO(head.replace("\r\n", "\n").replace("\r", "\n")).readlines()
    if len(lines) > 1 and len(head) >= SAMPLE // 4:
        lines = lines[:-1]  # it may be cut off

    def votes(separator: str) -> tuple[float, int]:
        widths = Counter(_widths(lines[:LINES], separator))
        width, agreeing = widths.most_common(1)[0] if widths else (1, 0)
        return (agreeing / widths.total(), width) if width > 1 else (0.0, 1)

    return max(SEPARATORS, key=votes)


def title_rows(table: OpenTable) -> int:
    """How many lines of other widths stand before the first one of most lines' width: titles, if there are a few."""
    widths = _widths(io.StringIO(table.beginning).readlines()[:LINES], table.separator)
    usual = Counter(widths).most_common(1)[0][0] if widths else 0
    return next((place for place, width in enumerate(widths) if width == usual), 0)


@contextmanager
def long_cells() -> Generator[None]:
    """Have Python's csv module take texts of any length meanwhile, as Arrow does: under a separator that it does not
    have, a whole header is one."""
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _widths(lines: list[str], separator: str) -> list[int]:
    """How many values each line that is not blank has; nothing where they cannot be told."""
    try:
        with long_cells():
            return [len(row) for row in csv.reader(lines, delimiter=separator, skipinitialspace=True) if row]
    except csv.Error:
        return []


def _first_row(lines: Iterable[str], separator: str) -> list[str]:
    """The values of the first row, of which no more lines are taken than it has."""
    with long_cells():
        return next(csv.reader(lines, delimiter=separator), [])


def _decoded(text: OpenText, taken: list[bytes]) -> Iterator[str]:
    """The text's lines; what was taken of its stream is kept."""
    size = 0
    while line := text.stream.readline(LONGEST_HEADER):
        taken.append(line)
        size += len(line)
        if size >= LONGEST_HEADER:
            raise UsageError(
                f"The first line of {text.name} has more than {LONGEST_HEADER:,} bytes: the columns' names end nowhere."
            )
        yield line.decode("utf-8", errors="replace")


def _to_utf8(head: bytes, name: str, told: TextFormat, note: Note) -> Change:
    """What brings a text into UTF-8, by what its first bytes show and what is told of it: another encoding than the
    one that a network's own file was written in shows itself."""
    marked = marked_encoding(head)
    certain = "encoding" not in told.learnt
    if told.encoding is not None and (certain or not is_ascii_based(told.encoding)):
        if certain and seems_utf8(head) and not codecs.lookup(told.encoding).name.startswith("utf"):
            note(f"{name} seems to be written in UTF-8, and is read as {told.encoding} as you said")
        return from_encoding(told.encoding, name)
    if marked is not None and marked != "utf-8":
        return from_encoding(marked, name)
    return from_utf8(name, told.encoding, note)


def _without_mark(change: Change) -> Change:
    """The change, and no byte order mark before what it gives."""
    begun = False

    def unmarked(block: bytes, final: bool) -> bytes:
        nonlocal begun
        given = change(block, final)
        if given and not begun:
            begun, given = True, given.removeprefix(codecs.BOM_UTF8)
        return given

    return unmarked


def _skip_line(stream: BinaryIO) -> None:
    while (part := stream.readline(SAMPLE)) and not part.endswith(b"\n"):
        pass


def _after_blank_lines(beginning: bytes, rest: BinaryIO) -> bytes:
    """The beginning without blank lines, as far as it is read."""
    while beginning or (beginning := rest.read(SAMPLE)):
        line, feed, after = beginning.partition(b"\n")
        if line.strip():
            return beginning
        beginning = after if feed else b""
    return b""


def _by_lines(comment: bytes | None, separator: str | None) -> Change:
    """Leave out lines that begin with the comment's sign, and make tabs of runs of blanks where these separate values;
    not within quotes."""
    begun, quoted, blanks = list[bytes](), False, separator == BLANKS

    def line_of(line: bytes) -> bytes:
        nonlocal quoted
        if not quoted and comment is not None and line.lstrip().startswith(comment):
            return b""
        inside, quoted = quoted, quoted != bool(line.count(b'"') % 2)
        if not blanks or inside or quoted:
            return line
        return _BLANKS.sub(lambda found: found.group(1) or b"\t", line.strip()) + b"\n"

    def change(block: bytes, final: bool) -> bytes:
        if b"\n" not in block and not final:
            begun.append(block)
            return b""
        *lines, rest = b"".join([*begun, block]).split(b"\n")
        begun[:] = [] if final else [rest]
        changed = b"".join(line_of(line + b"\n") for line in lines)
        return changed + (line_of(rest) if final and rest else b"")

    return change
