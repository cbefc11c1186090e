"""A trainer that waits for its words: what takes long to import is there when they come. The lab keeps one at hand.

A screen runs this module, no user does. The words are those of `nnlab train`, as a JSON list in one line of standard
input; if that ends without them, nobody wants a training any more.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module

NEEDED = ("nnlab.engine.training.session", "nnlab.engine.training.train", "nnlab.commands.train")


def main() -> int:
    """Get ready, wait, train; returns the exit code of the training."""
    from ..process import begin

    begin()
    from ..app import run, say_bug

    sys.excepthook = say_bug
    for name in NEEDED:
        import_module(name)
    line = sys.stdin.readline()
    return run(json.loads(line)) if line else 0


if __name__ == "__main__":
    sys.exit(main())
