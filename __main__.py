"""`python -m nnlab` and the console script `nnlab`."""

import os
import sys


def main() -> int:
    """Run the command line and return its exit code. Until a command says otherwise, a signal ends it at once."""
    from .commands.process import begin

    begin()
    from .commands.app import run, say_bug

    if "--debug" not in sys.argv:
        sys.excepthook = say_bug
    return run(sys.argv[1:])


def _forget_this_folder() -> None:
    """With `python -m`, Python looks for modules in the current folder first; a torch.py there is no torch."""
    if not sys.flags.safe_path and sys.path and sys.path[0] in ("", os.getcwd()):  # noqa: PTH109
        del sys.path[0]


if __name__ == "__main__":
    _forget_this_folder()
    sys.exit(main())
