"""Images of a data set as one array: grey where all are, else in colour, and of one size."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ..errors import UsageError
from .image_files import read_image
from .storage import empty_images

if TYPE_CHECKING:
    from PIL.Image import Image

Reference = Mapping[str, Any]
Result = TypeVar("Result")

GREY = ("1", "L", "I", "I;16", "LA")
LARGEST = 64  # side to which images of different sizes are brought unless the user says otherwise
AHEAD = 512  # pictures that are read at a time
ORIENTATION = 0x0112  # EXIF: how a camera was held
TURNED = (5, 6, 7, 8)  # orientations that lie on their side


def read_pixels(parts: Sequence[Iterable[Reference]], side: int | None = None) -> tuple[np.ndarray, tuple[str, ...]]:
    """Pictures as uint8 (rows, channels, height, width), and what to tell the user of it.

    `parts` give for each picture its `path` or its `bytes`, and are gone through twice: for what all have in common,
    then for their pixels. Threads decode; the array lies on the disk where it is too large for the memory.

    Pictures of one size keep it; of several they become squares of the most frequent size, at most 64 pixels a side;
    `side` decides it in any case. Raises UsageError for a picture that is none.
    """
    looks = Counter(_all(lambda picture: (upright_size(picture), picture.mode in GREY), parts))
    sizes = Counter[tuple[int, int]]()
    for (size, _), count in looks.items():
        sizes[size] += count
    size, notes = _size(sizes, side)
    channels = 1 if all(grey for _, grey in looks) else 3
    pixels = empty_images((looks.total(), channels, size[1], size[0]))
    for row, values in enumerate(_all(lambda picture: fitted(picture, channels, size), parts)):
        pixels[row] = values
    return pixels, notes


def fitted(picture: Image, channels: int, size: tuple[int, int]) -> np.ndarray:
    """A picture's pixels uint8 (channels, height, width), upright, in grey or colour, at this (width, height)."""
    import PIL.ImageOps

    upright = PIL.ImageOps.exif_transpose(picture)
    plain = upright.convert("L" if upright.mode in GREY else "RGB").convert("L" if channels == 1 else "RGB")
    values = np.asarray(plain if plain.size == size else plain.resize(size), dtype=np.uint8)
    return values[None] if channels == 1 else values.transpose(2, 0, 1)


def upright_size(picture: Image) -> tuple[int, int]:
    """Width and height as the camera was held, from the file's head alone."""
    width, height = picture.size
    return (height, width) if picture.getexif().get(ORIENTATION) in TURNED else (width, height)


def _all(work: Callable[[Image], Result], parts: Sequence[Iterable[Reference]]) -> Iterator[Result]:
    """What the work makes of each picture, in order, some hundred being worked on at a time."""
    references = chain.from_iterable(parts)
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        while batch := list(islice(references, AHEAD)):
            yield from threads.map(partial(_opened, work), batch)


def _opened(work: Callable[[Image], Result], reference: Reference) -> Result:
    path, data = (reference or {}).get("path"), (reference or {}).get("bytes")
    if data is not None:
        return read_image(data, path or "in a row", work)
    if path is not None:
        return read_image(Path(path), path, work)
    raise UsageError("A row of the data set has no image: leave such rows out.")


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
