"""What a sweep tells: small frozen events, one JSON object each. They stand in the sweep's `sweep.jsonl` too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal

from ..events import finite, inert_json
from .space import Value
from .study import Outcome


@dataclass(frozen=True)
class SweepStarted:
    """A sweep begins or goes on, `at` this time. `space` has each setting's values as they are written, `trials` is how
    many there are to be (None where the time says), `done` how many are over; `left` are the seconds that it may take,
    where somebody has said so."""

    event: ClassVar[str] = "sweep_started"
    sweep: str
    dir: str
    data: str
    measure: str
    space: dict[str, str]
    trials: int | None
    done: int
    left: float | None = None
    at: float = 0.0


@dataclass(frozen=True)
class TrialStarted:
    """A trial begins, or goes on where it `resumed`. `point` is empty for the data set's default where that lies beside
    the space."""

    event: ClassVar[str] = "trial_started"
    trial: int
    run: str
    point: dict[str, Value]
    resumed: bool = False


@dataclass(frozen=True)
class TrialEnded:
    """A trial is over, as the `done`th of `of`. `value` is what it is worth by the sweep's measure, None where
    that is not known; `best` says that no trial was better so far."""

    event: ClassVar[str] = "trial_ended"
    trial: int
    done: int
    of: int | None
    run: str
    point: dict[str, Value]
    outcome: Outcome
    value: float | None
    epochs: int
    planned: int
    seconds: float
    best: bool = False
    message: str = ""


@dataclass(frozen=True)
class SweepProgress:
    """How far it is, told while something is trained and not kept: how many trials are over, and of each run that is
    trained its name, epoch and planned epochs."""

    event: ClassVar[str] = "sweep_progress"
    done: int
    of: int | None
    best: float | None
    seconds: float
    running: list[tuple[str, int, int]] = field(default_factory=list[tuple[str, int, int]])


@dataclass(frozen=True)
class SeedsStarted:
    """All trials are over; these runs are trained with other seeds."""

    event: ClassVar[str] = "seeds_started"
    runs: list[str]


@dataclass(frozen=True)
class SettingsWeighed:
    """How much of the difference between the trials so far each setting makes, the largest first."""

    event: ClassVar[str] = "settings_weighed"
    importance: dict[str, float]


@dataclass(frozen=True)
class SweepSteered:
    """Somebody has asked for something, and it is done, or cannot be (`ignored`), as `message` says. `trials` is how
    many there are to be from now on."""

    event: ClassVar[str] = "sweep_steered"
    did: Literal["paused", "resumed", "more", "stopping", "promoted", "ignored"]
    trial: int | None = None
    trials: int | None = None
    message: str = ""


@dataclass(frozen=True)
class MemberChanged:
    """A process with so many trainers has joined the sweep, or, with 0, is gone: others go on with its runs."""

    event: ClassVar[str] = "member_changed"
    member: str
    trainers: int


@dataclass(frozen=True)
class Place:
    """A place on the leaderboard: a trial, what it reached with each seed, and mean and deviation of these."""

    trial: int
    run: str
    point: dict[str, Value]
    values: list[float]
    mean: float
    deviation: float


@dataclass(frozen=True)
class Ensemble:
    """The best mix of a sweep's networks, kept as a run: the share of each, what it is worth on the validation rows by
    `measure` (loss of classes, RMSE of numbers in the target's own units), what the winner is, and what it reaches on
    the test rows."""

    run: str
    shares: dict[str, float]
    measure: str
    valid: float
    winner: float
    test: dict[str, float]


@dataclass(frozen=True)
class SweepEnded:
    """A sweep is over, or stopped in between (`stopped`: then the rest is not known yet). `test` is what the winner
    reaches on the test rows, which nobody has looked at before; `command` makes it once more. `ensemble` is there where
    one was asked for and is better than the winner."""

    event: ClassVar[str] = "sweep_ended"
    sweep: str
    dir: str
    measure: str
    trials: int
    outcomes: dict[str, int]
    seconds: float
    stopped: bool = False
    places: list[Place] = field(default_factory=list[Place])
    test: dict[str, float] = field(default_factory=dict[str, float])
    importance: dict[str, float] = field(default_factory=dict[str, float])
    command: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])
    ensemble: Ensemble | None = None


SweepEvent = (
    SweepStarted
    | TrialStarted
    | TrialEnded
    | SweepProgress
    | SettingsWeighed
    | SeedsStarted
    | SweepSteered
    | MemberChanged
    | SweepEnded
)


def to_json(event: SweepEvent) -> dict[str, Any]:
    """An event as one JSON object, null in place of NaN."""
    return {"event": event.event, **finite(asdict(event))}


def to_line(event: SweepEvent) -> str:
    """One line of `sweep.jsonl`, without the newline."""
    return inert_json(json.dumps(to_json(event), ensure_ascii=False, allow_nan=False, separators=(",", ":")))


def ended_of(body: Mapping[str, Any]) -> SweepEnded:
    """The end of a sweep as it was kept. ValueError where it is none."""
    told: dict[str, Any] = {key: value for key, value in body.items() if key != "event"}
    try:
        places = [Place(**place) for place in told.pop("places", [])]
        ensemble = told.pop("ensemble", None)
        return SweepEnded(**told, places=places, ensemble=Ensemble(**ensemble) if ensemble else None)
    except (TypeError, AttributeError) as error:
        raise ValueError(f"it is no end of a sweep: {error}") from None
