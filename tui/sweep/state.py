"""A sweep as a screen knows it: what its log and the runs of its trials tell. No textual here."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from time import time
from typing import Any

from ...engine.events import EpochEnded
from ...engine.fields import read
from ...engine.runs.claim import is_live
from ...engine.runs.control import send
from ...engine.runs.folder import RunFolder, runs_root
from ...engine.runs.log import EventLog, Lines, parse
from ...engine.sweep.folder import SweepFolder

BRIGHT = 8  # curves that are told apart
MOST_LINES = 48  # curves that are drawn over each other
AT_ONCE = 2**20  # bytes of a run's log that are read at one look
BETTER_HIGH = ("accuracy",)
LAST_RUNS = 6  # with other seeds, at the end of a sweep


@dataclass
class Trial:
    """A trial as it was told: `outcome` is empty while it is trained. Its curve is read when somebody looks at it;
    `settled` says that there is no more of it."""

    number: int
    run: str
    point: dict[str, Any]
    outcome: str = ""
    value: float | None = None
    epochs: int = 0
    planned: int = 0
    seconds: float = 0.0
    message: str = ""
    promoted: bool = False
    at: list[int] = field(default_factory=list[int])
    values: list[float] = field(default_factory=list[float])
    log: EventLog | None = None
    settled: bool = False

    @property
    def short(self) -> str:
        """Its number as its run's name has it."""
        return self.run.rpartition("-")[2]

    @property
    def running(self) -> bool:
        """Whether it is not over."""
        return not self.outcome

    @property
    def promotable(self) -> bool:
        """Whether it can be kept whatever it reaches, or trained on."""
        return self.outcome in ("pruned", "stopped") or (self.running and not self.promoted)

    def follow(self, measure: str) -> bool:
        """Read on in its run's log; whether there was anything new."""
        if self.settled:
            return False
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
        self.settled = bool(self.outcome) and len(self.at) == before
        return len(self.at) != before


