"""Image files: the formats that are read, and the one way in which any of them is opened.

Left to itself, Pillow takes whatever a file holds, whatever it is called; for EPS it would start Ghostscript.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Callable
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

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
DAMAGED = (
    *(OSError, ValueError, SyntaxError, EOFError, ArithmeticError, LookupError, TypeError, struct.error, zlib.error),
)


def read_image(source: Path | bytes, name: str, work: Callable[[Image], Result]) -> Result:
    """What the work makes of the picture in a file, or in a file's bytes; `name` is what an error calls it.

    Raises UsageError for what is no image of these formats, is damaged, or has too many pixels.
    """
    import PIL.Image

    try:
        if isinstance(source, Path) and not source.is_file():
            raise UsageError(f"The image {name} cannot be read: there is no such file.")  # nor is a pipe one
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Pillow says of a damaged one is said below
            warnings.simplefilter("error", PIL.Image.DecompressionBombWarning)
            file = source if isinstance(source, Path) else BytesIO(source)
            with PIL.Image.open(file, formats=tuple(FORMATS)) as picture:
                return work(picture)
    except (*DAMAGED, PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning):
        raise UsageError(f"The image {name} cannot be read: it is damaged, too large, or none of {NAMES}.") from None
