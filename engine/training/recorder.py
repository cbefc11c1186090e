"""The run folder's side of a training: every event into `events.jsonl`, every epoch into `history.csv`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable
from contextlib import closing, contextmanager
from typing import BinaryIO

from ..config import Config, write_toml
from ..errors import NnlabError
from ..events import EpochEnded, EpochProgress, Event, PictureTaken, Record, RunStarted, to_line
from ..history import History
from ..runs import epoch_progress
from ..runs.folder import RunFolder, open_own
from ..runs.picture_log import PictureLog
from .steps import WAITING


@contextmanager
def writing(folder: RunFolder) -> Generator[None]:
    """Turn a failed write in the run's folder into a NnlabError that says where and why."""
    try:
        yield
    except OSError as error:
        where = error.filename or folder.path
        raise NnlabError(f"The run cannot be written to {where}: {error.strerror or error}.") from error


def record(
    events: Iterable[Event], folder: RunFolder, config: Config, history: Callable[[], History]
) -> Generator[Event]:
    """Pass events on, each one written first: live pictures to the film, progress within an epoch to a file of its own
    that is gone in the end, all others to the log. `history` tells the epochs so far, among them those of a run that is
    resumed."""
    with writing(folder):
        with open_own(folder.config, "wb") as file:
            file.write(write_toml(config).encode())
        log = open_own(folder.events, "ab")
        table = open_own(folder.history, "wb")
    film, written = PictureLog(folder.film), len(history())
    with log, table, closing(film), _gone_after(folder):
        with writing(folder):
            _end_torn_line(folder, log)
            _rewrite(table, history())
        for event in events:
            if event is WAITING:
                yield event
                continue
            with writing(folder):
                if isinstance(event, EpochProgress):
                    epoch_progress.write(folder, event)
                elif isinstance(event, PictureTaken) and event.live:
                    film.add(event)
                else:
                    log.write(to_line(event).encode() + b"\n")
                if isinstance(event, RunStarted):
                    film.cut(event.first_epoch)
                if isinstance(event, RunStarted) and event.first_epoch <= written:  # it went back
                    _rewrite(table, history())
                    written = len(history())
                elif isinstance(event, EpochEnded):
                    written += 1
                    _write_row(table, event.record, history().columns, header=written == 1)
            yield event


@contextmanager
def _gone_after(folder: RunFolder) -> Generator[None]:
    """What tells of the present epoch is of no use, and goes, when there is none any more."""
    try:
        yield
    finally:
        epoch_progress.forget(folder)


def _rewrite(table: BinaryIO, rows: History) -> None:
    table.seek(0)
    table.truncate()
    for place, row in enumerate(rows):
        _write_row(table, row, rows.columns, header=place == 0)


def _end_torn_line(folder: RunFolder, log: BinaryIO) -> None:
    """A crash may have left half a line: end it, so that the next event starts its own."""
    with folder.events.open("rb") as file:
        if file.seek(0, 2) and file.seek(-1, 2) >= 0 and file.read(1) != b"\n":
            log.write(b"\n")


def _write_row(table: BinaryIO, row: Record, columns: Collection[str], *, header: bool) -> None:
    """Append one epoch, after a header if it is the first; whole numbers without a point."""
    names = ",".join(columns) + "\n" if header else ""
    cells = (float(row.get(column, float("nan"))) for column in columns)
    line = ",".join(f"{int(cell)}" if cell.is_integer() else repr(cell) for cell in cells)
    table.write(f"{names}{line}\n".encode())
