"""Runs nnlab and sends it a signal at one exact moment: `python hitting.py EVENT TEXT COUNT SIGNAL MODULE WORDS...`.

The moment is the COUNT-th audit event of Python's (`import`, `open`, `os.rename`, `os.mkdir`) with TEXT in its first
argument. The signal arrives while an object dies, where exceptions have no effect, as they have in the import system.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys


class Dying:
    """Sends this process a signal when it dies."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __del__(self) -> None:
        os.kill(os.getpid(), self.number)


def main(event: str, text: str, count: int, number: int, module: str, words: list[str]) -> None:
    """Run the module with these words, and hit it."""
    seen = 0

    def hook(name: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        if name == event and text in str(arguments[0]):
            seen += 1
            if seen == count:
                Dying(number)

    sys.addaudithook(hook)
    sys.argv = [module, *words]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    event, text, count, name, module, *words = sys.argv[1:]
    main(event, text, int(count), signal.Signals[name], module, words)
