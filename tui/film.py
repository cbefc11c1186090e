"""The film of a run as a screen reads it: which epochs there are frames of, and each frame when it is asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from ..engine.events import PictureTaken
from ..engine.runs import parse_events

HEAD = re.compile(rb'{"event":"picture","kind":"(\w+)","epoch":(\d+),')
Place = tuple[int, int]  # offset and length of a line


@dataclass
class Film:
    """An index of the film's lines, kept up as it grows and made anew when the trainer has thinned it."""

    path: Path
    offset: int = 0
    file: tuple[int, int] = (0, 0)
    index: dict[int, dict[str, Place]] = field(default_factory=dict[int, dict[str, Place]])

    @property
    def epochs(self) -> list[int]:
        """The epochs that there are frames of, in order."""
        return sorted(self.index)

    def news(self) -> list[PictureTaken]:
        """The newest picture of each kind among those that came since the last call."""
        try:
            with self.path.open("rb") as file:
                status = self.path.stat()
                if (status.st_dev, status.st_ino) != self.file or status.st_size < self.offset:
                    self.file, self.offset = (status.st_dev, status.st_ino), 0
                    self.index.clear()
                file.seek(self.offset)
                data = file.read()
        except OSError:  # no picture yet, or the run's folder is gone
            return []
        places = self._take(data)
        lines = [data[start - self.offset : start - self.offset + length] for start, length in places.values()]
        self.offset += data.rfind(b"\n") + 1
        return _pictures(lines)

    def _take(self, data: bytes) -> dict[str, Place]:
        """Enter the whole lines into the index; returns the places of the newest line of each kind."""
        newest: dict[str, Place] = {}
        start = 0
        while (end := data.find(b"\n", start) + 1) > 0:
            if head := HEAD.match(data, start, end):
                kind, place = head[1].decode(), (self.offset + start, end - start)
                self.index.setdefault(int(head[2]), {})[kind] = newest[kind] = place
            start = end
        return newest

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


def _pictures(lines: list[bytes]) -> list[PictureTaken]:
    events = parse_events(line.decode("utf-8", errors="replace") for line in lines)
    return [event for event in events if isinstance(event, PictureTaken)]
