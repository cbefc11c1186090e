"""A trainer at a screen's hand: one run after another, and what takes long to import is there for each of them.

A screen runs this module, no user does. Its standard input has a JSON object a line: `train` has the words of `nnlab
train` for the next run, which begins when the one before is over, and `ended` the file that is told how it ended;
`stay` says whether the present run goes on when that input ends. Otherwise it saves and stops then: its screen is gone.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from contextlib import redirect_stderr, suppress
from importlib import import_module
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import IO, Any

NEEDED = ("nnlab.engine.training.session", "nnlab.engine.training.train", "nnlab.commands.train")

Jobs = Queue[dict[str, Any] | None]


def main() -> int:
    """Get ready and train what is asked for; returns the exit code of the last run."""
    from ..process import begin

    begin()
    from ..app import say_bug

    sys.excepthook = say_bug
    jobs, code = Jobs(), 0
    Thread(target=_listen, args=(_taken_input(), jobs), daemon=True).start()
    for name in NEEDED:
        import_module(name)
    while (job := jobs.get()) is not None:
        code = _train(job["train"], Path(job["ended"]))
    return code


def _taken_input() -> IO[str]:
    """Standard input for this module alone: a network of the user's own finds an empty one."""
    taken, nothing = os.dup(0), os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return os.fdopen(taken, encoding="utf-8")


def _listen(lines: IO[str], jobs: Jobs) -> None:
    """Pass on what is to be trained until nobody asks for anything any more."""
    stays = False
    for line in lines:
        said = json.loads(line)
        if "train" in said:
            jobs.put(said)
        stays = said.get("stay", False)
    jobs.put(None)
    if not stays:
        os.kill(os.getpid(), signal.SIGTERM)


def _train(words: list[str], ended: Path) -> int:
    """Train one run; its exit code and what it said go to the file."""
    from ..app import run

    with redirect_stderr(io.StringIO()) as said:
        code = run(words)
    part = ended.with_suffix(".part")
    with suppress(FileNotFoundError):  # nobody waits for it any more
        part.write_text(f"{code}\n{said.getvalue()}", encoding="utf-8")
        part.replace(ended)
    return code


if __name__ == "__main__":
    sys.exit(main())
