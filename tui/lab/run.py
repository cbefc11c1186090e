"""One run of the lab, as its user left it."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...engine.config import Config
from ...engine.runs.folder import RunFolder
from ..trainer.monitor import RunMonitor
from ..trainer.state import RunState

WORTH_KEEPING = 60.0  # seconds of training that are not thrown away
COMPLETE = ("epochs", "early_stop")  # how a run ends that has come to its end by itself
GOES_ON = (*COMPLETE, "interrupt", "terminated")


@dataclass
class LabRun:
    """One run of the lab, of the settings in `config`. `going` is what its user wants, before the trainer has said so;
    `kept` that it stays; `steered` and `edited` that settings, or weights, were changed while it trained; `left_at`
    when it was thrown away; `off` are the units that were switched off, by layer and number."""

    name: str
    monitor: RunMonitor
    going: bool
    config: Config
    kept: bool = False
    steered: bool = False
    edited: bool = False
    off: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])
    seen: str = "waiting"
    left_at: float = 0.0

    @property
    def state(self) -> RunState:
        """What is known of it."""
        return self.monitor.state

    @property
    def folder(self) -> RunFolder | None:
        """Where it is, once it has begun."""
        tail = self.monitor.tail
        return tail.folder if tail is not None else None

    @property
    def ended_by(self) -> str:
        """Why its training ended; empty while it goes on, and where nobody knows."""
        return self.state.finished.stopped_by if self.state.over and self.state.finished is not None else ""

    @property
    def worth(self) -> bool:
        """Whether it is not thrown away: its training has come to its end, or took long."""
        return self.ended_by in COMPLETE or self.state.trained >= WORTH_KEEPING
