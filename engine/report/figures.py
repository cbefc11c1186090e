"""What an evaluation says, as texts and tables: for a page and for a card alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import number_of
from ..evaluation.evaluate import Evaluation
from ..evaluation.failures import Failures
from ..evaluation.importance import groups
from ..evaluation.reliability import Reliability
from ..evaluation.thresholds import ThresholdReport
from ..wording import count, metric_name, number, percent, short

MOST_COLUMNS = 50  # whose importance is told
MOST_VALUES = 8  # of a row that are told
THRESHOLD_HEADS = ("from", "precision", "recall", "F1", "accuracy", "found", "false alarms", "missed")


@dataclass(frozen=True)
class Figures:
    """A table below a sentence; `more` says what it leaves out, or what else should be known of it."""

    text: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    more: Sequence[str] = ()


def figures_of(evaluation: Evaluation, most_classes: int, *, rows: bool = False) -> list[Figures]:
    """All that an evaluation says, the metrics first; of so many classes at most, and with the worst `rows` only where
    that is wanted, since they hold values of the data."""
    found = [_metrics(evaluation)]
    if evaluation.per_class:
        found.append(_classes(evaluation, most_classes))
    if evaluation.reliability:
        found.append(_reliability(evaluation.reliability))
    if evaluation.intervals:
        found.append(_intervals(evaluation))
    if evaluation.threshold:
        found.append(_threshold(evaluation.threshold))
    if evaluation.failures:
        found += [_slices(evaluation.failures), *([_worst(evaluation.failures)] if rows else [])]
    if evaluation.importance:
        found.append(_importance(evaluation))
    return found


def _metrics(evaluation: Evaluation) -> Figures:
    others = {name.replace("_", " "): scores for name, scores in evaluation.baseline.items()}
    said = f"The {count(evaluation.rows)} rows of {evaluation.split} of {evaluation.data}"
    said += f", beside what {' and '.join(others)} reach there:" if others else ":"
    rows = [
        (metric_name(key), number(value), *(number(scores.get(key)) for scores in others.values()))
        for key, value in evaluation.metrics.items()
    ]
    return Figures(said, ("", "network", *others), rows)


def _classes(evaluation: Evaluation, most: int) -> Figures:
    each = list(evaluation.per_class.items())
    rows = [
        (name, *(percent(scores[key]) for key in ("precision", "recall", "f1")), count(scores["support"]))
        for name, scores in each[:most]
    ]
    return Figures("", ("class", "precision", "recall", "F1", "rows"), rows, _more(len(each) - most, "classes"))


def _reliability(honest: Reliability) -> Figures:
    said = f"Honest probabilities: expected calibration error (ECE) {number(honest.ece)}, Brier score "
    said += f"{number(honest.brier)}. Of rows answered with about so much, so many are answered rightly"
    rows = [(percent(one.said), percent(one.right), count(one.rows)) for one in honest.bins]
    return Figures(said + (", though these are few rows:" if honest.few else ":"), ("said", "right", "rows"), rows)


def _intervals(evaluation: Evaluation) -> Figures:
    sets = bool(evaluation.classes)
    said = "How far an answer can be off: intervals of so many percent held for so many of these rows"
    rows = [
        (f"{one.level} %", percent(one.held), number(one.size if sets else one.margin)) for one in evaluation.intervals
    ]
    return Figures(f"{said}:", ("interval", "held", "classes in it" if sets else "a number ±"), rows)


def _threshold(told: ThresholdReport) -> Figures:
    """What a threshold is worth and, below it, a half."""
    said = f"Metrics and matrix are of the most probable class. With the threshold for {told.positive}, {told.said}:"
    rows = [
        (
            f"{judged.threshold:.3g}",
            *(percent(share) for share in (judged.precision, judged.recall, judged.f1, judged.accuracy)),
            *(count(rows) for rows in (judged.true_positives, judged.false_positives, judged.false_negatives)),
        )
        for judged in (told.chosen, told.half)
    ]
    return Figures(said, THRESHOLD_HEADS, rows)


def _slices(told: Failures) -> Figures:
    """Kinds of rows that are surely worse, if there are any."""
    shown = percent if told.measure == "error_rate" else number
    what = "wrong answers" if told.measure == "error_rate" else "the mean absolute error"
    said = f"Where it fails: of {number_of(told.tried, 'kind')} of rows tried,"
    if not told.slices:
        return Figures(f"{said} none is surely worse than the others by {what}.", (), ())
    rows = [
        (one.said, count(one.rows), shown(one.error), f"{shown(one.low)} to {shown(one.high)}", shown(one.others))
        for one in told.slices
    ]
    heads = ("rows where", "rows", "error", "with 95 %", "others")
    return Figures(f"{said} these are surely worse than the others by {what}:", heads, rows)


def _worst(told: Failures) -> Figures:
    """The rows that are answered worst, with their values."""
    first = told.worst[0]
    classes = first.probability is not None
    names = list(first.values)[:MOST_VALUES]
    rows = [
        (
            count(one.row),
            *(value if isinstance(value, str) else number(value) for value in (one.truth, one.answer)),
            percent(one.probability) if one.probability is not None else number(one.off),
            *(_cell(one.values[name]) for name in names),
        )
        for one in told.worst
    ]
    heads = ("row", "truth", "answer", "P(truth)" if classes else "off by", *names)
    left = _more(len(first.values) - MOST_VALUES, "columns")
    return Figures("The rows that are answered worst, numbered as in the data:", heads, rows, left)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _importance(evaluation: Evaluation) -> Figures:
    measure = "log loss" if evaluation.classes else f"RMSE of {evaluation.target}"
    said = f"Which columns matter: by how much the {measure} grows where a column is shuffled, and the band in which"
    rows = [
        (one.column, short(one.worth), f"± {short(one.high - one.worth)}")
        for one in evaluation.importance[:MOST_COLUMNS]
    ]
    left = _more(len(evaluation.importance) - MOST_COLUMNS, "columns, which matter less")
    alike = groups({one.column: one.alike for one in evaluation.importance})
    told = [f"Much alike, so that each alone seems to matter less: {', '.join(group)}." for group in alike]
    return Figures(f"{said} that lies with 95 %:", ("column", "worth", "band"), rows, [*left, *told])


def _more(left: int, what: str) -> list[str]:
    return [f"and {count(left)} more {what}"] if left > 0 else []
