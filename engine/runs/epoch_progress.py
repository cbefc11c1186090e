"""How far a training is within its epoch, as its folder tells: one event in a file that is replaced again and again, so
that it stays one line long however long the epochs are."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..events import EpochProgress, to_line
from .folder import RunFolder, open_own
from .log import Lines, event_in
from .picture_log import part_of

LONGEST = 4096  # bytes of the line


def write(folder: RunFolder, progress: EpochProgress) -> None:
    """Replace what the file says. A disk that refuses is not told here: the log and the checkpoints do."""
    part = part_of(folder.progress)
    with suppress(OSError):
        with open_own(part, "wb") as file:
            file.write(to_line(progress).encode() + b"\n")
        part.replace(folder.progress)


def forget(folder: RunFolder) -> None:
    """Nothing trains any more: the file goes."""
    with suppress(OSError):
        folder.progress.unlink()


@dataclass
class ProgressReader:
    """The file as those who watch read it: looked at often, read when it is another."""

    path: Path
    stamp: tuple[int, int] = (0, 0)

    def poll(self) -> EpochProgress | None:
        """What the file says, if that is new; what is no progress is passed over."""
        try:
            status = self.path.stat()
            stamp = status.st_mtime_ns, status.st_ino
            if stamp == self.stamp:
                return None
            self.stamp = stamp
            line = next(Lines(self.path, LONGEST).poll(LONGEST), None)
            event = event_in(line) if line is not None else None
        except (OSError, ValueError):
            return None
        return event if isinstance(event, EpochProgress) else None
