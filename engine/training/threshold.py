"""From which probability on a trained network answers the second of two classes, told by its validation rows."""

from __future__ import annotations

import math

from torch import nn

from ..config import Config
from ..data.prepared import Rows
from ..data.schema import Schema
from ..errors import UsageError
from ..evaluation.answers import ToInput, answer
from ..evaluation.rules import HALF, rule_of
from ..evaluation.thresholds import Judged, choose, judge, probabilities_of, why_not


def check_threshold(config: Config, schema: Schema) -> None:
    """Raise UsageError where a threshold is asked for and cannot be."""
    if config.training.threshold is None:
        return
    if len(schema.classes) != 2:
        found = f"has {len(schema.classes)} classes" if schema.classes else "is a number"
        raise UsageError(f"--threshold is for two classes, and {schema.target!r} {found}: leave it out.")
    if config.training.final == "last":
        raise UsageError("--threshold is kept with the best checkpoint: leave out --final last, or --threshold.")


def threshold(
    wanted: str, module: nn.Module, rows: Rows | None, to_input: ToInput, classes: list[str]
) -> tuple[float | None, str]:
    """The threshold that a rule, as it is written, wants for the answers to validation rows, and what to say of it;
    None where there are too few of them."""
    rule = rule_of(wanted)
    if rule.kind == "at":
        return rule.at, f"threshold: {classes[1]!r} is answered from a probability of {rule.at:g} on"
    count, occurring = (0, 0) if rows is None else (len(rows), len(rows.y.unique()))
    hindered = why_not(count, occurring)
    if rows is None or hindered:
        return None, f"the threshold stays {HALF}: {hindered}"
    truth = rows.y.cpu().numpy()
    probabilities = probabilities_of(answer(module, rows.x, to_input).double().cpu().numpy())
    found = choose(rule, probabilities, truth)
    after, before = (judge(one, probabilities, truth) for one in (found, HALF))
    told = f"threshold: {classes[1]!r} is answered from a probability of {found:.3g} on ({wanted}); of validation rows "
    return found, f"{told}{_worth(after)}, at {HALF} {_worth(before)}"


def _worth(judged: Judged) -> str:
    """Precision and recall, in words; there is no precision where the class is never answered."""
    if math.isnan(judged.precision):
        return "it is never answered"
    return f"precision {judged.precision:.3g} and recall {judged.recall:.3g}"
