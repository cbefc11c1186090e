"""The time slider: where in the film of a training somebody looks. No textual, no clock."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass
class Slider:
    """`at` is the epoch looked at, None the present; `playing` says that it goes on by itself."""

    at: int | None = None
    playing: bool = False

    def move(self, step: int, epochs: Sequence[int]) -> None:
        """Go `step` frames back or on among these epochs; beyond the newest is the present."""
        place = (len(epochs) if self.at is None else bisect_left(epochs, self.at)) + step
        self.playing = False
        self.at = epochs[max(0, place)] if place < len(epochs) else None

    def go(self, epoch: int | None) -> None:
        """Go to the frame of this epoch, or to the present."""
        self.playing, self.at = False, epoch

    def play(self, epochs: Sequence[int]) -> None:
        """Play from where it stands, from the first frame if that is the newest or the present; or stop."""
        self.playing = not self.playing and bool(epochs)
        if self.playing and (self.at is None or self.at >= epochs[-1]):
            self.at = epochs[0]

    def tick(self, epochs: Sequence[int], *, over: bool = False) -> None:
        """The next frame, if it is playing. At the end of the film it is the present again; that of a training which is
        `over` is another epoch than the last one, so that the film stays at its end."""
        if not self.playing:
            return
        if over and self.at is not None and self.at >= epochs[-1]:
            self.playing = False
            return
        self.move(1, epochs)
        self.playing = self.at is not None
