"""A sweep as a screen knows it: what its log and the runs of its trials tell. No textual here."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ...engine.events import EpochEnded
from ...engine.fields import read
from ...engine.runs.claim import is_live
from ...engine.runs.folder import RunFolder, runs_root
from ...engine.runs.log import EventLog, Lines, parse
from ...engine.sweep.folder import SweepFolder

MOST_LINES = 8  # curves that are drawn over each other
AT_ONCE = 2**20  # bytes of a run's log that are read at one look
BETTER_HIGH = ("accuracy",)


@dataclass
class Trial:
    """A trial as it was told: `outcome` is empty while it is trained. Its curve is read when somebody looks at it."""

    number: int
    run: str
    point: dict[str, Any]
    outcome: str = ""
    value: float | None = None
    epochs: int = 0
    planned: int = 0
    message: str = ""
    at: list[int] = field(default_factory=list[int])
    values: list[float] = field(default_factory=list[float])
    log: EventLog | None = None

    def follow(self, measure: str) -> bool:
        """Read on in its run's log; whether there was anything new."""
        self.log = self.log or EventLog(runs_root() / self.run / "events.jsonl")
        before = len(self.at)
        with suppress(OSError):
            for event in self.log.poll(AT_ONCE):
                if isinstance(event, EpochEnded):
                    while self.at and self.at[-1] >= event.epoch:  # it goes on from an earlier checkpoint
                        self.at.pop()
                        self.values.pop()
                    self.at.append(event.epoch)
                    self.values.append(event.record.get(f"{measure}_valid", float("nan")))
        if not self.outcome and self.at:
            self.epochs = self.at[-1]
        return len(self.at) != before


@dataclass
class SweepState:
    """All that is known of a sweep, and which of its trials is looked at. `revision` tells when something is new;
    `seeds` are the runs with other seeds at its end."""

    folder: SweepFolder
    data: str = ""
    measure: str = "loss"
    space: dict[str, str] = field(default_factory=dict[str, str])
    planned: int | None = None
    trials: dict[int, Trial] = field(default_factory=dict[int, Trial])
    seeds: int = 0
    ended: dict[str, Any] | None = None
    live: bool = False
    cursor: int = 0
    revision: int = 0

    def __post_init__(self) -> None:
        self._lines = Lines(self.folder.log)

    def look(self) -> None:
        """Take what is new."""
        news = False
        with suppress(OSError):
            for line in self._lines.poll():
                with suppress(ValueError, KeyError):
                    body = parse(line)
                    if isinstance(body, dict):
                        self._take(body)  # pyright: ignore[reportUnknownArgumentType]
                        news = True
        live = is_live(RunFolder(self.folder.path))
        for trial in self.in_sight:
            news |= trial.follow(self.measure)
        if news or live != self.live:
            self.live, self.revision = live, self.revision + 1

    def _take(self, body: Mapping[str, Any]) -> None:
        """Take an event of the log. ValueError or KeyError where it is none."""
        match body["event"]:
            case "sweep_started":
                self.data, self.measure = read(body["data"], str, "data"), read(body["measure"], str, "measure")
                self.space, self.ended = read(body["space"], dict[str, str], "space"), None
                self.planned = read(body["trials"], int | None, "trials")
            case "trial_started":
                number = read(body["trial"], int, "trial")
                self.trials[number] = Trial(number, read(body["run"], str, "run"), _point(body))
            case "trial_ended":
                number = read(body["trial"], int, "trial")
                trial = self.trials.setdefault(number, Trial(number, read(body["run"], str, "run"), {}))
                trial.point, trial.outcome = _point(body), read(body["outcome"], str, "outcome")
                trial.value = read(body["value"], float | None, "value")
                trial.epochs, trial.planned = (read(body[name], int, name) for name in ("epochs", "planned"))
                trial.message = read(body["message"], str, "message")
            case "seeds_started":
                self.seeds = len(read(body["runs"], list[str], "runs"))
            case "sweep_ended":
                self.ended = dict(body)
            case _:
                pass

    @property
    def ranked(self) -> list[Trial]:
        """The trials as they stand on the leaderboard: those with a value, the best first, then the others."""
        sign = -1.0 if self.measure in BETTER_HIGH else 1.0

        def place(trial: Trial) -> tuple[bool, bool, float, int]:
            worth = sign * trial.value if trial.value is not None else 0.0
            return trial.value is None, trial.outcome not in ("", "complete"), worth, trial.number

        return sorted(self.trials.values(), key=place)

    @property
    def current(self) -> Trial | None:
        """The trial under the cursor."""
        ranked = self.ranked
        return ranked[min(self.cursor, len(ranked) - 1)] if ranked else None

    @property
    def in_sight(self) -> list[Trial]:
        """The trials whose curves are drawn: the one under the cursor, those that are trained, and the best."""
        ranked = self.ranked
        running = [trial for trial in ranked if not trial.outcome]
        chosen = {trial.number: trial for trial in (*filter(None, [self.current]), *running, *ranked)}
        return list(chosen.values())[:MOST_LINES]

    @property
    def best_so_far(self) -> list[float]:
        """The best value behind each trial that was trained to its end, in the order of their numbers."""
        pick = max if self.measure in BETTER_HIGH else min
        values = [one.value for one in self.trials.values() if one.outcome == "complete" and one.value is not None]
        return [pick(values[: place + 1]) for place in range(len(values))]

    def move(self, by: int) -> None:
        """Look at another trial."""
        self.cursor = max(0, min(self.cursor + by, len(self.trials) - 1))
        self.revision += 1


def _point(body: Mapping[str, Any]) -> dict[str, Any]:
    """A trial's settings. ValueError where they are none."""
    point = read(body["point"], dict[str, Any], "point")
    if not all(isinstance(value, str | int | float) for value in point.values()):
        raise ValueError("a point is no settings")
    return point
