"""One contender as a process: `python -m benchmarks.peers tutorial:small xor` trains an epoch for each line on stdin.

The first word names a module and a function in it, which takes the other words and returns what trains an epoch and
returns its seconds.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module


def main(contender: str, *words: str) -> None:
    module, _, function = contender.partition(":")
    epoch = getattr(import_module(f"{__package__}.{module}"), function)(*words)
    answers = sys.stdout
    sys.stdout = sys.stderr  # some print as they train
    for _ in sys.stdin:
        print(json.dumps(epoch()), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
