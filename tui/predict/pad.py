"""A pad to draw an image on, and how the drawing becomes what a network was trained on. No textual here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Point = tuple[float, float]

FINEST = 32  # pixels across a pad: an image of fewer is drawn finer, and averaged down
LARGEST = 32  # pixels of an image's longer side that fit a terminal
CORE, EDGE = 0.8, 1.9  # pixels from a stroke's middle: full ink up to the first, none from the second on
BOX = 20 / 28  # the share of an image that a digit of MNIST fills, before it is centred by its mass
WHOLE_BELOW = 20  # pixels: digits in smaller images fill them
FINE = 4  # samples of a pixel in each direction


@dataclass
class Pad:
    """Strokes on a pad for images of `shape` (height, width); `centred` says that they are put where MNIST has them.

    Points are (x, y) in the pad's own pixels from the upper left; the middle of the first pixel is (0.5, 0.5).
    """

    shape: tuple[int, int]
    centred: bool = False
    strokes: list[list[Point]] = field(default_factory=list[list[Point]])
    cursor: Point = (0.0, 0.0)
    down: bool = False

    def __post_init__(self) -> None:
        """Lay an empty sheet and the cursor in its middle."""
        self.cursor = (self.width // 2 + 0.5, self.height // 2 + 0.5)
        self.ink: Array = np.zeros((self.height, self.width))

    @property
    def finer(self) -> int:
        """How many pixels of the pad lie along one of the image."""
        return max(1, FINEST // max(self.shape))

    @property
    def height(self) -> int:
        """Pixels of the pad, down."""
        return self.shape[0] * self.finer

    @property
    def width(self) -> int:
        """Pixels of the pad, across."""
        return self.shape[1] * self.finer

    def press(self, point: Point) -> None:
        """Put the pen down here."""
        self.down = True
        self.cursor = self._held(point)
        self.strokes.append([self.cursor])
        self._draw(self.cursor, self.cursor)

    def drag(self, point: Point) -> None:
        """Move the cursor here, drawing if the pen is down."""
        before, self.cursor = self.cursor, self._held(point)
        if self.down:
            self.strokes[-1].append(self.cursor)
            self._draw(before, self.cursor)

    def lift(self) -> None:
        """Take the pen up."""
        self.down = False

    def move(self, across: int, down: int) -> None:
        """Move the cursor by so many pixels, drawing if the pen is down."""
        self.drag((self.cursor[0] + across, self.cursor[1] + down))

    def undo(self) -> None:
        """Take the last stroke back."""
        self.lift()
        self.strokes = self.strokes[:-1]
        self.ink = np.zeros((self.height, self.width))
        for stroke in self.strokes:
            for before, after in zip([stroke[0], *stroke], stroke, strict=False):
                self._draw(before, after)

    def clear(self) -> None:
        """An empty sheet."""
        self.lift()
        self.strokes = []
        self.ink = np.zeros((self.height, self.width))

    def asked(self) -> Array:
        """The image that the network is asked about, uint8 of `shape`."""
        ink = centred(self.ink, self.shape) if self.centred else averaged(self.ink, self.finer)
        return np.rint(ink * 255).astype(np.uint8)

    def _held(self, point: Point) -> Point:
        return min(max(point[0], 0.5), self.width - 0.5), min(max(point[1], 0.5), self.height - 0.5)

    def _draw(self, start: Point, end: Point) -> None:
        self.ink = np.maximum(self.ink, line(start, end, self.ink.shape))


def line(start: Point, end: Point, shape: tuple[int, ...]) -> Array:
    """The ink, 0 to 1, of a straight stroke with a soft edge on a sheet of this shape."""
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    across, down = end[0] - start[0], end[1] - start[1]
    length = across**2 + down**2
    along = ((x - start[0]) * across + (y - start[1]) * down) / length if length else np.zeros(shape)
    along = np.clip(along, 0, 1)
    distance = np.hypot(x - start[0] - along * across, y - start[1] - along * down)
    return np.clip((EDGE - distance) / (EDGE - CORE), 0, 1)


def averaged(ink: Array, times: int) -> Array:
    """The sheet with one pixel for each square of `times` by `times`."""
    height, width = ink.shape
    return ink.reshape(height // times, times, width // times, times).mean((1, 3))


def centred(ink: Array, shape: tuple[int, int]) -> Array:
    """The drawing as digits stand in an image of this shape: scaled to fit a box, its mass in the middle.

    MNIST's are so: "size normalized to fit in a 20x20 pixel box while preserving their aspect ratio", then "centered in
    a 28x28 image by computing the center of mass" (LeCun, Cortes and Burges). Of test digits moved and resized at
    random, a network that knows MNIST answers 42 in 100 rightly as they are, 97 centred; of 8 x 8 digits, 40 and 87.
    """
    rows, columns = np.flatnonzero(ink.max(1) > 0.5), np.flatnonzero(ink.max(0) > 0.5)
    if not len(rows):
        return np.zeros(shape)
    box = min(shape) * (BOX if min(shape) >= WHOLE_BELOW else 1.0)
    longest = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    scale = box / max(longest, 1)
    y, x = np.mgrid[: ink.shape[0], : ink.shape[1]] + 0.5
    middle = (float((ink * y).sum() / ink.sum()), float((ink * x).sum() / ink.sum()))
    down = (np.arange(shape[0] * FINE) + 0.5) / FINE - shape[0] / 2
    across = (np.arange(shape[1] * FINE) + 0.5) / FINE - shape[1] / 2
    return averaged(_sampled(ink, middle[0] + down / scale, middle[1] + across / scale), FINE)


def _sampled(ink: Array, rows: Array, columns: Array) -> Array:
    """The ink at these places, between four pixels' middles as it lies between them; none off the sheet."""
    return _along(_along(ink, rows, 0), columns, 1)


def _along(ink: Array, places: Array, axis: int) -> Array:
    padded = np.pad(ink, [(1, 1) if axis == one else (0, 0) for one in range(2)])
    at = np.clip(places + 0.5, 0, padded.shape[axis] - 1)
    below = np.minimum(np.floor(at).astype(int), padded.shape[axis] - 2)
    share = np.expand_dims(at - below, 1 - axis)
    return padded.take(below, axis) * (1 - share) + padded.take(below + 1, axis) * share


def is_of_digits(classes: list[str], shape: list[int]) -> bool:
    """Whether a network answers with the ten digits to grey images, which are then centred as MNIST's."""
    return sorted(classes) == [str(digit) for digit in range(10)] and shape[0] == 1


def can_draw(shape: list[int]) -> bool:
    """Whether images of this shape (channels, height, width) can be drawn on a terminal."""
    return max(shape[1:]) <= LARGEST
