"""The screen's end of a run folder: new events from its log, requests to its trainer."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from subprocess import Popen
from time import monotonic, time

from ..engine.events import Event
from ..engine.runs import RunFolder, is_live, parse_events, read_lines
from ..engine.training.control import send

LOOK_AT_LOCK_EVERY = 2.0  # seconds
PICTURES_LAST = 10.0  # seconds a wish for pictures holds; renewed at half that


@dataclass
class Follower:
    """Reads a run that this process started (`child`) or that another one trains."""

    folder: RunFolder
    child: Popen[bytes] | None = None
    offset: int = 0
    looked_at: float = 0.0
    asked_at: float = 0.0
    asked: tuple[int, int] = (0, 0)

    def news(self) -> list[Event]:
        """The events since the last call."""
        lines, self.offset = read_lines(self.folder.events, self.offset)
        return list(parse_events(lines))

    def lost(self) -> str | None:
        """Why no more events will come although the last one has not: the trainer died or the folder is gone."""
        if self.child is not None:
            code = self.child.poll()
            return None if code is None else f"the trainer ended with exit code {code}"
        if monotonic() - self.looked_at < LOOK_AT_LOCK_EVERY:
            return None
        self.looked_at = monotonic()
        if not self.folder.path.exists():
            return f"the folder {self.folder.path} is gone"
        return None if is_live(self.folder) else "nobody trains this run any more"

    def ask(self, request: str, **values: object) -> None:
        """Send a request; a folder that is gone takes none, and `lost` will tell."""
        with suppress(OSError):
            send(self.folder, request, **values)

    def ask_for_pictures(self, width: int, height: int, every: float) -> None:
        """Wish for pictures of this size for the next seconds; repeated calls renew the wish when it is due."""
        now = monotonic()
        if (width, height) == self.asked and now - self.asked_at < PICTURES_LAST / 2:
            return
        self.asked, self.asked_at = (width, height), now
        self.ask("pictures", every=every, until=time() + PICTURES_LAST, width=width, height=height)
