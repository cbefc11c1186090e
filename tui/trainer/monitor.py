"""A run that a screen watches and steers: found, followed, asked for things, and not left an orphan. No textual."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ...engine.events import PictureTaken
from .landscape import KIND, Landscape, until
from .launch import Launch
from .state import RunState
from .tail import RunTail

Connect = Callable[[], RunTail | None]


@dataclass
class RunMonitor:
    """The run that `connect` finds: it is called until it returns one. What is asked before that is sent then.

    `launch` is the trainer that this process started for it, if it did; `detached` says that its user leaves it to
    train on without a screen.
    """

    connect: Connect
    launch: Launch | None = None
    state: RunState = field(default_factory=RunState)
    tail: RunTail | None = None
    detached: bool = False
    landscape: Landscape = field(default_factory=Landscape)
    unsent: list[tuple[str, dict[str, object]]] = field(default_factory=list[tuple[str, dict[str, object]]])

    @classmethod
    def of(cls, launch: Launch) -> RunMonitor:
        """Watch the run of a trainer that was just started."""

        def connect() -> RunTail | None:
            folder = launch.folder()
            return RunTail(folder, launch) if folder else None

        return cls(connect, launch)

    def tick(self) -> None:
        """Take what is new. Raises the trainer's own NnlabError if it failed before its run began."""
        self.tail = self.tail or self.connect()
        if self.tail is None:
            return
        for request, values in self.unsent:
            self.tail.send(request, **values)
        self.unsent.clear()
        self.state.take(self.tail.poll())
        if not self.state.over and (lost := self.tail.failure()):
            self.state.take(self.tail.poll())  # its last words may have come in between
            if not self.state.over:
                self.state.died(lost)

    @property
    def frames(self) -> list[int]:
        """The epochs of which the film has pictures."""
        return self.tail.picture_log.epochs if self.tail is not None else []

    def pictures(self, epoch: int | None) -> dict[str, PictureTaken]:
        """The pictures by kind as they were after an epoch; the newest ones for None. The loss around the weights is
        the newest one, with the path up to then, and the last hidden layer is seen along the axes of the newest one."""
        if epoch is None or self.tail is None:
            return self.state.pictures
        frame = dict(self.tail.picture_log.frame(epoch))
        if frame and (around := self.state.pictures.get(KIND)) is not None:
            frame[KIND] = until(around, epoch)
        if (now := self.state.pictures.get("hidden")) is not None and (taken := frame.get("hidden")) is not None:
            frame["hidden"] = replace(taken, data={**taken.data, "held": now.data})
        return frame

    def look_around(self, *, wanted: bool) -> None:
        """Have the loss around the weights computed where somebody looks at it, and no longer."""
        self.landscape.tick(self.state, self.tail.folder.path if self.tail is not None else None, wanted=wanted)

    def send(self, request: str, **values: object) -> None:
        """Ask the trainer for something, now or as soon as there is a run; nobody is asked when it is over."""
        if self.tail is None:
            self.unsent.append((request, values))
        elif not self.state.over:
            self.tail.send(request, **values)

    @property
    def left(self) -> str:
        """What to tell who leaves a training that is not over: whether it goes on, and how to come back to it."""
        if self.tail is None:
            return "The training goes on in the background."
        name = self.tail.folder.name
        if self.state.state == "paused":
            return f"The training stays paused; `nnlab watch {name}` shows it, and space there resumes it."
        return f"The training goes on; `nnlab watch {name}` shows it again."

    def close(self) -> None:
        """Nobody watches any more: a training that was started here saves and stops unless it was left to go on;
        another's goes on. What the start left behind is removed."""
        self.landscape.close()
        if self.launch is None:
            return
        if not (self.detached or self.state.over):
            self.stop()
        self.launch.tidy()

    def stop(self) -> None:
        """Let the training save and stop; one that has not begun just ends."""
        if self.tail is not None:
            self.tail.send("stop")
        elif self.launch is not None:
            self.launch.child.terminate()
