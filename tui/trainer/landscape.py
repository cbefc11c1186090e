"""The loss around the weights of a run, computed by a process of its own while somebody looks at it. No textual."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from ...engine.events import PictureTaken
from ...engine.fields import check_picture
from ..child import ChildProcess
from .state import RunState

KIND = "landscape"
BEGINS = "the loss around the weights: a process is started"


class LandscapeProcess:
    """The process that computes it; it ends at once when it is closed, and outlives nobody."""

    def __init__(self, run: str) -> None:
        self._out = TemporaryFile()  # noqa: SIM115  (closed with this object)
        self._read = 0
        command = ["-m", "nnlab.commands.workers.landscape", run]
        self._child = ChildProcess("The process that looks around the weights", command, stdout=self._out)

    def poll(self) -> list[dict[str, Any]]:
        """What it has told since the last call."""
        self._out.seek(self._read)
        whole, _, _ = self._out.read().rpartition(b"\n")
        self._read += len(whole) + bool(whole)
        return [json.loads(line) for line in whole.splitlines()]

    def failure(self) -> str | None:
        """Why it ended; None as long as it lives."""
        return self._child.failure()

    def close(self) -> None:
        """End the process."""
        self._child.close()


@dataclass
class Landscape:
    """What is done about the loss around the weights of a run: it is computed as soon as somebody looks at it, and anew
    where the run stands at another epoch, or somebody looks again. Who looks away ends it."""

    process: LandscapeProcess | None = None
    tried: int | None = None  # the epoch that it was begun at

    def tick(self, state: RunState, run: Path | None, *, wanted: bool) -> None:
        """Take what there is, end it or begin it."""
        if not wanted or run is None:
            self.close()
            self.tried = None
            return
        if self.process is not None:
            self._take(state, self.process)
        elif self._is_due(state):
            self.tried, self.process = state.epoch, LandscapeProcess(str(run))
            _say(state, BEGINS)

    def _is_due(self, state: RunState) -> bool:
        taken = state.pictures.get(KIND)
        if self.tried is None:
            return taken is None or taken.epoch != state.epoch
        return self.tried != state.epoch and (state.over or state.state == "paused")

    def _take(self, state: RunState, process: LandscapeProcess) -> None:
        ended = process.failure()  # asked first: nothing is told after it
        for told in process.poll():
            if "data" in told:
                with suppress(ValueError, KeyError):
                    check_picture(KIND, told["data"])
                    state.take(
                        [PictureTaken(KIND, told["epoch"], told["data"], True, "train", told["rows"], told["of"])]
                    )
                _say(state, "")
                self.close()
                return
            _say(state, f"the loss around the weights: {told['done']:,} of {told['of']:,}")
        if ended is not None:
            _say(state, ended)
            self.close()

    def close(self) -> None:
        """Nobody waits any more."""
        if self.process is not None:
            self.process.close()
            self.process = None


def _say(state: RunState, text: str) -> None:
    state.computing = text
    state.drawn += 1


def until(taken: PictureTaken, epoch: int) -> PictureTaken:
    """The picture with the path up to an epoch alone, its end marked."""
    kept = [place for place, one in enumerate(taken.data["epochs"]) if one <= epoch]
    points = [[*taken.data["points"][place][:3], int(place != kept[-1])] for place in kept]
    return replace(
        taken, data={**taken.data, "points": points, "epochs": [taken.data["epochs"][place] for place in kept]}
    )
