"""Images of a data set as one array: grey where all are, else in colour, and of one size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np

GREY = ("1", "L", "I", "I;16", "LA")
LARGEST = 64  # side to which images of different sizes are brought unless the user says otherwise


def read_pixels(parts: Sequence[Iterable[Any]], side: int | None = None) -> tuple[np.ndarray, tuple[str, ...]]:
    """Pictures (PIL images, in parts) as uint8 (rows, channels, height, width), and what to tell the user of it.

    Pictures of one size keep it; of several they become squares of the most frequent size, at most 64 pixels a side;
    `side` decides it in any case.
    """
    opened = [picture.convert("L" if picture.mode in GREY else "RGB") for picture in chain.from_iterable(parts)]
    sizes = Counter(picture.size for picture in opened)
    mode = "L" if all(picture.mode == "L" for picture in opened) else "RGB"
    size, notes = _size(sizes, side)
    channels = 1 if mode == "L" else 3
    pixels = np.empty((len(opened), channels, size[1], size[0]), dtype=np.uint8)
    for row, picture in enumerate(opened):
        fitted = picture.convert(mode) if picture.size == size else picture.convert(mode).resize(size)
        values = np.asarray(fitted, dtype=np.uint8)
        pixels[row] = values[None] if channels == 1 else values.transpose(2, 0, 1)
    return pixels, notes


def _size(sizes: Counter[tuple[int, int]], side: int | None) -> tuple[tuple[int, int], tuple[str, ...]]:
    """Width and height for all, and a note where pictures are resized."""
    if side is None and len(sizes) == 1:
        return next(iter(sizes)), ()
    square = side or min(LARGEST, *max(sizes, key=lambda size: sizes[size]))
    size = (square, square)
    if set(sizes) == {size}:
        return size, ()
    found = "one size" if len(sizes) == 1 else f"{len(sizes):,} sizes"
    return size, (f"images of {found} are resized to {square} x {square} pixels: --image-size changes that",)
