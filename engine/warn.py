"""What somebody should know, warned of in Python."""

from __future__ import annotations

import sys
import warnings

PACKAGE = __name__.partition(".")[0] + "."


def warn(note: str) -> None:
    """A UserWarning at the line that called nnlab."""
    frame, level = sys._getframe(), 1
    while frame.f_back is not None and f"{frame.f_globals.get('__name__')}.".startswith(PACKAGE):
        frame, level = frame.f_back, level + 1
    warnings.warn(note, stacklevel=level)
