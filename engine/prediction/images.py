"""Images to predict, read from files in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ..data.image_files import SUFFIXES, read_image
from ..data.pixels import fitted, upright_size
from ..data.reading.matching import Note
from ..data.schema import Image
from ..errors import UsageError

BATCH = 256
GREY, COLOUR = 1, 3


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
    channels, height, width = _readable(image)
    resized = False
    for start in range(0, len(files), BATCH):
        batch = files[start : start + BATCH]
        pixels = np.empty((len(batch), channels, height, width), dtype=np.uint8)
        for place, file in enumerate(batch):
            pixels[place], size = _read_image(file, str(file), channels, (width, height))
            if size != (width, height) and not resized:
                resized = True
                note(f"{file} has {size[0]} x {size[1]} pixels: images are resized to the network's {width} x {height}")
        yield [str(file) for file in batch], pixels


def read_sent(data: bytes, name: str, image: Image, note: Note) -> np.ndarray:
    """The uint8 pixels (1, channels, height, width) of an image file's bytes, as `read_images` makes them. `name` is
    what errors call it. Raises UsageError as that does."""
    channels, height, width = _readable(image)
    pixels, size = _read_image(data, name, channels, (width, height))
    if size != (width, height):
        note(f"images of other sizes are resized to the network's {width} x {height} pixels")
    return np.stack([pixels])


def _readable(image: Image) -> tuple[int, int, int]:
    """Channels, height and width; UsageError for channels that no file has."""
    if image.shape[0] not in (GREY, COLOUR):
        raise UsageError(f"The network's images have {image.shape[0]} channels, and files have 1 or 3.")
    return image.shape


def _read_image(
    source: Path | bytes, name: str, channels: int, size: tuple[int, int]
) -> tuple[np.ndarray, tuple[int, int]]:
    """Pixels (channels, height, width) at the wanted size (width, height), and the size that the file has."""
    return read_image(source, name, lambda picture: (fitted(picture, channels, size), upright_size(picture)))
