"""What a running training does about requests and signals, between its steps."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from time import monotonic, time
from typing import Any

from ..config import merge, validate
from ..data.dataset import SplitName
from ..errors import UsageError, first_line, number_of
from ..events import Doing, Event, Noted, PictureTaken, StateChanged
from ..fields import brief
from ..pictures.filters import filters_picture
from ..pictures.health import PROBED, health
from ..pictures.hidden import hidden_picture
from ..pictures.pictures import taken
from ..pictures.units import weights_of
from ..pictures.weights import kept_weights
from ..pictures.worked import worked
from ..runs.control import Inbox, Request, number, words
from ..runs.milestones import EARLY, is_milestone
from .interrupt import StopRequest
from .meter import Meter
from .pacing import FULL, Pace
from .saving import Saver
from .session import Session

LOOK_EVERY = 0.1  # seconds between two looks
HOLD_EVERY = 0.02  # seconds between two looks while another training is waited for
DRAWING_SHARE = 0.02  # of the training's time, spent on pictures at most
CREDIT = 0.25  # seconds that may be spent on those of early epochs before
ALL_KINDS = ("map", "scatter", "matrix", "images", "network", "health", "weights", "hidden", "filters")
FIRST_LOOK = 10.0  # seconds for which a screen that has just started a training need not ask
FIRST_SIZE = (60, 60)  # cells of a map, until it says which it has room for
MOST_CELLS = 400  # on a side of a map
MOST_ROWS = 1000  # that a picture is taken of
LONGEST_REQUEST = 60.0  # seconds
MOST_ASKED = 1e9  # number of a row
MOST_SAID = 300  # characters of a note
LARGEST = 1e300
LARGEST_WEIGHT = 1e6  # that is set by hand
PICTURE_FAULTS = (UsageError, RuntimeError, ValueError, TypeError, LookupError, ArithmeticError, MemoryError)
"""What looking into a network, a user's own among them, may raise: it is told, and the training goes on."""
SETTABLE = ("lr", "l1", "weight_decay", "batch_size")


@dataclass(frozen=True)
class PictureRequest:
    """Which pictures somebody wants to see, how often (in seconds) and until when."""

    every: float
    until: float
    size: tuple[int, int]
    kinds: tuple[str, ...] | None
    axes: tuple[str, ...] | None
    row: int = 0  # of which the filters' maps are

    @classmethod
    def of(cls, request: Request) -> PictureRequest:
        """Read a request; ValueError for values that make no sense. Nobody watches for long without asking again."""
        width, height = (int(number(request, side, 60, 1, MOST_CELLS)) for side in ("width", "height"))
        kinds, axes = words(request, "kinds", 20), words(request, "axes", 2)
        if axes is not None and len(set(axes)) != 2:
            raise ValueError(f"axes cannot be {brief(axes)}: it takes two features")
        every = number(request, "every", 1, 0, LONGEST_REQUEST)
        until = number(request, "until", 0, 0, time() + LONGEST_REQUEST)
        return cls(every, until, (width, height), kinds, axes, int(number(request, "row", 0, 0, MOST_ASKED)))

    @classmethod
    def of_starter(cls) -> PictureRequest:
        """What a screen that has started this training, and cannot have asked yet, is going to want."""
        return cls(1.0, time() + FIRST_LOOK, FIRST_SIZE, None, None)


