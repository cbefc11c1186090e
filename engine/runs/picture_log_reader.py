"""The film of a run as a screen reads it: which epochs there are frames of, and each frame when it is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ..events import PictureTaken
from .log import Lines, event_in

HEAD = re.compile(rb'{"event":"picture","kind":"(\w{1,20})","epoch":(\d{1,15}),')
MOST_BYTES, MOST_FRAMES = 50_000_000, 10_000  # that a film can have; the trainer keeps it much shorter
BEHIND = frozenset(("worked", "weights"))  # kinds that are no frame of the film to look at
Place = tuple[int, int]  # offset and length of a line


@dataclass
class PictureLogReader:
    """An index of the film's lines, kept up as it grows and made anew when the trainer has thinned it."""

    path: Path
    lines: Lines = field(init=False)
    file: tuple[int, int] = (0, 0)
    index: dict[int, dict[str, Place]] = field(default_factory=dict[int, dict[str, Place]])

    def __post_init__(self) -> None:
        self.lines = Lines(self.path)

    @property
    def epochs(self) -> list[int]:
        """The epochs that there are frames of, in order."""
        return sorted(epoch for epoch, kinds in self.index.items() if not BEHIND.issuperset(kinds))

    def poll(self) -> list[PictureTaken]:
        """The newest picture of each kind among those that came since the last call."""
        newest: dict[str, bytes] = {}
        try:
            status = self.path.stat()
            if (status.st_dev, status.st_ino) != self.file or status.st_size < self.lines.offset:
                self.file, self.lines = (status.st_dev, status.st_ino), Lines(self.path)
                self.index.clear()
            for line in self.lines.poll(max(0, MOST_BYTES - self.lines.offset)):
                if line is not None and (head := HEAD.match(line)) and len(self.index) < MOST_FRAMES:
                    kind, length = head[1].decode(), len(line) + 1
                    self.index.setdefault(int(head[2]), {})[kind] = self.lines.offset - length, length
                    newest[kind] = line
        except OSError:  # no picture yet, or the run's folder is gone
            return []
        return _pictures(newest.values())

    def frame(self, epoch: int) -> dict[str, PictureTaken]:
        """The pictures of an epoch by kind; none if they are not, or no longer, in the film."""
        try:
            with self.path.open("rb") as file:
                lines: list[bytes] = []
                for start, length in self.index.get(epoch, {}).values():
                    file.seek(start)
                    lines.append(file.read(length))
        except OSError:
            return {}
        return {picture.kind: picture for picture in _pictures(lines) if picture.epoch == epoch}


def _pictures(lines: Iterable[bytes]) -> list[PictureTaken]:
    """The pictures in these lines; what is none, or cannot be drawn, is no frame."""
    found: list[PictureTaken] = []
    for line in lines:
        with suppress(ValueError):
            if isinstance(event := event_in(line), PictureTaken):
                found.append(event)
    return found
