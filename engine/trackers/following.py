"""Following a run by its folder alone, from its newest start to its end, and telling others of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from ..errors import number_of
from ..events import EpochEnded, Event, RunFinished, RunStarted, StateChanged, finite
from ..runs.claim import is_live
from ..runs.folder import RunFolder
from ..runs.log import EventLog, OddLine
from ..runs.progress import Progress, main_metric
from ..wording import duration, metric_name, number
from .messages import Message
from .sinks import Sink

POLL = 0.5  # seconds between two looks
STALLED = 600.0  # seconds without anything new after which it is said, or
PATIENCE = 5.0  # as many times as long as the longest epoch took
ENDS = {"epochs": "finished", "early_stop": "finished", "diverged": "diverged", "failed": "failed"}


@dataclass
class Follower:
    """Reads a run's log as it grows and passes it on to `sink`; `tell` is called with each message about it. `clock` is
    the time in seconds. What a sink raises ends the following, so that each has a process of its own."""

    folder: RunFolder
    sink: Sink | None = None
    tell: Callable[[Message], object] | None = None
    clock: Callable[[], float] = time.monotonic
    progress: Progress = field(default_factory=Progress)
    longest: float = 0.0
    told_stall: bool = False

    def __post_init__(self) -> None:
        self._log = EventLog(self.folder.events)
        self._stamp, self._since, self._begun = (0, 0), self.clock(), False

    def run(self, wait: Callable[[float], object] = time.sleep) -> None:
        """Follow it to its end."""
        for event in self._newest():
            self._take(event)
        while not self.over:
            alive = is_live(self.folder)
            new = self._poll()
            for event in new:
                self._take(event)
            if not new and not alive:
                break
            self._watch()
            if not new:
                wait(POLL)
        self._end()

    @property
    def over(self) -> bool:
        """Whether its end was told."""
        return self.progress.finished is not None

    def _newest(self) -> list[Event]:
        """What is in the log since the run began, or went on, last: the rest was told then."""
        found: list[Event] = []
        for event in self._poll():
            if isinstance(event, RunStarted):
                found.clear()
            found.append(event)
        return found

    def _poll(self) -> list[Event]:
        with suppress(OSError):
            return [event for event in self._log.poll() if not isinstance(event, OddLine)]
        return []

    def _take(self, event: Event) -> None:
        if not self.progress.looks_back(event):
            self.progress.history.cut(0)  # none of it is needed, and there may be millions
        self.progress.follow(event)
        match event:
            case RunStarted():
                if self.sink and not self._begun:  # after a divergence it starts again, and is the same run
                    self.sink.start(event)
                self._begun = True
            case EpochEnded():
                self.longest = max(self.longest, event.record.get("seconds", 0.0))
                if self.sink:
                    self.sink.epoch(event.record)
            case StateChanged():
                self._since = self.clock()
            case _:
                pass

    def _watch(self) -> None:
        """Say once, until something is new again, that nothing is."""
        stamp, now = self._stamps(), self.clock()
        if stamp != self._stamp or self.progress.paused:
            self._stamp, self._since, self.told_stall = stamp, now, False
        elif not self.told_stall and now - self._since > max(STALLED, PATIENCE * self.longest):
            self.told_stall = True
            still = f"Nothing new for {duration(now - self._since)}, in epoch {self.progress.epoch + 1:,}."
            self._say("stalled", "has stalled", still)

    def _stamps(self) -> tuple[int, int]:
        """When the run's files were written last."""
        times = [0, 0]
        for place, path in enumerate((self.folder.events, self.folder.progress)):
            with suppress(OSError):
                times[place] = path.stat().st_mtime_ns
        return times[0], times[1]

    def _end(self) -> None:
        finished = self.progress.finished
        if self.sink:
            self.sink.end(finished)
        if finished is None:
            text = f"It ended without a word in epoch {self.progress.epoch + 1:,}: `nnlab train --resume` goes on."
            self._say("crashed", "has crashed", text)
            return
        what = ENDS.get(finished.stopped_by, "stopped")
        title = {"finished": "is done", "diverged": "diverged", "failed": "failed"}.get(what, "was stopped")
        self._say(what, title, finished.message or self._reached(finished))

    def _reached(self, finished: RunFinished) -> str:
        metric = main_metric(self.progress.metrics)
        said = f"{number_of(finished.epochs, 'epoch')} in {duration(finished.seconds)}"
        if metric is None:
            return f"{said}."
        name, _, split = metric[0].rpartition("_")
        return f"{said}; {split} {metric_name(name)} {number(metric[1])}."

    def _say(self, what: str, title: str, text: str) -> None:
        started = self.progress.started
        name = started.run if started else self.folder.name
        facts = {"epoch": self.progress.epoch, "metrics": finite(dict(self.progress.metrics))}
        if self.tell:
            self.tell(Message(name, what, f"nnlab: {name} {title}", text, facts))
