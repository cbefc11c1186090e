"""Tells others of a run, of a sweep, or of several runs at once: to one log, or by messages.

A training starts this module, no user does. Its standard input has one JSON object: the `folder` of a run or the one of
a `sweep` (with `begun`, where what is new in its log begins), either of which is followed to its end, or a `message`;
and `log` (what and where) or `notify` (addresses) with the `terminal` that rings. What goes wrong harms nothing, and is
told on standard error without any address.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

POLITE = 10  # steps by which its priority is lower than the trainer's


def main() -> int:
    """Do what is asked; returns the exit code."""
    asked = json.loads(sys.stdin.readline())
    what = asked["log"][0] if asked.get("log") else "notify"

    def say(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else kind.__name__
        _warn(f"--log {what} has ended, the training has not ({reason})")

    sys.excepthook = say
    os.environ.setdefault("WANDB_SILENT", "true")
    if hasattr(os, "nice"):
        os.nice(POLITE)
    _tell(asked)
    return 0


def _tell(asked: dict[str, Any]) -> None:
    from ...engine.runs.folder import RunFolder
    from ...engine.sweep.folder import SweepFolder
    from ...engine.sweep.following import SweepFollower
    from ...engine.trackers.following import Follower
    from ...engine.trackers.messages import Message, send
    from ...engine.trackers.sinks import sink_of

    def tell(message: Message) -> None:
        for address in asked.get("notify", ()):
            trouble = send(address, message, asked["terminal"])
            if trouble:
                _warn(f"--notify: {trouble}")

    def follow(run: RunFolder) -> None:
        Follower(run, sink_of(*asked["log"]) if asked.get("log") else None, tell).run()

    def log(run: RunFolder) -> None:
        if asked.get("log"):
            follow(run)

    if "message" in asked:
        tell(Message(**asked["message"]))
    elif "sweep" in asked:
        SweepFollower(SweepFolder(Path(asked["sweep"])), asked["begun"], log, tell).run()
    else:
        follow(RunFolder(Path(asked["folder"])))


def _warn(text: str) -> None:
    sys.stderr.write(f"Warning: {text}.\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
