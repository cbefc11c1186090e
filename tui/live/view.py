"""How the user looks at a run: all that keys change on the screen and not in the training."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ...engine.events import PictureTaken
from ..trainer.state import RunState
from .slider import Slider

SMOOTHINGS = (0.0, 0.6, 0.9)
ZOOMS = (1.0, 0.5, 0.1)


@dataclass
class RunView:
    """How the user looks at the run: all that keys change here and not in the training.

    `set_rate` is the learning rate last set here, after how many epochs that was, and which one of those set; `back`
    is how many epochs the table is scrolled back from the newest; `axes` is the number of the map's pair of features,
    0 for its own choice; `unit` is the first one drawn of a network's layers that have no room for all; `frame` holds
    the pictures of the slider's epoch, none if that is the present, `frames` the epochs that have some; `row` is the
    train row that was worked out by hand last, `image` the number, from 0 on, of the one that filters are shown with.
    """

    title: str = ""
    log: bool = False
    smoothing: int = 0
    zoomed: int = 0
    cursor: int | None = None
    back: int = 0
    log_open: bool = False
    log_back: int = 0
    picture: int = 0
    axes: int = 0
    unit: int = 0
    slider: Slider = field(default_factory=Slider)
    frame: dict[str, PictureTaken] = field(default_factory=dict[str, PictureTaken])
    frames: list[int] = field(default_factory=list[int])
    set_rate: tuple[float, int, int] | None = None
    row: int = 1
    image: int = 0

    def smooth(self) -> None:
        """The next degree of smoothing."""
        self.smoothing = (self.smoothing + 1) % len(SMOOTHINGS)

    def zoom(self) -> None:
        """The next degree of zoom."""
        self.zoomed = (self.zoomed + 1) % len(ZOOMS)

    def move_cursor(self, step: int, epochs: int) -> None:
        """Move the cursor among the epochs; beyond the newest it goes away."""
        place = (self.cursor or epochs + 1) + step
        self.cursor = max(1, place) if place <= epochs else None

    def rate(self, state: RunState) -> float | None:
        """The learning rate, before any schedule, as it is to be: the one set here until the trainer has told of it."""
        if self.set_rate is not None and state.epoch <= self.set_rate[1] + 1 and state.rates_set < self.set_rate[2]:
            return self.set_rate[0]
        return state.base_lr

    def set(self, rate: float, state: RunState) -> None:
        """Remember that the trainer was asked for this learning rate."""
        before = self.set_rate[2] if self.set_rate is not None else 0
        self.set_rate = rate, state.epoch, max(before, state.rates_set) + 1

    @property
    def seen(self) -> tuple[object, ...]:
        """What the picture depends on."""
        return self.picture, self.axes, self.unit, self.slider.at, self.slider.playing, len(self.frame)

    @property
    def reading(self) -> tuple[object, ...]:
        """What the log depends on."""
        return self.log_open, self.log_back

    @property
    def curves(self) -> tuple[object, ...]:
        """What the curves depend on."""
        return self.log, self.smoothing, self.zoomed, self.cursor


def rate_of(text: str) -> float | None:
    """A learning rate as it is typed; None where it is no number above zero."""
    try:
        rate = float(text)
    except ValueError:
        return None
    return rate if 0 < rate < math.inf else None
