"""Following a sweep by its folder alone, and telling others of it: each trial's run once it is over, and the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..errors import number_of
from ..runs.claim import is_live
from ..runs.folder import RunFolder
from ..runs.log import Lines, parse
from ..trackers.messages import Message
from ..wording import duration, metric_name, number
from .folder import SweepFolder

POLL = 0.5  # seconds between two looks
PATIENCE = 120.0  # seconds in which a sweep begins, if it does


@dataclass
class SweepFollower:
    """Reads a sweep's log as it grows, from its byte `begun` on. `trial` is given the folder of each trial that is
    over, `tell` the message of its end; `clock` is the time in seconds."""

    folder: SweepFolder
    begun: int
    trial: Callable[[RunFolder], object]
    tell: Callable[[Message], object]
    clock: Callable[[], float] = time.monotonic

    def run(self, wait: Callable[[float], object] = time.sleep) -> None:
        """Follow it to its end."""
        lines, seen, start = Lines(self.folder.log, offset=self.begun), False, self.clock()
        while True:
            alive = is_live(RunFolder(self.folder.path))
            seen |= alive
            for body in _new(lines):
                seen = True
                if body.get("event") == "trial_ended":
                    self.trial(RunFolder(self.folder.path.parent / str(body.get("run"))))
                if body.get("event") == "sweep_ended":
                    self._end(body)
                    return
            if not alive and (seen or self.clock() - start > PATIENCE):
                break
            wait(POLL)
        self._say("crashed", "has crashed", f"`nnlab sweep --resume {self.folder.name}` goes on.")

    def _end(self, body: dict[str, Any]) -> None:
        trials = f"{number_of(int(body['trials']), 'trial')} in {duration(body['seconds'])}"
        if body.get("stopped"):
            self._say("stopped", "was stopped", f"{trials}; `nnlab sweep --resume {self.folder.name}` goes on.")
            return
        places, measure = body.get("places") or [], str(body["measure"])
        best = f"; the best, {places[0]['run']}, reaches {number(places[0]['mean'])}" if places else ""
        self._say("finished", "is done", f"{trials}{best}{f' by valid {metric_name(measure)}' if best else ''}.")

    def _say(self, what: str, title: str, text: str) -> None:
        self.tell(Message(self.folder.name, what, f"nnlab: {self.folder.name} {title}", text, {}))


def _new(lines: Lines) -> Iterator[dict[str, Any]]:
    """The events since the last look; what cannot be read is passed over."""
    with suppress(OSError):
        for line in lines.poll():
            with suppress(ValueError):
                body = parse(line)
                if isinstance(body, dict):
                    yield body  # pyright: ignore[reportUnknownVariableType]
