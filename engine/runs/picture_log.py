"""The film of a training: the pictures taken for those who watch it, in a file that stays small.

`film.jsonl` holds one PictureTaken a line; the pictures of one epoch are a frame. When it has grown too long it is
written anew, atomically, at most half as long: of each epoch and kind the newest picture alone, and frames of early
epochs and evenly over the others, so that the film goes on covering the whole training.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from ..events import PictureTaken, to_line
from .folder import open_own
from .log import Lines, event_in
from .milestones import thinned

MOST_FRAMES = 300
MOST_BYTES = 12_000_000
READ_BYTES = 4 * MOST_BYTES  # of a film that is there already; one that was written here is never so long
HEAD = re.compile(rb'{"event":"picture","kind":"(\w{1,20})","epoch":(\d{1,15}),')


@dataclass
class PictureLog:
    """The trainer's end of the file: opened for appending when the first picture comes."""

    path: Path
    file: BinaryIO | None = None
    size: int = 0
    epochs: set[int] = field(default_factory=set[int])

    def add(self, picture: PictureTaken) -> None:
        """Append a picture; OSError if the disk refuses."""
        if self.file is None:
            self._open()
        assert self.file is not None
        line = to_line(picture).encode() + b"\n"
        self.file.write(line)
        self.size += len(line)
        self.epochs.add(picture.epoch)
        if self.size > MOST_BYTES or len(self.epochs) > MOST_FRAMES:
            self._rewrite(_thinned(frames_in(self.path)))

    def cut(self, first_epoch: int) -> None:
        """Forget the frames from this epoch on, which is trained once more."""
        if self.path.exists():
            frames = frames_in(self.path)
            self._rewrite({epoch: frame for epoch, frame in frames.items() if epoch < first_epoch})

    def close(self) -> None:
        """Close the file, if it was opened."""
        if self.file is not None:
            self.file.close()
            self.file = None

    def _open(self) -> None:
        self.epochs = set(frames_in(self.path))
        self.file = open_own(self.path, "ab")
        self.size = self.file.tell()

    def _rewrite(self, frames: Frames) -> None:
        self.close()
        part = part_of(self.path)
        with open_own(part, "wb") as file:
            for frame in frames.values():
                file.writelines(frame.values())
        part.replace(self.path)
        self._open()


Frames = dict[int, dict[str, bytes]]


def part_of(path: Path) -> Path:
    """Where a film is written anew before it takes the old one's place."""
    return path.with_name(path.name + ".part")


def frames_in(path: Path) -> Frames:
    """The newest line of each kind, by epoch, in the order of epochs; lines that hold no picture are left out."""
    frames: Frames = {}
    for line in Lines(path).poll(READ_BYTES):
        if line is not None and (head := HEAD.match(line)) and _is_whole(line):
            frames.setdefault(int(head[2]), {})[head[1].decode()] = line + b"\n"
    return dict(sorted(frames.items()))


def _is_whole(line: bytes) -> bool:
    """Whether a line is a picture: a crash may have left half of one in front of the next."""
    with suppress(ValueError):
        return event_in(line) is not None
    return False


def _thinned(frames: Frames) -> Frames:
    """As many frames as make half of the most there may be, and half of the most bytes: early ones, and others evenly
    over the epochs."""
    size = sum(len(line) for frame in frames.values() for line in frame.values())
    wanted = max(2, min(MOST_FRAMES // 2, len(frames) * MOST_BYTES // (2 * max(size, 1))))
    return {epoch: frames[epoch] for epoch in thinned(list(frames), wanted)}
