"""The screen's end of a run folder: new events from its log, requests to its trainer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic, time

from ...engine.events import Event, Noted
from ...engine.runs.claim import is_live
from ...engine.runs.control import send
from ...engine.runs.epoch_progress import ProgressReader
from ...engine.runs.folder import RunFolder
from ...engine.runs.log import EventLog, OddLine
from ...engine.runs.picture_log_reader import PictureLogReader
from .launch import Launch

LOOK_AT_LOCK_EVERY = 2.0  # seconds
AT_ONCE = 2**23  # bytes of a log that are read between two looks at the screen
PICTURES_LAST = 10.0  # seconds a request for pictures holds; renewed at half that


@dataclass
class RunTail:
    """Reads a run that this process started (`launch`) or that another one trains."""

    folder: RunFolder
    launch: Launch | None = None
    looked_at: float = 0.0
    asked_at: float = 0.0
    asked: tuple[object, ...] = ()
    behind: bool = False
    picture_log: PictureLogReader = field(init=False)
    log: EventLog = field(init=False)
    progress: ProgressReader = field(init=False)

    def __post_init__(self) -> None:
        self.picture_log, self.log = PictureLogReader(self.folder.film), EventLog(self.folder.events)
        self.progress = ProgressReader(self.folder.progress)

    def poll(self) -> Iterator[Event]:
        """The events since the last call, of very many the first, the newest pictures in the film, and how far the
        present epoch is. An odd line of the log is told and passed over; a log that cannot be read has no news."""
        yield from self.picture_log.poll()
        before = self.log.lines.offset
        with suppress(OSError):
            for event in self.log.poll(AT_ONCE):
                yield Noted(f"ignored: {event}", self.log.epoch, "warning") if isinstance(event, OddLine) else event
        self.behind = self.log.lines.offset - before >= AT_ONCE
        if not self.behind and (progress := self.progress.poll()) is not None:
            yield progress

    def failure(self) -> str | None:
        """Why no more events will come although the last one has not: the trainer died or the folder is gone."""
        if self.behind:
            return None
        if self.launch is not None:
            code = self.launch.code()
            return None if code is None else f"the trainer ended with exit code {code}"
        if monotonic() - self.looked_at < LOOK_AT_LOCK_EVERY:
            return None
        self.looked_at = monotonic()
        if not self.folder.path.exists():
            return f"the folder {self.folder.path} is gone"
        return None if is_live(self.folder) else "nobody trains this run any more"

    def send(self, request: str, **values: object) -> None:
        """Send a request; a folder that is gone takes none, and `failure` will tell."""
        with suppress(OSError):
            send(self.folder, request, **values)

    def request_pictures(
        self,
        size: tuple[int, int],
        every: float,
        *,
        kinds: Sequence[str] | None = None,
        axes: Sequence[str] | None = None,
        row: int = 0,
    ) -> None:
        """Request pictures for the next seconds: a map of `size` (width, height) in cells and over these `axes`, the
        filters' maps of this `row`, or of these kinds alone. Repeated calls renew the request when it is due."""
        now, wanted = monotonic(), (size, every, kinds and tuple(kinds), axes and tuple(axes), row)
        if wanted == self.asked and now - self.asked_at < PICTURES_LAST / 2:
            return
        self.asked, self.asked_at = wanted, now
        more: dict[str, object] = {"kinds": kinds} if kinds else {}
        more |= {"axes": list(axes)} if axes else {}
        more |= {"row": row} if row else {}
        self.send("pictures", every=every, until=time() + PICTURES_LAST, width=size[0], height=size[1], **more)
