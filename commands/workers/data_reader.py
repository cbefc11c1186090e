"""Reads a data set for the data page, into the file that is its standard output; see `tui/data/reader.py`.

A screen runs this module, no user does. It ends when its standard input does: then nobody waits for it any more.
"""

from __future__ import annotations

import sys


def main() -> int:
    """Read the data set that the only argument names; returns the exit code, with a sentence on stderr if it failed."""
    from ...engine.signals import end, handle

    handle(end)
    from ...engine.data.overview.view import read_view
    from ...engine.errors import NnlabError
    from ...tui.data.cells import measured
    from ...tui.data.reader import write_view
    from ..app import say_bug
    from .answer import answer_file

    sys.excepthook = say_bug
    with answer_file() as out:
        try:
            write_view(measured(read_view(sys.argv[1])), out)
        except NnlabError as error:
            sys.stderr.write(f"Error: {error}\n")
            return error.exit_code
        except OSError as error:
            sys.stderr.write(f"Error: {sys.argv[1]} cannot be read: {error.strerror or error}.\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
