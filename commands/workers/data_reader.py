"""Reads a data set for the data page, into the file that is its standard output; see `tui/data/reader.py`.

A screen runs this module, no user does. It ends when its standard input does: then nobody waits for it any more.
"""

from __future__ import annotations

import sys
from typing import BinaryIO

from .answer import answer


def read(name: str, out: BinaryIO) -> None:
    """Write the view of the data set of this name."""
    from ...engine.data.overview.view import read_view
    from ...tui.data.cells import measured
    from ...tui.data.reader import write_view

    write_view(measured(read_view(name)), out)


if __name__ == "__main__":
    sys.exit(answer(read))
