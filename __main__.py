"""`python -m nnlab` and the console script `nnlab`."""

import sys


def main() -> int:
    """Run the command line and return its exit code."""
    from .commands.app import run, say_bug

    if "--debug" not in sys.argv:
        sys.excepthook = say_bug
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
