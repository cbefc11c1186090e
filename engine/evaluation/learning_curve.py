"""Would more rows help? What the same network reaches with growing parts of its train rows."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..checkpoint import Checkpoint
from ..errors import UsageError, number_of
from ..wording import duration, metric_name, number

HALVINGS = 4  # of the train rows
FEWEST = 20  # rows of the smallest part
LEAST_PARTS = 3
SEEDS = 3  # trainings of each part, where they take no longer than
PATIENCE = 180.0  # seconds
SPREAD = 4.303  # of a mean of three, as many standard errors hold 95 % (Student's t)
LITTLE = 0.02  # share of the measure that is not worth the trouble

Verdict = Literal["yes", "no", "unsure"]


@dataclass(frozen=True)
class Plan:
    """What is trained: parts of so many rows, each with so many seeds; and how many seconds that takes as far as the
    network's own training tells, None where it does not."""

    sizes: list[int]
    seeds: int
    seconds: float | None

    @property
    def trainings(self) -> int:
        """How many networks are trained."""
        return len(self.sizes) * self.seeds

    def sentence(self) -> str:
        """What is about to be done, and how long it takes."""
        long = "how long is not known" if self.seconds is None else f"about {duration(max(self.seconds, 1.0))}"
        times = f", {self.seeds} times each" if self.seeds > 1 else ""
        return f"training {len(self.sizes)} parts of the train rows{times}: {long}"


@dataclass(frozen=True)
class Part:
    """What networks reach that were trained on so many rows: each, their mean, and the band that holds that with 95 %,
    None of a single one. NaN stands for one that diverged, and is left out of the mean."""

    rows: int
    each: list[float]
    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class LearningCurve:
    """Parts of growing numbers of train rows, all judged on the same validation rows by the `measure`, the smaller the
    better. The `verdict` is on whether more rows would help, by what the last doubling did. Of a network that
    is `unfinished`, best in its last epoch, more steps may do what more rows seem to: each part has as many epochs.
    """

    measure: Literal["loss", "rmse"]
    valid_rows: int
    parts: list[Part]
    verdict: Verdict
    unfinished: bool = False

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return {**vars(self), "parts": [dict(vars(one)) for one in self.parts], "sentence": self.sentence()}

    def sentence(self) -> str:
        """Whether more rows would help, and why."""
        half, whole = self.parts[-2:]
        steps = f"from {half.rows:,} rows to all {whole.rows:,} the {metric_name(self.measure)} "
        steps += f"went from {number(half.mean)} to {number(whole.mean)}"
        if self.verdict == "yes":
            said = f"More rows would probably help: {steps}, in all {len(whole.each)} trainings alike."
            more = " It was best in its last epoch, so that more epochs may do as much: try these first."
            return said + (more if self.unfinished else "")
        if self.verdict == "no":
            return f"More rows would hardly help: {steps}."
        why = (
            "of one training each" if len(whole.each) < SEEDS else f"and chance may explain that (of {SEEDS} trainings)"
        )
        return f"Whether more rows would help is not sure: {steps}, {why}."


def plan_for(checkpoint: Checkpoint, rows: int) -> Plan:
    """The parts of so many train rows, each half of the next. UsageError where there are too few."""
    least = max(FEWEST, 2 * len(checkpoint.schema.classes))
    sizes = [size for size in (rows >> halving for halving in range(HALVINGS, -1, -1)) if size >= least]
    if len(sizes) < LEAST_PARTS:
        raise UsageError(
            f"--learning-curve trains on parts of the train rows, each half of the next, and {number_of(rows, 'row')} "
            f"are too few: it takes {least << (LEAST_PARTS - 1)}."
        )
    once = _seconds(checkpoint)
    share = sum(sizes) / rows
    seeds = SEEDS if once is not None and once * share * SEEDS <= PATIENCE else 1
    return Plan(sizes, seeds, None if once is None else once * share * seeds)


def _seconds(checkpoint: Checkpoint) -> float | None:
    """How long the whole training takes, by its epochs so far."""
    kept = [record.get("seconds", math.nan) for record in checkpoint.history]
    if not kept or not all(map(math.isfinite, kept)):
        return None
    training = checkpoint.config.training
    epochs = training.epochs if training.early_stop is None else min(training.epochs, len(kept) + training.early_stop)
    return statistics.fmean(kept) * epochs


def curve_of(
    measure: Literal["loss", "rmse"],
    valid_rows: int,
    reached: Mapping[int, Sequence[float]],
    *,
    unfinished: bool = False,
) -> LearningCurve:
    """The curve of what was reached with each number of rows, one value a seed, the same seeds in the same order."""
    parts = [_part(rows, list(each)) for rows, each in sorted(reached.items())]
    return LearningCurve(measure, valid_rows, parts, _verdict(*parts[-2:]), unfinished)


def _part(rows: int, each: list[float]) -> Part:
    known = [value for value in each if math.isfinite(value)]
    mean = statistics.fmean(known) if known else math.nan
    if len(known) < SEEDS:
        return Part(rows, each, mean, None, None)
    error = _error(known)
    return Part(rows, each, mean, max(0.0, mean - error), mean + error)


def _error(values: Sequence[float]) -> float:
    return SPREAD * statistics.stdev(values) / math.sqrt(len(values))


def _verdict(half: Part, whole: Part) -> Verdict:
    """By what each seed gained from the last doubling."""
    gains = [one - other for one, other in zip(half.each, whole.each, strict=True)]
    if len(gains) < SEEDS or not all(map(math.isfinite, gains)):
        return "unsure"
    gain, error = statistics.fmean(gains), _error(gains)
    if gain - error > 0 and min(gains) > 0:
        return "yes"
    return "no" if gain + error < LITTLE * whole.mean else "unsure"
