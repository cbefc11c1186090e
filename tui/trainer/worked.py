"""A row of a run worked out by hand: asked of its trainer while that is there, else of a process of its own. No
textual."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Any

from ..child import ChildProcess
from .monitor import RunMonitor

SPLIT = "train"


class ExplainProcess:
    """`nnlab explain` of a run that is over; it ends at once when it is closed."""

    def __init__(self, run: str, row: int) -> None:
        self._out = TemporaryFile()  # noqa: SIM115  (closed with this object)
        command = ["-m", "nnlab", "explain", run, "--row", str(row), "--split", SPLIT, "--json"]
        self._child = ChildProcess("The process that works it out", command, stdout=self._out)

    def result(self) -> dict[str, Any] | str | None:
        """What it found, or its last error; None as long as it is at work."""
        code = self._child.poll()
        if code is None:
            return None
        if code:
            return self._child.failure() or ""
        self._out.seek(0)
        return json.loads(self._out.read())

    def close(self) -> None:
        """End the process."""
        self._child.close()


@dataclass
class WorkedRow:
    """One row of the run of a `monitor` after another: `ask`, then `take` until there is an answer. A trainer sends the
    `token` of a question back with its answer."""

    monitor: RunMonitor
    asked: int = 0
    token: int = 0
    process: ExplainProcess | None = None

    @property
    def rows(self) -> int:
        """How many rows there are, 0 where an earlier version did not tell."""
        started = self.monitor.state.started
        return started.rows.get(SPLIT, 0) if started is not None else 0

    def ask(self, row: int) -> None:
        """Have this row worked out, as the network is now."""
        self.close()
        self.asked, self.token = row, time.time_ns() // 1000
        if not self.monitor.state.over:
            self.monitor.send("worked", row=row, split=SPLIT, token=self.token)

    def take(self) -> dict[str, Any] | str | None:
        """What was found for the row that was asked for last, or why there is nothing; None until then."""
        self.monitor.tick()
        newest = self.monitor.state.pictures.get("worked")
        if newest is not None and newest.data.get("token") == self.token:
            return newest.data.get("refused") or dict(newest.data)
        if self.process is None and self.monitor.state.over and self.monitor.tail is not None:
            self.process = ExplainProcess(str(self.monitor.tail.folder.path), self.asked)
        return self.process.result() if self.process is not None else None

    def close(self) -> None:
        """Nobody waits any more."""
        if self.process is not None:
            self.process.close()
            self.process = None
