"""Reading the files of JSON lines that grow in a run's folder: little of them at a time, and whatever they hold.

A line that is no JSON was torn by a crash and is passed over. One that is JSON but nothing that nnlab writes is told,
with its number: what is there cannot be what was written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG
from typing import Any, NoReturn

from ..errors import UsageError
from ..events import IMPORTED, EpochEnded, Event, PictureTaken, Record, RunStarted, from_json
from .folder import RunFolder
from .progress import progress_of

BLOCK = 2**18  # bytes read at once
LONGEST = 2**23  # bytes of an event's line; the longest are pictures, of some 100 KB

MAP = b'{"event":"picture","kind":"map"'  # how a map's line begins


@dataclass(frozen=True)
class OddLine:
    """A line, by its number from 1, that is not what is written there, and why."""

    path: Path
    line: int
    why: str

    def __str__(self) -> str:
        """Which line of which file."""
        return f"line {self.line:,} of {self.path}: {self.why}"


@dataclass
class Lines:
    """The whole lines of a growing file as they come. `offset` is where the next one begins, `number` how many there
    were, `skipping` says that `offset` is within one that is too long."""

    path: Path
    longest: int = LONGEST
    offset: int = 0
    number: int = 0
    skipping: bool = False

    def poll(self, most: int | None = None) -> Iterator[bytes | None]:
        """The lines since the last call, at most some `most` bytes of them; None in place of one that is too long.

        The last one is left for later until its end is there. A file that is shorter than it was is read anew; one
        that is missing, or none at all, has no lines. OSError where it cannot be read.
        """
        try:
            descriptor = os.open(self.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        except FileNotFoundError:
            return
        with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123  (a pipe by this name must not be waited for)
            status = os.fstat(file.fileno())
            if not S_ISREG(status.st_mode):
                return
            if status.st_size < self.offset:
                self.offset, self.number, self.skipping = 0, 0, False
            end = status.st_size if most is None else min(status.st_size, self.offset + most)
            file.seek(self.offset)
            yield from self._split(file.read, end)

    def pass_over(self) -> None:
        """Begin behind what is there now."""
        with suppress(OSError):
            self.offset = self.path.stat().st_size

    def _split(self, read: Any, end: int) -> Iterator[bytes | None]:
        rest = b""
        while self.offset < end and (block := read(BLOCK)):
            *whole, rest = (rest + block).split(b"\n")
            for line in whole:
                self.offset += len(line) + 1
                self.number += 1
                long, self.skipping = self.skipping or len(line) > self.longest, False
                yield None if long else line
            if self.skipping or len(rest) > self.longest:
                self.skipping, self.offset, rest = True, self.offset + len(rest), b""


def parse(line: bytes | None) -> Any:
    """The JSON value in a line, None where it is none. ValueError where it is JSON that nobody here writes."""
    if line is None:
        raise ValueError("it is too long")
    try:
        return _JSON.decode(line.decode("utf-8", errors="replace"))
    except json.JSONDecodeError:
        return None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError as error:  # of a number
        raise ValueError("a number in it is too long" if "digits" in str(error) else str(error)) from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"it holds {constant}, which is not JSON")


_JSON = json.JSONDecoder(parse_constant=_refuse)


@dataclass
class EventLog:
    """The events of a run as they come, each checked; `epoch` is the last one told, `begun` whether a run was,
    `imported` whether another program trained it, whose log may tell of every tenth step and of no train loss."""

    path: Path
    lines: Lines = field(init=False)
    epoch: int = 0
    begun: bool = False
    imported: bool = False

    def __post_init__(self) -> None:
        self.lines = Lines(self.path)

    def poll(self, most: int | None = None) -> Iterator[Event | OddLine]:
        """The events since the last call, at most some `most` bytes of them. Events of a later version are passed over.
        OSError where the log cannot be read."""
        for line in self.lines.poll(most):
            if self.lines.number == 1:
                self.epoch, self.begun = 0, False
            try:
                event = event_in(line)
                if event is not None:
                    self._follow(event)
                    yield event
            except ValueError as error:
                yield OddLine(self.path, self.lines.number, str(error))

    @property
    def emptiness(self) -> str:
        """Why a log that has been read to its end is none of a run's, though it has lines; empty where it is one."""
        if self.begun or not self.lines.number:
            return ""
        return f"{self.path}: none of its {self.lines.number:,} lines is an event of a run"

    def _follow(self, event: Event) -> None:
        """ValueError where an event cannot come next: a run begins first, and its epochs follow each other."""
        if isinstance(event, RunStarted):
            self.epoch, self.begun, self.imported = event.first_epoch - 1, True, event.task == IMPORTED
        elif not self.begun:
            raise ValueError(f"a {event.event!r} event comes before any run has started")
        elif isinstance(event, EpochEnded):
            before, self.epoch = self.epoch, event.epoch
            if event.epoch <= before or not (self.imported or event.epoch == before + 1):
                raise ValueError(f"epoch {event.epoch:,} comes after epoch {before:,}")
            if not self.imported and "loss_train" not in event.record:
                raise ValueError("an 'epoch' event lacks loss_train")


def event_in(line: bytes | None) -> Event | None:
    """The event in a line; None where a crash has torn it, or it is of a later version. ValueError where it is none."""
    body = parse(line)
    if body is None:
        return None
    if not isinstance(body, dict):
        raise ValueError("it is not an event")
    return from_json(body)  # pyright: ignore[reportUnknownArgumentType]


def events_of(folder: RunFolder) -> Iterator[Event]:
    """The events of a run so far, one after the other. UsageError at the first line that is none, or where the log
    cannot be read."""
    try:
        for event in EventLog(folder.events).poll():
            if isinstance(event, OddLine):
                raise UsageError(f"The run {folder.name!r} is unreadable: {event}.")
            yield event
    except OSError as error:
        raise UsageError(f"The run {folder.name!r} is unreadable: {folder.events}: {error.strerror}.") from None


def read_events(folder: RunFolder) -> list[Event]:
    """All events of a run so far. UsageError where one of them cannot be read."""
    return list(events_of(folder))


def history_of(events: Iterable[Event]) -> list[Record]:
    """One record an epoch, without gap or double row: where a run was resumed, the repeated epochs replace the old."""
    return [{**record, "epoch": int(record["epoch"])} for record in progress_of(events).history]


def map_of(folder: Path) -> dict[str, Any] | None:
    """The newest decision map that a run has in its log, with the data's points on it."""
    newest: bytes | None = None
    with suppress(OSError, ValueError):
        for line in Lines(folder / "events.jsonl").poll():
            newest = line if line is not None and line.startswith(MAP) else newest
        picture = event_in(newest) if newest is not None else None
        return picture.data if isinstance(picture, PictureTaken) else None
    return None
