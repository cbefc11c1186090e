"""Image files: the formats that are read, and the one way in which any of them is opened.

Left to itself, Pillow takes whatever a file holds, whatever it is called; for EPS it would start Ghostscript.
"""

from __future__ import annotations

import os
import stat
import struct
import warnings
import zlib
from collections.abc import Callable
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from ..errors import UsageError

if TYPE_CHECKING:
    from PIL.Image import Image

Result = TypeVar("Result")

FORMATS = {
    "PNG": (".png",),
    "JPEG": (".jpg", ".jpeg"),
    "GIF": (".gif",),
    "BMP": (".bmp",),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
    "TIFF": (".tif", ".tiff"),
    "WEBP": (".webp",),  # last: a Pillow built without it raises KeyError when it comes to it
}
SUFFIXES = tuple(chain.from_iterable(FORMATS.values()))
NAMES = f"{', '.join(list(FORMATS)[:-1])} and {list(FORMATS)[-1]}"
LARGEST = 2**28  # bytes of a file
DAMAGED = (
    *(OSError, ValueError, SyntaxError, EOFError, ArithmeticError, LookupError, TypeError, struct.error, zlib.error),
)


def read_image(source: Path | bytes, name: str, work: Callable[[Image], Result]) -> Result:
    """What the work makes of the picture in a file, or in a file's bytes; `name` is what an error calls it.

    Raises UsageError for what is no image of these formats, is damaged, or has too many pixels.
    """
    import PIL.Image

    try:
        with warnings.catch_warnings(), _opened(source) as file:
            warnings.simplefilter("ignore")  # what Pillow says of a damaged one is said below
            warnings.simplefilter("error", PIL.Image.DecompressionBombWarning)
            with PIL.Image.open(file, formats=tuple(FORMATS)) as picture:
                return work(picture)
    except FileNotFoundError:
        raise UsageError(f"The image {name} cannot be read: it does not exist.") from None
    except (*DAMAGED, PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning):
        raise UsageError(f"The image {name} cannot be read: it is damaged, too large, or none of {NAMES}.") from None


def _opened(source: Path | bytes) -> BinaryIO:
    """A regular file, opened for reading without waiting for anything, or a file's bytes; OSError for what is none."""
    if not isinstance(source, Path):
        return BytesIO(source)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    stream = os.fdopen(os.open(source, flags), "rb")
    status = os.fstat(stream.fileno())
    if not (stat.S_ISREG(status.st_mode) and 0 < status.st_size <= LARGEST):  # /proc/kmsg would be empty, and waits
        stream.close()
        raise OSError("it is not a regular file, empty, or far too large for an image")
    return stream
