"""Computes the loss around a run's weights for a screen, told in lines of JSON on standard output: `done` and `of`
while it is at work, then the `epoch` and the `data`; see `tui/trainer/landscape.py`.

A screen runs this module, no user does. It ends when its standard input does: then nobody waits for it any more.
"""

from __future__ import annotations

import io
import json
import os
import sys
from threading import Thread
from typing import Any

POLITE = 10  # steps by which its priority is lower than the trainer's
EVERY = 25  # losses after which it tells how far it is


def main() -> int:
    """Look around the weights of the run that the only argument names; returns the exit code."""
    from ...engine.signals import end, handle

    handle(end)
    from ...engine.errors import NnlabError
    from ...engine.pictures.landscape import LOOKED_AT, landscape
    from ...engine.pictures.weights import way_of
    from ...engine.training.reopened import reopen
    from ..app import say_bug

    sys.excepthook = say_bug
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)  # what libraries print is no part of the data
        Thread(target=_end_with_input, args=(sys.stdin,), daemon=True).start()
        sys.stdin = io.TextIOWrapper(io.BytesIO())
        if hasattr(os, "nice"):
            os.nice(POLITE)

        def tell(**said: Any) -> None:
            out.write(json.dumps(said) + "\n")
            out.flush()

        try:
            folder, session = reopen(sys.argv[1], "nnlab landscape", note=lambda _: None)
            epochs, path = way_of(folder.film, session)
            if path and epochs[-1] >= session.epoch:  # a checkpoint is older than what somebody watches
                session.flat.values.data.copy_(path[-1])
                session.epoch = epochs[-1]
            data = landscape(
                session, path, lambda done, of: tell(done=done, of=of) if done % EVERY == 0 else None, epochs
            )
        except NnlabError as error:
            sys.stderr.write(f"Error: {error}\n")
            return error.exit_code
        tell(
            epoch=session.epoch,
            rows=min(LOOKED_AT, len(session.prepared.train)),
            of=len(session.prepared.train),
            data=data,
        )
    return 0


def _end_with_input(stream: io.TextIOBase) -> None:
    stream.read()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
