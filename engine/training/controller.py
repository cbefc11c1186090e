"""What a running training does about requests and signals, between its steps."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from time import monotonic, time

from ..config import merge, validate
from ..errors import UsageError
from ..events import Event, Noted, PictureTaken, StateChanged
from ..fields import brief
from ..pictures.pictures import pictures
from ..runs.control import Inbox, Request, number, words
from .interrupt import StopRequest
from .saving import Saver
from .session import Session

LOOK_EVERY = 0.1  # seconds between two looks
DRAWING_SHARE = 0.02  # of the training's time, spent on pictures at most
MOST_CELLS = 400  # on a side of a map
MOST_ROWS = 1000  # that a picture is taken of
LONGEST_REQUEST = 60.0  # seconds
MOST_SAID = 300  # characters of a note
LARGEST = 1e300
SETTABLE = ("lr", "l1", "weight_decay", "batch_size")


@dataclass(frozen=True)
class PictureRequest:
    """Which pictures somebody wants to see, how often (in seconds) and until when."""

    every: float
    until: float
    size: tuple[int, int]
    kinds: tuple[str, ...] | None
    axes: tuple[str, ...] | None

    @classmethod
    def of(cls, request: Request) -> PictureRequest:
        """Read a request; ValueError for values that make no sense. Nobody watches for long without asking again."""
        width, height = (int(number(request, side, 60, 1, MOST_CELLS)) for side in ("width", "height"))
        kinds, axes = words(request, "kinds", 10), words(request, "axes", 2)
        if axes is not None and len(set(axes)) != 2:
            raise ValueError(f"axes cannot be {brief(axes)}: it takes two features")
        every = number(request, "every", 1, 0, LONGEST_REQUEST)
        until = number(request, "until", 0, 0, time() + LONGEST_REQUEST)
        return cls(every, until, (width, height), kinds, axes)


@dataclass
class Controller:
    """The present requests of those who watch: paused or not, until which epoch, and which pictures how often."""

    inbox: Inbox | None
    stop: StopRequest
    saver: Saver
    paused: bool = False
    pause_after: int | None = None
    picture_request: PictureRequest | None = None
    looked_at: float = 0.0
    drawn_at: float = 0.0
    rest: float = 0.0
    drawn: tuple[int, int, PictureRequest] | None = None  # epoch, step and request of the newest pictures

    def look(self, session: Session) -> Iterator[Event]:
        """Take the requests that arrived, at most every tenth of a second; wait here while paused."""
        if monotonic() - self.looked_at < LOOK_EVERY:
            return
        yield from self._take(session)
        while self.paused and self.stop.reason is None:
            threading.Event().wait(LOOK_EVERY)
            yield from self._take(session)
        self.looked_at = monotonic()

    def epoch_ended(self, session: Session) -> Iterator[Event]:
        """Pause here if only this epoch was asked for."""
        if self.pause_after is not None and session.epoch >= self.pause_after:
            self.pause_after, self.paused, self.looked_at = None, True, 0.0
            yield StateChanged("paused", session.epoch)
        yield from self.look(session)

    def _take(self, session: Session) -> Iterator[Event]:
        """Do what was asked for; what is no request, or cannot be done, is noted and passed over, many in one line."""
        requests, odd = self.inbox.take() if self.inbox else ([], [])
        for before, request in pairwise([None, *requests]):
            if request == before or request is None:  # nothing has happened since then
                continue
            try:
                yield from self._do(request, session)
            except ValueError as error:
                odd.append(str(error))
        if odd:
            more = f" (and {len(odd) - 1:,} more)" if len(odd) > 1 else ""
            yield Noted(odd[0][:MOST_SAID] + more, session.epoch, "warning")
        yield from self._draw(session)

    def _do(self, request: Request, session: Session) -> Iterator[Event]:
        """Do what one request asks for; ValueError where it makes no sense."""
        match request["request"]:
            case "pause":
                if not self.paused:
                    self.paused = True
                    yield StateChanged("paused", session.epoch)
            case "resume":
                if self.paused:
                    self.paused = False
                    yield StateChanged("running", session.epoch)
            case "epoch":
                self.pause_after = session.epoch + 1
                if self.paused:
                    self.paused = False
                    yield StateChanged("running", session.epoch)
            case "stop":
                self.stop.reason = self.stop.reason or "interrupt"
                yield StateChanged("stopping", session.epoch)
            case "save":
                yield from self.saver.save(session)
            case "set":
                yield self._set(request, session)
            case "pictures":
                try:
                    wanted = PictureRequest.of(request)
                except ValueError as error:
                    raise ValueError(f"no picture: {error}") from None
                if (
                    self.picture_request is None
                    or replace(wanted, until=self.picture_request.until) != self.picture_request
                ):
                    self.drawn_at = 0.0
                self.picture_request = wanted
            case other:
                raise ValueError(f"a request is passed over: there is none called {brief(other)}")

    def _set(self, request: Request, session: Session) -> Noted:
        """Change a setting of the running training; ValueError for what the config refuses, which changes nothing."""
        changes = {name: request[name] for name in SETTABLE if name in request}
        if not changes:
            raise ValueError(f"a request is passed over: it sets none of {', '.join(SETTABLE)}")
        for name, value in changes.items():
            if type(value) not in (int, float) or not abs(value) <= LARGEST:
                raise ValueError(f"nothing is set: {name} cannot be {brief(value)}, it takes a number")
        try:
            config = validate(merge(session.config.to_dict(), {"training": changes}), source="the request")
        except UsageError as error:
            raise ValueError(str(error)) from None
        session.change(config)
        said = ", ".join(f"{name} = {getattr(config.training, name):g}" for name in changes)
        later = " from the next epoch on" if "batch_size" in changes else ""
        changed = {name: float(value) for name, value in changes.items()}
        scheduled = _scheduled(session) if "lr" in changes else ""
        return Noted(f"set {said}{later}{scheduled}", session.epoch, changed=changed)

    def _draw(self, session: Session) -> Iterator[Event]:
        """Take the wanted pictures if the last ones are old enough, would be others now, and somebody still watches; a
        request that cannot be fulfilled is noted and forgotten."""
        wanted, began = self.picture_request, monotonic()
        if wanted is None or time() > wanted.until or began - self.drawn_at < max(wanted.every, self.rest):
            return
        present = (session.epoch, session.step, replace(wanted, until=0.0))
        if present == self.drawn:  # while it is paused nothing changes, and the film need not grow
            return
        split = "valid" if session.prepared.valid is not None else "train"
        try:
            taken = pictures(
                *(session.module, session.prepared, split),
                size=wanted.size,
                axes=wanted.axes,
                most=MOST_ROWS,
                kinds=wanted.kinds,
            )
        except UsageError as error:
            self.picture_request = None
            yield Noted(f"no picture: {error}", session.epoch, "warning")
            return
        for kind, data in taken:
            yield PictureTaken(kind, session.epoch, data, live=True)
        self.drawn, self.drawn_at = present, monotonic()
        self.rest = (self.drawn_at - began) / DRAWING_SHARE


def _scheduled(session: Session) -> str:
    """What a schedule makes of the learning rate in the next step, where that is another."""
    rate, schedule = session.rate(session.step), session.config.training.scheduler
    if rate == session.schedule.lr:
        return ""
    by = f"the {schedule} schedule" if schedule != "none" else "the warm-up"
    return f", {rate:.3g} at present by {by}"
