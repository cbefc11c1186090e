"""The lab split in two: one setting different, the same seed, both trained on one clock. No textual, no torch.

The clock is here. Both trainers go as fast as they can up to an epoch and wait there; once both have reached it, and it
is time by the speed that was chosen, both may go further. So what is shown of them is of one epoch, however much faster
one is than the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ...engine.errors import UsageError
from ...engine.events import PictureTaken, Record
from ..trainer.launch import Start
from .choices import setting_of
from .session import SETTLED, LabSession
from .settings import EMPTY, SEED, Setting
from .speeds import SPEEDS, STEPS, next_speed

TICK = 0.1  # seconds between two looks at the trainers: no clock need be finer
PATIENCE = 1.0  # seconds that the pictures of an epoch are waited for
LONGEST = 4096  # epochs that are trained between two pictures

Pictures = dict[str, PictureTaken]


@dataclass
class Pair:
    """Two labs side by side: `sides` are the left one, which was there before, and the right one. Keys change the
    value of `setting` of side `at`; `varied` are the settings in which the sides may differ.

    `pace` is one of the speeds, `playing` what the user wants. Both may go up to epoch `limit`; `stride` is how many
    epochs further they may go the next time, at full speed. `frames` are the pictures of each side that are shown,
    `wanted` the kind of them that both draw.
    """

    sides: tuple[LabSession, LabSession]
    setting: Setting
    clock: Callable[[], float]
    pace: str
    at: int = 1
    varied: list[Setting] = field(default_factory=list[Setting])
    playing: bool = False
    said: str = ""
    limit: int = 0
    stride: int = 1
    wanted: str = ""
    frames: tuple[Pictures, Pictures] = field(default_factory=lambda: ({}, {}))
    begins: float | None = None
    begun: int = 0  # times that both began
    _going: bool = False  # what both were asked for last
    _raised: float = 0.0  # when they were let go further
    _due: float = 0.0  # when they are to be let go further
    _reached: float | None = None
    _last: int | None = None  # the epoch after which to pause

    @classmethod
    def of(cls, left: LabSession, start: Start) -> Pair:
        """Split a lab at the setting under its cursor, which is a step higher at the right, or lower where there is no
        higher value; `start` starts the right one's trainers."""
        right = LabSession(left.lab.copy(), left.owned, start, left.clock)
        pair = cls((left, right), left.lab.current, left.clock, left.pace, varied=[left.lab.current])
        pair.said = "space plays both; ←→ change the value at the right, tab goes to the other side; escape leaves"
        if not any(pair._steps(by) for by in (1, -1)):
            pair.said = f"enter types another value of {pair.setting.label.strip()} for the right side"
        pair._begin()
        return pair

    def _steps(self, by: int) -> bool:
        side = self.sides[self.at]
        try:
            return side.lab.step(self.setting_of(side), by)
        except UsageError:
            return False

    @property
    def side(self) -> LabSession:
        """The side that keys change."""
        return self.sides[self.at]

    def setting_of(self, side: LabSession, setting: Setting | None = None) -> Setting:
        """A setting, the present one unless another is named, as one of them has it."""
        wanted = setting or self.setting
        sought = wanted.key, wanted.part
        return next((one for one in side.lab.settings if (one.key, one.part) == sought), wanted)

    def move(self, by: int) -> None:
        """Change another setting from now on, one further down the side's or up."""
        lab, here = self.side.lab, self.setting_of(self.side)
        lab.at = lab.settings.index(here) if here in lab.settings else lab.at
        lab.move(by)
        self.setting = lab.current
        letter = "left" if not self.at else "right"
        self.said = f"{self._told(self.side, self.setting)}: ←→ change it at the {letter}, enter types a value"

    def caption(self, side: LabSession) -> str:
        """What tells a side from the other: `lr 0.01`, or `lr 0.01, batch 8`; the present setting where none does."""
        left, right = self.sides
        differing = [one for one in self.varied if self._told(left, one) != self._told(right, one)]
        return ", ".join(self._told(side, one) for one in differing or [self.setting])

    def _told(self, side: LabSession, setting: Setting) -> str:
        """A setting of a side and its value."""
        one = self.setting_of(side, setting)
        return f"{one.label.strip()} {side.lab.text(one) or EMPTY.get(one.kind, '?')}"

    @property
    def over(self) -> bool:
        """Whether neither trains any more."""
        return all(one.run is not None and one.state.over for one in self.sides)

    @property
    def ready(self) -> bool:
        """Whether both have begun."""
        return all(one.run is not None and one.state.started is not None for one in self.sides)

    @property
    def epoch(self) -> int:
        """The epoch that both have reached; one that has ended is waited for no more."""
        training = [one.state.epoch for one in self.sides if not one.state.over]
        return min(training, default=max(one.state.epoch for one in self.sides))

    def record(self, side: LabSession) -> Record:
        """What a side had reached by then."""
        return side.state.history.of_epoch(min(self.epoch, side.state.epoch))

    @property
    def film(self) -> list[int]:
        """The epochs of which both have pictures."""
        left, right = (one.run.monitor.frames if one.run is not None else [] for one in self.sides)
        return sorted({*left} & {*right})

    def pictures(self, epoch: int | None) -> tuple[Pictures, Pictures]:
        """The pictures of both at an epoch of the film; at the present for None."""
        if epoch is None:
            return self.frames
        left, right = (one.run.monitor.pictures(epoch) if one.run is not None else {} for one in self.sides)
        return left, right

    def _begin(self) -> None:
        """Both anew, before their first step."""
        self.begins, self._going, self._last = None, False, None
        self.limit, self.stride, self.frames = 0, 1, ({}, {})
        self._reached = None
        self.begun += 1
        number = max(one.number for one in self.sides)
        for side in self.sides:
            side.pace = STEPS if self.pace == STEPS else "full"
            side.number, side.said = number, ""
            side.begin(going=False)
            number = side.number
            if side.said:  # the run that it had stays
                self.said = f"{side.said}; {self.said}" if self.said else side.said

    def tick(self) -> None:
        """Take what is new, and let both go further where it is time."""
        if self.begins is not None and self.clock() >= self.begins:
            self._begin()
        for side in self.sides:
            side.tick()
            if side.run is None and side.said:
                self.said = f"{self.caption(side)}: {side.said}"
        if self.begins is not None or not self.ready:
            return
        self._take_pictures()
        if self._last is not None and self.epoch >= self._last:
            self.playing, self._last = False, None
        if self.over and self.playing:
            self.playing = False
            self.said = "both have ended; r restarts both"
        if self.playing and self._is_time():
            self._raise()
        if self.playing != self._going:
            self._going = self.playing
            self._send("resume" if self.playing else "pause")

    def _send(self, request: str, **values: object) -> None:
        for side in self.sides:
            if side.run is not None:
                side.run.monitor.send(request, **values)

    def _take_pictures(self) -> None:
        """Show pictures of one epoch: those that both have, or the newest of each once one has ended."""
        left, right = (one.state.pictures for one in self.sides)
        ended = any(one.state.over for one in self.sides)
        for kind in left.keys() | right.keys():
            here, there = left.get(kind), right.get(kind)
            if here is None or there is None or here.epoch == there.epoch or ended:
                for frame, taken in zip(self.frames, (here, there), strict=True):
                    if taken is not None:
                        frame[kind] = taken

    def _is_time(self) -> bool:
        """Whether both have reached the limit, with their pictures, and the speed lets them go on."""
        now = self.clock()
        if self.epoch < self.limit:
            self._reached = None
            return False
        self._reached = now if self._reached is None else self._reached
        if now - self._reached < PATIENCE and not self._drawn():
            return False
        return now >= self._due

    def _drawn(self) -> bool:
        shown = [one.state.pictures.get(self.wanted) for one in self.sides if not one.state.over]
        return all(taken is None or taken.epoch >= self.epoch for taken in shown)

    def _raise(self) -> None:
        """Let both go further: by as many epochs as the speed has in a tick, at full speed by as many as they take in
        that time."""
        now, speed = self.clock(), SPEEDS[self.pace]
        if speed.epochs:
            interval = max(1 / speed.epochs, TICK)
            step = round(interval * speed.epochs)
            self._due = max(self._due, now - interval) + interval
        elif self.pace == STEPS:
            step = 1
        else:
            took = now - self._raised
            if self.limit and took < 2.5 * TICK:
                self.stride = min(2 * self.stride, LONGEST)
            elif took > 5 * TICK:
                self.stride = max(self.stride // 2, 1)
            step = self.stride
        self._raised, self._reached = now, None
        self.limit = self.epoch + (step if self._last is None else 1)
        self._send("limit", epoch=self.limit)

    def toggle(self) -> None:
        """Play both, or pause both; where both have ended, begin anew."""
        self.said = ""
        if self.over and self.begins is None:
            self._begin()
            self.playing = False
        self.playing, self._last = not self.playing, None
        self._due = self.clock()

    def one_epoch(self) -> None:
        """Train both for one epoch, then pause."""
        self.playing, self._last = True, self.epoch + 1
        self._due = self.clock()

    def change_speed(self, by: int) -> None:
        """Train both faster or more slowly."""
        self.pace = next_speed(self.pace, by)
        self._due = self.clock()
        self.said = f"speed: {SPEEDS[self.pace].name}"
        for side in self.sides:
            side.go_at(STEPS if self.pace == STEPS else "full")

    def restart(self) -> None:
        """Both back to before the first step, paused."""
        self.playing = False
        self.said = "both are back at the beginning; space plays"
        self._begin()

    def new_seed(self, seed: int) -> None:
        """Another seed for both, or for one side where that is what differs."""
        own = self.setting.key == SEED
        changed = [one.lab.put(setting_of(SEED), seed) for one in ([self.side] if own else self.sides)]
        if any(changed):
            self._changed(f"seed is {seed}{'' if own else ' for both'}")

    def step(self, by: int) -> None:
        """Change the value of the present side by a step."""
        if self.side.lab.step(self.setting_of(self.side), by):
            self._varied()

    def read(self, text: str) -> None:
        """Take what was typed for the present side."""
        if self.side.lab.read(self.setting_of(self.side), text):
            self._varied()

    def _varied(self) -> None:
        """The present setting has another value on one side."""
        if self.setting not in self.varied:
            self.varied.append(self.setting)
        self._changed(self._told(self.side, self.setting))

    def _changed(self, what: str) -> None:
        self.said = f"{what}: both restart with {self._seeds()}"
        self.begins = self.clock() + SETTLED

    def _seeds(self) -> str:
        left, right = (one.lab.value(SEED) for one in self.sides)
        return f"seed {left}" if left == right else f"the seeds {left} and {right}"

    def commands(self) -> str:
        """The commands for a shell that make both runs, one a line."""
        commands = [one.lab.command() for one in self.sides]
        self.said = f"copied: {' and '.join(commands)}"
        return "\n".join(commands)

    def leave(self, at: int = 0) -> LabSession:
        """Go on with one side alone, as it is: returns its lab. The other's run and trainer end."""
        stays, goes = self.sides[at], self.sides[1 - at]
        kept = goes.put_away()
        stays.go_at(self.pace)
        if stays.run is not None:
            stays.run.monitor.send("limit", epoch=None)
            stays.run.going = self.playing and not stays.state.over
        stays.said = kept or f"back in one lab, with {self.caption(stays)}"
        if self.begins is not None:
            stays.begin(going=self.playing)
        return stays

    def close(self) -> None:
        """The screens are gone: the right side leaves nothing, the left one is the lab's to see to."""
        self.sides[1].put_away()