@dataclass
class SweepState:
    """All that is known of a sweep, and how it is looked at. `revision` tells when something is new; `seeds` are the
    runs with other seeds at its end, `left` the seconds that it may still take, `said` what it has answered last to who
    asks for something, `at` the trial under the cursor, wherever it comes to stand, None for the best; `axis` is the
    setting that its measure is shown against; `members` are the processes that have joined it, with their trainers."""

    folder: SweepFolder
    data: str = ""
    measure: str = "loss"
    space: dict[str, str] = field(default_factory=dict[str, str])
    planned: int | None = None
    trials: dict[int, Trial] = field(default_factory=dict[int, Trial])
    seeds: int = 0
    ended: dict[str, Any] | None = None
    importance: dict[str, float] = field(default_factory=dict[str, float])
    members: dict[str, int] = field(default_factory=dict[str, int])
    live: bool = False
    paused: bool = False
    answers: int = 0
    said: str = ""
    until: float | None = None
    at: int | None = None
    axis: int = 0
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

    def send(self, request: str, **values: object) -> None:
        """Ask the sweep for something; it answers in its log. OSError where its folder is gone."""
        send(RunFolder(self.folder.path), request, **values)

    def _take(self, body: Mapping[str, Any]) -> None:
        """Take an event of the log. ValueError or KeyError where it is none."""
        match body["event"]:
            case "sweep_started":
                self.data, self.measure = read(body["data"], str, "data"), read(body["measure"], str, "measure")
                self.space, self.ended = read(body["space"], dict[str, str], "space"), None
                self.members = {}
                self.planned, self.paused, self.seeds = read(body["trials"], int | None, "trials"), False, 0
                left = read(body.get("left"), float | None, "left")
                self.until = None if left is None else left + read(body.get("at", 0.0), float, "at")
            case "trial_started":
                number = read(body["trial"], int, "trial")
                promoted = number in self.trials and self.trials[number].promoted
                self.trials[number] = Trial(number, read(body["run"], str, "run"), _point(body), promoted=promoted)
            case "trial_ended":
                self._end(body)
            case "settings_weighed":
                self.importance = read(body["importance"], dict[str, float], "importance")
            case "sweep_steered":
                self._answer(body)
            case "member_changed":
                name, count = read(body["member"], str, "member"), read(body["trainers"], int, "trainers")
                self.members = {**self.members, name: count}
                if not count:
                    del self.members[name]
            case "seeds_started":
                self.seeds = len(read(body["runs"], list[str], "runs"))
            case "sweep_ended":
                self.ended = dict(body)
                self.importance = read(body.get("importance") or self.importance, dict[str, float], "importance")
            case _:
                pass

    def _end(self, body: Mapping[str, Any]) -> None:
        """Take the end of a trial."""
        number = read(body["trial"], int, "trial")
        trial = self.trials.setdefault(number, Trial(number, read(body["run"], str, "run"), {}))
        trial.point, trial.outcome = _point(body), read(body["outcome"], str, "outcome")
        trial.value = read(body["value"], float | None, "value")
        trial.epochs, trial.planned = (read(body[name], int, name) for name in ("epochs", "planned"))
        trial.seconds, trial.message = read(body["seconds"], float, "seconds"), read(body["message"], str, "message")
        trial.settled = False

    def _answer(self, body: Mapping[str, Any]) -> None:
        """Take what the sweep has done, or not, for somebody."""
        did, number = read(body["did"], str, "did"), read(body.get("trial"), int | None, "trial")
        self.said, self.answers = read(body["message"], str, "message"), self.answers + 1
        if did in ("paused", "resumed"):
            self.paused = did == "paused"
        if did == "more":
            self.planned = read(body["trials"], int | None, "trials")
        if did == "promoted" and number in self.trials:
            self.trials[number].promoted = True

    @property
    def ranked(self) -> list[Trial]:
        """The trials as they stand on the leaderboard: those that were trained to their end, the best first, those that
        are trained, those that were stopped early, and what went wrong."""
        sign = self.sign

        def place(trial: Trial) -> tuple[int, float, int]:
            group = ("complete", "").index(trial.outcome) if trial.outcome in ("complete", "") else 2
            worth = sign * trial.value if trial.value is not None else 0.0
            return group + (group == 2 and trial.value is None), worth, trial.number

        return sorted(self.trials.values(), key=place)

    @property
    def sign(self) -> float:
        """What makes the lower value the better one."""
        return -1.0 if self.measure in BETTER_HIGH else 1.0

    @property
    def current(self) -> Trial | None:
        """The trial under the cursor."""
        return self.ranked[self.place] if self.trials else None

    @property
    def place(self) -> int:
        """Where the trial under the cursor stands on the leaderboard."""
        if self.at not in self.trials:
            return 0
        return next(place for place, trial in enumerate(self.ranked) if trial.number == self.at)

    @property
    def in_sight(self) -> list[Trial]:
        """The trials whose curves are drawn: first the one under the cursor, those that are trained and the best, which
        are told apart; then those that were stopped early and all others, which stand back."""
        ranked = self.ranked
        running = [trial for trial in ranked if not trial.outcome]
        chosen = {trial.number: trial for trial in (*filter(None, [self.current]), *running, *ranked)}
        return list(chosen.values())[:MOST_LINES]

    @property
    def done(self) -> int:
        """How many trials are over."""
        return sum(1 for trial in self.trials.values() if trial.outcome)

    @property
    def best_so_far(self) -> list[float]:
        """The best value behind each trial that was trained to its end, in the order of their numbers."""
        pick = max if self.measure in BETTER_HIGH else min
        values = [one.value for one in self.trials.values() if one.outcome == "complete" and one.value is not None]
        return [pick(values[: place + 1]) for place in range(len(values))]

    def left(self, now: float | None = None) -> float | None:
        """About how many seconds it still takes, by what its trials took so far; None where that is not known. Where
        its time is limited, no more than that."""
        if not self.live or self.paused or self.seeds:
            return None
        limit = None if self.until is None else max(0.0, self.until - (time() if now is None else now))
        took = [trial.seconds for trial in self.trials.values() if trial.outcome and trial.seconds]
        whole = [trial.seconds for trial in self.trials.values() if trial.outcome == "complete"]
        running = sum(1 for trial in self.trials.values() if trial.running)
        if self.planned is None or not took:
            return limit
        waiting = max(0, self.planned - self.done - running / 2)
        reckoned = (waiting * sum(took) / len(took) + LAST_RUNS * max(whole, default=0.0)) / max(1, running)
        return reckoned if limit is None else min(limit, reckoned)

    def move(self, by: int) -> None:
        """Look at another trial."""
        ranked = self.ranked
        if ranked:
            self.at = ranked[max(0, min(self.place + by, len(ranked) - 1))].number
        self.revision += 1

    def next_axis(self) -> None:
        """Show the measure against another setting."""
        self.axis += 1
        self.revision += 1

    @property
    def across(self) -> str:
        """The setting that the measure is shown against."""
        names = list(self.space)
        return names[self.axis % len(names)] if names else ""


def _point(body: Mapping[str, Any]) -> dict[str, Any]:
    """A trial's settings. ValueError where they are none."""
    point = read(body["point"], dict[str, Any], "point")
    if not all(isinstance(value, str | int | float) for value in point.values()):
        raise ValueError("a point is no settings")
    return point
