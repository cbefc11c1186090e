"""How far the present epoch is and at which pace, told as often as somebody can follow."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from time import monotonic

from ..events import Doing, EpochProgress
from .session import Session
from .usage import Usage, gpu_memory, memory

EVERY = 0.1  # seconds between two words on an epoch that takes longer than that
AT_LEAST = 1.0  # seconds between two where epochs are shorter: they tell of themselves
RECENT = 20  # words over which the pace is taken


@dataclass
class Meter:
    """Tells how far the epoch is. The clock is looked at where requests are, so that it costs a step nothing."""

    told_at: float = field(default_factory=monotonic)
    told: tuple[int, int] = (-1, -1)  # epoch and step
    epoch: int = -1  # that was told of last
    epoch_since: float = 0.0
    rate: float = math.nan  # batches a second
    recent: deque[tuple[float, int]] = field(default_factory=lambda: deque[tuple[float, int]](maxlen=RECENT))
    usage: Usage = field(default_factory=Usage)
    machine_at: float = -math.inf
    machine: tuple[float | None, int | None, int | None] = (None, None, None)

    def tell(self, session: Session, doing: Doing = "training", *, each: bool = False) -> EpochProgress | None:
        """How far it is, if that is due, or where `each` step is to be told."""
        now = monotonic()
        if session.epoch != self.epoch:
            self.epoch, self.epoch_since = session.epoch, now
            self.recent.clear()
        if doing == "training":
            self._measure(now, session.step)
        long = now - self.epoch_since >= EVERY or doing != "training"
        due = now - self.told_at >= (EVERY if long else AT_LEAST)
        if (session.epoch, session.step) == self.told if each else not due:
            return None
        self.told_at, self.told = now, (session.epoch, session.step)
        self._look_at_machine(now, session)
        return self._progress(session, doing)

    def pause(self) -> None:
        """The training was paused: what passed meanwhile says nothing of its pace."""
        self.recent.clear()

    def _measure(self, now: float, step: int) -> None:
        self.recent.append((now, step))
        (began, first), seconds = self.recent[0], now - self.recent[0][0]
        if step > first and seconds > 0 and began < now:
            self.rate = (step - first) / seconds

    def _look_at_machine(self, now: float, session: Session) -> None:
        if now - self.machine_at >= AT_LEAST:
            self.machine_at = now
            self.machine = self.usage.cpu(), memory(), gpu_memory(session.flat.values.device)

    def _progress(self, session: Session, doing: Doing) -> EpochProgress:
        done, batches, size = session.step, session.total_steps, session.steps.batch_size
        cpu, taken, of_gpu = self.machine
        return EpochProgress(
            epoch=session.epoch + (doing != "testing"),
            batch=done,
            batches=batches,
            loss=session.steps.losses[:done].double().mean().item() if done else math.nan,
            batch_loss=session.steps.losses[done - 1].item() if done else math.nan,
            rate=self.rate,
            rows=self.rate * min(size, len(session.prepared.train)),
            left=(batches - done) / self.rate if self.rate else math.nan,
            doing=doing,
            cpu=cpu,
            memory=taken,
            gpu_memory=of_gpu,
        )