@dataclass
class Controller:
    """The present requests of those who watch: paused or not, until which epoch, and which pictures how often."""

    inbox: Inbox | None
    stop: StopRequest
    saver: Saver
    paused: bool = False
    pace: Pace = FULL
    due: float = 0.0  # when the next epoch or step of a slow training may begin
    pause_after: int | None = None
    limit: int | None = None  # the epoch beyond which it does not go yet
    picture_request: PictureRequest | None = None
    looked_at: float = 0.0
    drawn_at: float = 0.0
    rest: float = 0.0
    spent: float = 0.0  # seconds, on pictures
    began: float = field(default_factory=monotonic)
    drawn: tuple[int, int, PictureRequest] | None = None  # epoch, step and request of the newest pictures
    health: dict[str, Any] | None = None  # of the layers, when it was last looked at
    hidden: dict[str, Any] | None = None  # the newest picture of the last hidden layer, whose axes are held
    meter: Meter = field(default_factory=Meter)

    def look(self, session: Session, doing: Doing = "training") -> Iterator[Event]:
        """Take the requests that arrived and tell how far it is, at most every tenth of a second; wait here while
        paused."""
        if monotonic() - self.looked_at < LOOK_EVERY:
            return
        yield from self._take(session)
        if self.paused:
            yield from self.tell(session, doing)
        while self.paused and self.stop.reason is None:
            threading.Event().wait(LOOK_EVERY)
            yield from self._take(session)
            self.meter.pause()
        self.looked_at = monotonic()
        yield from self.tell(session, doing)

    def steps_taken(self, session: Session) -> Iterator[Event]:
        """Take the requests that arrived, and wait for the next step where it is to be waited for."""
        if self.pace.steps:
            yield from self.tell(session, "training")
            yield from self._wait(session)
        yield from self.look(session)

    def _wait(self, session: Session) -> Iterator[Event]:
        """Let the time pass that the pace wants. A picture costs the training nothing meanwhile."""
        self.due = max(self.due, monotonic() - self.pace.interval) + self.pace.interval
        while self.pace.interval and self.stop.reason is None and not self.paused:
            yield from self._take(session, idle=True)
            if (left := self.due - monotonic()) <= 0:
                break
            threading.Event().wait(min(left, LOOK_EVERY))
        self.meter.pause()

    def _hold(self, session: Session) -> Iterator[Event]:
        """Wait at the epoch that was asked for, with pictures of it, until a later one is asked for."""
        while self.limit is not None and session.epoch >= self.limit and self.stop.reason is None:
            if (wanted := self._watched()) is not None:
                yield from self._take_pictures(session, wanted, wanted.kinds)
            threading.Event().wait(HOLD_EVERY)
            yield from self._take(session, idle=True)
            self.meter.pause()

    @property
    def _seen_step_by_step(self) -> bool:
        """Whether somebody can look at every step."""
        return self.paused or (self.pace.steps and self.pace.interval >= LOOK_EVERY)

    def tell(self, session: Session, doing: Doing) -> Iterator[Event]:
        """Tell how far it is, if that is due."""
        if (told := self.meter.tell(session, doing, each=self._seen_step_by_step)) is not None:
            yield told

    def epoch_ended(self, session: Session) -> Iterator[Event]:
        """Have its picture taken, and pause here if only this epoch was asked for."""
        if self.pause_after is not None and session.epoch >= self.pause_after:
            self.pause_after, self.paused, self.looked_at = None, True, 0.0
            yield StateChanged("paused", session.epoch)
        yield from self._milestone(session)
        yield from self._hold(session)
        if self.pace.interval and not self.pace.steps:
            yield from self._wait(session)
        yield from self.look(session)

    def _take(self, session: Session, *, idle: bool = False) -> Iterator[Event]:
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
        yield from self._draw(session, idle=idle)

    def _do(self, request: Request, session: Session) -> Iterator[Event]:
        """Do what one request asks for; ValueError where it makes no sense."""
        match request["request"]:
            case "pause":
                if not self.paused:
                    self.paused, self.looked_at = True, 0.0
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
            case "limit":
                self.limit = _limit(request)
            case "stop":
                if self.stop.reason is None:  # who only watches may ask for it too: who reads the log is to know
                    self.stop.reason = "interrupt"
                    yield Noted("a screen asked to stop", session.epoch)
            case "save":
                yield from self.saver.save(session)
            case "set":
                yield self._set(request, session)
            case "weights":
                yield self._change_weights(request, session)
            case "unit":
                yield self._switch(request, session)
            case "worked":
                yield self._work_out(request, session)
            case "pace":
                self.pace, self.due = _pace(request), 0.0
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
                raise ValueError(f"a request is ignored: there is none called {brief(other)}")

    def _set(self, request: Request, session: Session) -> Noted:
        """Change a setting of the running training; ValueError for what the config refuses, which changes nothing."""
        changes = {name: request[name] for name in SETTABLE if name in request}
        if not changes:
            raise ValueError(f"a request is ignored: it sets none of {', '.join(SETTABLE)}")
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

    def _change_weights(self, request: Request, session: Session) -> Noted:
        """Change weights of the network as somebody asks; ValueError for those that there are not."""
        place, value = request.get("layer"), number(request, "value", 0, -LARGEST_WEIGHT, LARGEST_WEIGHT)
        units = [request.get(name) for name in ("to", "by")]
        if type(place) is not int or not all(unit is None or type(unit) is int for unit in units):
            raise ValueError(f"no weight is changed: {brief([place, *units])} are no layer and units")
        try:
            weights = weights_of(session.module, session.prepared, place, units[0], units[1])
        except ValueError as error:
            raise ValueError(f"no weight is changed: {error}") from None
        weights.fill_(value)
        self.drawn, self.drawn_at = None, 0.0
        return Noted(f"{number_of(weights.numel(), 'weight')} set to {value:g} by hand", session.epoch)

    def _switch(self, request: Request, session: Session) -> Noted:
        """Switch a unit off, so that it stays off while it trains, or on again; ValueError for one that there is
        not."""
        layer, unit, on = (request.get(name) for name in ("layer", "unit", "on"))
        if type(layer) is not int or type(unit) is not int or type(on) is not bool:
            raise ValueError(f"no unit is switched: {brief([layer, unit, on])} are no layer, unit and whether it is on")
        try:
            weights = weights_of(session.module, session.prepared, layer, None, unit)
        except ValueError as error:
            raise ValueError(f"no unit is switched: {error}") from None
        session.switch((layer, unit), weights, on=on)
        self.drawn, self.drawn_at = None, 0.0
        called = f"unit {layer}.{unit + 1}" if layer else f"input {unit + 1}"
        return Noted(f"{called} switched {'on' if on else 'off'} by hand", session.epoch)

    def _work_out(self, request: Request, session: Session) -> PictureTaken:
        """A row worked out by hand for who asks for it, or why it cannot be; ValueError for what is no row."""
        row, split, token = request.get("row"), request.get("split", "train"), request.get("token", 0)
        if type(row) is not int or split not in ("train", "valid", "test") or type(token) is not int:
            raise ValueError(f"no row is worked out: {brief([row, split, token])} are no row, split and token")
        try:
            data = {"token": token, **worked(session, row, split).to_json()}
        except PICTURE_FAULTS as error:
            data = {"token": token, "row": max(row, 0), "refused": first_line(error)}
        of = len(session.prepared.splits[split]) if split in session.prepared.splits else 0
        return PictureTaken("worked", session.epoch, data, True, split, 1, of, session.step)

    def _draw(self, session: Session, *, idle: bool) -> Iterator[Event]:
        """Take the wanted pictures if the last ones are old enough, would be others now, and somebody still watches."""
        wanted = self._watched()
        rest = 0.0 if idle else self.rest
        if wanted is not None and monotonic() - self.drawn_at >= max(wanted.every, rest):
            yield from self._take_pictures(session, wanted, wanted.kinds)

    def _milestone(self, session: Session) -> Iterator[Event]:
        """Take all pictures of an epoch that the film is to have, as long as that takes little of the training."""
        wanted, planned = self._watched(), session.planned
        if wanted is not None and is_milestone(session.epoch, planned) and self._can_spend(session.epoch):
            yield from self._take_pictures(session, wanted, ALL_KINDS)

    def last_picture(self, session: Session) -> Iterator[Event]:
        """The film of a finished training ends with its last epoch."""
        wanted = self._watched()
        if wanted is not None and not session.failure:
            yield from self._take_pictures(session, wanted, ALL_KINDS)

    def _watched(self) -> PictureRequest | None:
        """What those want to see who still watch; None where there is nobody."""
        wanted = self.picture_request
        return wanted if wanted is not None and time() <= wanted.until else None

    def _can_spend(self, epoch: int) -> bool:
        """Whether little enough of the time went into pictures; early epochs, when most is learnt, have a credit."""
        if epoch in EARLY:
            return self.spent <= CREDIT + DRAWING_SHARE * (monotonic() - self.began)
        return monotonic() - self.drawn_at >= self.rest

    def _take_pictures(
        self, session: Session, wanted: PictureRequest, kinds: tuple[str, ...] | None
    ) -> Iterator[Event]:
        """Take pictures of these kinds, unless they are there already; a request that cannot be fulfilled is noted and
        forgotten."""
        present, began = (session.epoch, session.step, replace(wanted, until=0.0)), monotonic()
        if present == self.drawn:  # while it is paused nothing changes, and the film need not grow
            return
        split: SplitName = "valid" if session.prepared.valid is not None else "train"
        how: dict[str, Any] = {"size": wanted.size, "axes": wanted.axes, "most": MOST_ROWS, "kinds": kinds}
        try:
            found = taken(session.module, session.prepared, split, session.epoch, step=session.step, live=True, **how)
            found += self._look_into(session, wanted, ("weights",) if kinds is None else kinds, split)
        except PICTURE_FAULTS as error:
            self.picture_request = None
            yield Noted(f"no picture: {first_line(error)}", session.epoch, "warning")
            return
        yield from found
        self.drawn, self.drawn_at = present, monotonic()
        took = self.drawn_at - began
        self.spent, self.rest = self.spent + took, took / DRAWING_SHARE

    def _look_into(
        self, session: Session, wanted: PictureRequest, kinds: tuple[str, ...], split: SplitName
    ) -> Iterator[PictureTaken]:
        """Those pictures of what is within the network that are of these kinds."""
        at, of, train = session.epoch, len(session.prepared.splits[split]), len(session.prepared.train)
        if "health" in kinds:
            self.health = health(session, self.health)
            yield PictureTaken("health", at, self.health, True, "train", min(PROBED, train), train, session.step)
        if "weights" in kinds and (weights := kept_weights(session)) is not None:
            yield PictureTaken("weights", at, weights, True, step=session.step)
        if "hidden" in kinds and (hidden := hidden_picture(session, split, self.hidden)) is not None:
            self.hidden = hidden
            yield PictureTaken("hidden", at, hidden, True, split, hidden["rows"], of, session.step)
        if "filters" in kinds and (filters := filters_picture(session, split, wanted.row)) is not None:
            yield PictureTaken("filters", at, filters, True, split, 1, of, session.step)


def _pace(request: Request) -> Pace:
    """The pace that a request asks for; ValueError where it is none."""
    try:
        return Pace.read(str(request.get("rate")))
    except UsageError as error:
        raise ValueError(f"a request is passed over: {error}") from None


def _limit(request: Request) -> int | None:
    """The epoch that a request lets the training go up to, None for any; ValueError where it is none."""
    epoch = request.get("epoch")
    if epoch is not None and type(epoch) is not int:
        raise ValueError(f"a request is passed over: {brief(epoch)} is no epoch to go up to")
    return epoch


def _scheduled(session: Session) -> str:
    """What a schedule makes of the learning rate in the next step, where that is another."""
    rate, schedule = session.rate(session.step), session.config.training.scheduler
    if rate == session.schedule.lr:
        return ""
    by = f"the {schedule} schedule" if schedule != "none" else "the warm-up"
    return f", {rate:.3g} at present by {by}"
