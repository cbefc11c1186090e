"""What `nnlab sweep` prints: a line a trial, the leaderboard at the end, or JSON; and what a dry run tells."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..engine.errors import number_of
from ..engine.sweep.events import (
    Ensemble,
    MemberChanged,
    SeedsStarted,
    SettingsWeighed,
    SweepEnded,
    SweepEvent,
    SweepProgress,
    SweepStarted,
    SweepSteered,
    TrialEnded,
    TrialStarted,
    to_line,
)
from ..engine.wording import duration
from .console import Console
from .progress_line import ProgressLine

if TYPE_CHECKING:
    from ..engine.sweep.plan import Plan
    from ..engine.sweep.space import Value

SHOWN = 8  # configs of a dry run


@dataclass
class Printer:
    """Prints a sweep's events as they come. On a terminal the last line tells how far it is."""

    console: Console
    plan: Plan
    json: bool
    quiet: bool

    def __post_init__(self) -> None:
        rewrites = self.console.stdout.isatty() and os.environ.get("TERM") != "dumb" and not (self.json or self.quiet)
        self.line = ProgressLine(self.console.stdout) if rewrites else None

    def print(self, event: SweepEvent) -> None:
        """Print one. OSError where nobody takes it."""
        if isinstance(event, SweepProgress):
            if self.line is not None:
                self.line.show(_progress(event, self.plan.measure)[: self.console.width - 1])
            return
        if self.line is not None:
            self.line.clear()
        if self.json:
            self.console.print_text(to_line(event) + "\n")
        elif not self.quiet:
            self._say(event)
        self.console.stdout.flush()

    def _say(self, event: SweepEvent) -> None:
        match event:
            case SweepStarted():
                of = number_of(event.trials, "trial") if event.trials else "trials"
                done = f", {event.done:,} of them done" if event.done else ""
                space = "  ".join(f"{name} {values}" for name, values in event.space.items())
                self.console.print_text(f"sweep {event.sweep}  {event.data}  {of}{done}  {space}\n")
            case TrialEnded():
                self.console.print_text(_ended(event, self.plan.measure) + "\n")
            case SeedsStarted():
                self.console.print_text(f"the best are trained with other seeds: {number_of(len(event.runs), 'run')}\n")
            case SweepSteered():
                self.console.print_text(event.message + "\n")
            case MemberChanged():
                joined = f"has joined with {number_of(event.trainers, 'trainer')}"
                what = joined if event.trainers else "is gone: others go on with its trials"
                self.console.print_text(f"{event.member} {what}\n")
            case SweepEnded():
                print_end(event, self.console)
            case TrialStarted() | SweepProgress() | SettingsWeighed():
                pass


def _progress(event: SweepProgress, measure: str) -> str:
    runs = "  ".join(f"{run.rpartition('-')[2]}: {epoch}/{planned or '?'}" for run, epoch, planned in event.running)
    best = f"  best {measure} {event.best:.4g}" if event.best is not None else ""
    return f"{event.done} of {event.of or '?'} trials{best}  {duration(event.seconds)}  epochs of {runs}"


def _ended(event: TrialEnded, measure: str) -> str:
    """A trial's line."""
    reached = f"{measure} {event.value:.4g}" if event.value is not None else f"no {measure}"
    how = {
        "complete": number_of(event.epochs, "epoch"),
        "pruned": f"pruned at epoch {event.epochs} of {event.planned}",
        "stopped": f"stopped at epoch {event.epochs} of {event.planned}",
        "diverged": f"diverged after epoch {event.epochs}",
    }.get(event.outcome, f"{event.outcome}: {event.message}")
    best = "  best so far" if event.best else ""
    number = f"{event.done}/{event.of}" if event.of else f"{event.done}"
    return f"{number}  {event.run}  {reached}  {settings(event.point)}  ({how}; {event.seconds:.1f} s){best}"


def settings(point: Mapping[str, Value]) -> str:
    """A point in a few words."""
    return "  ".join(f"{name} {value}" for name, value in point.items()) or "default settings"


def print_end(ended: SweepEnded, console: Console) -> None:
    """The leaderboard, the winner's test, what mattered, and the command that makes the winner."""
    told = "  ".join(f"{count:,} {outcome}" for outcome, count in ended.outcomes.items())
    console.print_text(f"{number_of(ended.trials, 'trial')} in {duration(ended.seconds)}: {told}\n")
    for note in ended.notes:
        console.warn(note[:1].upper() + note[1:] + ".")
    if ended.stopped or not ended.places:
        return
    console.print_text("\n")
    names = list(dict.fromkeys(name for place in ended.places for name in place.point))
    rows = [
        [
            *(str(number), place.run, f"{place.mean:.4g}", f"{place.deviation:.2g}", str(len(place.values))),
            *(str(place.point.get(name, "" if place.point else "default")) for name in names),
        ]
        for number, place in enumerate(ended.places, start=1)
    ]
    heads = ["", "run", f"valid {ended.measure}", "std", "seeds", *names]
    console.print_table(heads, rows, right=["", f"valid {ended.measure}", "std", "seeds"])
    winner = ended.places[0]
    if ended.test:
        tested = "  ".join(f"{name} {value:.4g}" for name, value in ended.test.items())
        console.print_text(f"\n{winner.run} on the test rows, looked at once: {tested}\n")
    console.print_text(
        f"It was chosen as the best of {ended.trials:,} on the validation rows, so these flatter it; the test rows do"
        " not.\n"
    )
    if ended.ensemble is not None:
        _print_ensemble(ended.ensemble, winner.run, console)
    if ended.importance:
        shares = "  ".join(f"{name} {share:.0%}" for name, share in ended.importance.items())
        console.print_text(f"What made the difference: {shares}\n")
    console.print_text(f"To make it once more: {shlex.join(ended.command)}\n")


def _print_ensemble(ensemble: Ensemble, winner: str, console: Console) -> None:
    """The mix, what it is worth beside the winner, and how to ask it."""
    mixed = "  ".join(f"{run} {share:.0%}" for run, share in ensemble.shares.items())
    told = f"valid {ensemble.measure} {ensemble.valid:.4g}, of {winner} {ensemble.winner:.4g}"
    console.print_text(f"{ensemble.run}, one network: {told}; it is {mixed}\n")
    if ensemble.test:
        tested = "  ".join(f"{name} {value:.4g}" for name, value in ensemble.test.items())
        console.print_text(f"{ensemble.run} on the test rows, looked at once: {tested}\n")


def print_plan(plan: Plan, jobs: int, console: Console, *, json: bool) -> None:
    """What a sweep would try, its first trials, and about how long it takes."""
    from ..engine.sweep.estimate import estimate
    from ..engine.sweep.study import first_points

    points = first_points(plan, SHOWN)
    guess = estimate(plan, jobs)
    if json:
        body: dict[str, Any] = {"space": plan.space.texts(), "trials": plan.most, "first": points, **vars(guess)}
        console.print_json(body)
        return
    console.print_facts(plan.space.texts())
    console.print_text("\n")
    names = list(plan.space.texts())
    rows = [[str(number), *(str(point.get(name, "default")) for name in names)] for number, point in enumerate(points)]
    console.print_table(["trial", *names], rows, right=["trial"])
    of = number_of(plan.most, "trial") if plan.most else "as many trials as there is time for"
    console.print_text(
        f"\n{of}, {jobs} at once; an epoch of the default takes {guess.epoch:.2g} s, so this takes about "
        f"{duration(guess.seconds)} ({duration(guess.longest)} if no trial is stopped early).\n"
    )
