"""Computes the loss around a run's weights for a screen, told in lines of JSON on standard output: `done` and `of`
while it is at work, then the `epoch` and the `data`; see `tui/trainer/landscape.py`.

A screen runs this module, no user does. It ends when its standard input does: then nobody waits for it any more.
"""

from __future__ import annotations

import json
import sys
from typing import Any, BinaryIO

from .answer import answer

EVERY = 25  # losses after which it tells how far it is


def look_around(run: str, out: BinaryIO) -> None:
    """Look around the weights of this run. Raises NnlabError as `nnlab landscape` does."""
    from ...engine.pictures.landscape import LOOKED_AT, landscape
    from ...engine.pictures.weights import way_of
    from ...engine.training.reopened import reopen

    def tell(**said: Any) -> None:
        out.write(json.dumps(said).encode() + b"\n")
        out.flush()

    folder, session = reopen(run, "nnlab landscape", note=lambda _: None)
    epochs, path = way_of(folder.film, session)
    if path and epochs[-1] >= session.epoch:  # a checkpoint is older than what somebody watches
        session.flat.values.data.copy_(path[-1])
        session.epoch = epochs[-1]
    data = landscape(session, path, lambda done, of: None if done % EVERY else tell(done=done, of=of), epochs)
    rows = len(session.prepared.train)
    tell(epoch=session.epoch, rows=min(LOOKED_AT, rows), of=rows, data=data)


if __name__ == "__main__":
    sys.exit(answer(look_around))
