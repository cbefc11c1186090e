"""Images to predict, read from PNG and JPEG files in batches."""

from __future__ import annotations

import os
import stat
import struct
import warnings
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..data.pixels import fitted, upright_size
from ..data.schema import Image
from ..errors import UsageError
from .matching import Note

SUFFIXES = (".png", ".jpg", ".jpeg")
BATCH = 256
GREY, COLOUR = 1, 3
LARGEST = 2**28  # bytes of a file
DAMAGED = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    ArithmeticError,
    LookupError,
    TypeError,
    struct.error,
    zlib.error,
)


def is_image(path: Path) -> bool:
    """Whether the path is a folder, or a file whose name ends like an image's."""
    return path.is_dir() or path.suffix.lower() in SUFFIXES


def find_images(path: Path) -> list[Path]:
    """The image itself, or all images in a folder and those below it, by name. UsageError where there are none."""
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
    if not found:
        raise UsageError(f"The folder {path} holds no images: files ending in {', '.join(SUFFIXES)} are read.")
    return found


def read_images(files: Sequence[Path], image: Image, note: Note) -> Iterator[tuple[list[str], np.ndarray]]:
    """Names and uint8 pixels (images, channels, height, width) of some images at a time, made to fit the network:
    turned to grey where it has one channel, resized where their size differs, which `note` is told once.

    Raises UsageError for a file that is no image, and for a network whose channels no image has.
    """
    channels, height, width = image.shape
    if channels not in (GREY, COLOUR):
        raise UsageError(f"The network's images have {channels} channels, and PNG and JPEG files have 1 or 3.")
    resized = False
    for start in range(0, len(files), BATCH):
        batch = files[start : start + BATCH]
        pixels = np.empty((len(batch), channels, height, width), dtype=np.uint8)
        for place, file in enumerate(batch):
            pixels[place], size = _read_image(file, channels, (width, height))
            if size != (width, height) and not resized:
                resized = True
                note(f"{file} has {size[0]} x {size[1]} pixels: images are resized to the network's {width} x {height}")
        yield [str(file) for file in batch], pixels


def _read_image(file: Path, channels: int, size: tuple[int, int]) -> tuple[np.ndarray, tuple[int, int]]:
    """Pixels (channels, height, width) at the wanted size (width, height), and the size that the file has."""
    import PIL.Image

    try:
        with warnings.catch_warnings(), _opened(file) as stream:
            warnings.simplefilter("ignore")  # of what is odd in a file, in words that are different every time
            warnings.simplefilter("error", PIL.Image.DecompressionBombWarning)
            with PIL.Image.open(stream, formats=("PNG", "JPEG")) as opened:
                found = upright_size(opened)
                return fitted(opened, channels, size), found
    except (*DAMAGED, PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning) as error:
        problem = getattr(error, "strerror", None) or "it is no PNG or JPEG, is damaged, or is too large"
        problem = "it does not exist" if isinstance(error, FileNotFoundError) else problem
        raise UsageError(f"The image {file} cannot be read: {problem}.") from None


def _opened(file: Path) -> BinaryIO:
    """A regular file, opened for reading without waiting for anything; OSError for what is none."""
    stream = os.fdopen(os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb")
    status = os.fstat(stream.fileno())
    if not (stat.S_ISREG(status.st_mode) and 0 < status.st_size <= LARGEST):  # /proc/kmsg would be empty, and waits
        stream.close()
        raise OSError("it is no regular file, empty, or far too large for an image")
    return stream
