"""The threshold that a network is judged by: its own, or one that is asked for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..checkpoint import Checkpoint
from ..errors import UsageError
from .rules import rule_of
from .thresholds import ThresholdReport, choose, probabilities_of, report, why_not

Validation = Callable[[], tuple[np.ndarray, np.ndarray]]
"""Gives the logits (rows, classes) and class indices (rows,) of the validation rows."""


def threshold_report(
    checkpoint: Checkpoint, wanted: str | None, logits: np.ndarray, truth: np.ndarray, validation: Validation
) -> ThresholdReport | None:
    """What the wanted threshold, or else the network's own, makes of logits (rows, classes), beside a half; None where
    there is neither. `validation` is asked where the rule needs it.

    Raises UsageError for a rule that is none, a network of other than two classes, validation rows that are too few,
    unread or trained on.
    """
    if wanted is None:
        if checkpoint.threshold is None:
            return None
        threshold, said = checkpoint.threshold, "kept with the network"
    else:
        check_two(checkpoint)
        threshold, said = _chosen(checkpoint, wanted, validation)
    return report(checkpoint.schema.classes[1], said, threshold, probabilities_of(logits), truth)


def check_two(checkpoint: Checkpoint) -> None:
    """Raise UsageError unless the network tells two classes."""
    count = len(checkpoint.schema.classes)
    if count != 2:
        found = f"tells {count} classes" if count else "answers a number"
        raise UsageError(f"--threshold is for two classes, and this network {found}: leave it out.")


def _chosen(checkpoint: Checkpoint, wanted: str, validation: Validation) -> tuple[float, str]:
    """The threshold that a rule wants, and where it is from."""
    try:
        rule = rule_of(wanted)
    except ValueError as error:
        raise UsageError(f"--threshold: {error}.") from None
    if rule.kind == "at":
        return rule.at, "as asked for"
    if checkpoint.refit:
        raise UsageError(
            "The validation rows were trained on too (--refit) and can choose no threshold any more: "
            f"give a number, or train with --threshold {wanted}."
        )
    try:
        found, truth = validation()
    except UsageError as error:
        raise UsageError(
            f"No threshold can be chosen on the validation rows ({str(error).removesuffix('.')}): "
            "give a number, as in --threshold 0.3."
        ) from None
    if hindered := why_not(len(truth), len(np.unique(truth))):
        raise UsageError(f"No threshold can be chosen: {hindered}. Give a number, as in --threshold 0.3.")
    return choose(rule, probabilities_of(found), truth), f"{wanted}, on {len(truth):,} validation rows"
