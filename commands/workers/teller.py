"""Follows one run and tells others of it: to one log, or by messages.

A training starts this module, no user does. Its standard input has one JSON object: the run's `folder`, and `log` (what
and where) or `notify` (addresses) with the `terminal` that rings. It ends with the run. What goes wrong harms nothing,
and is told on standard error without any address.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import TracebackType

POLITE = 10  # steps by which its priority is lower than the trainer's


def main() -> int:
    """Do what is asked; returns the exit code."""
    asked = json.loads(sys.stdin.readline())
    from ...engine.runs.folder import RunFolder
    from ...engine.trackers.following import Follower
    from ...engine.trackers.messages import Message, send
    from ...engine.trackers.sinks import sink_of

    what = asked["log"][0] if asked["log"] else "notify"

    def say(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else kind.__name__
        _warn(f"--log {what} has ended, the training has not ({reason})")

    def tell(message: Message) -> None:
        for address in asked["notify"]:
            trouble = send(address, message, asked["terminal"])
            if trouble:
                _warn(f"--notify: {trouble}")

    sys.excepthook = say
    os.environ.setdefault("WANDB_SILENT", "true")
    if hasattr(os, "nice"):
        os.nice(POLITE)
    sink = sink_of(*asked["log"]) if asked["log"] else None
    Follower(RunFolder(Path(asked["folder"])), sink, tell).run()
    return 0


def _warn(text: str) -> None:
    sys.stderr.write(f"Warning: {text}.\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
