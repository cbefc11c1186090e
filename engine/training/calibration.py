"""Temperature: how much less, or more, sure a trained network should be of its classes, told by its validation rows."""

from __future__ import annotations

import math
import re

import torch
from torch import Tensor, nn

from ..config import Config
from ..data.prepared import Rows
from ..errors import UsageError, number_of
from ..evaluation.answers import ToInput, answers, evenly, joined

FEWEST = 200  # validation rows, of which a temperature is learnt
MOST_ROWS = 5_000  # that it is learnt of
REACH = 8.0  # the temperature is between 1 / 8 and 8
PART = re.compile(r"[0-9]+\.parts\.[0-9]+\.")  # how the names of its weights begin
STEPS = 25  # of the search, each of which leaves less than two thirds
CHANCE = 2.0  # gain in the log likelihood of all rows that chance alone brings in one of twenty networks


def check_calibrated(config: Config, classes: int) -> None:
    """Raise UsageError where answers are to be calibrated and cannot be."""
    if not config.training.calibrate:
        return
    if not classes:
        raise UsageError("--calibrate is for classes, and this data set's target is a number: leave it out.")
    if config.model.family == "custom":
        raise UsageError("--calibrate is for nnlab's own networks, of which it knows the last layer: leave it out.")
    if config.training.final == "last":
        raise UsageError("--calibrate changes the best checkpoint: leave out --final last, or --calibrate.")


def temperature(module: nn.Module, rows: Rows | None, to_input: ToInput) -> tuple[float, str]:
    """By what the logits of one of nnlab's own networks are to be divided, told by validation rows, and what to say of
    it; 1 where there are too few of them, or no other brings more than chance."""
    count = 0 if rows is None else len(rows)
    if rows is None or count < FEWEST:
        return 1.0, f"not calibrated: {number_of(count, 'validation row')}, and it takes {FEWEST}"
    chosen = rows.take(evenly(count, MOST_ROWS))
    logits = member_logits(module, chosen, to_input)
    found = best_temperature(logits, chosen.y)
    before, after = (log_loss(logits, chosen.y, each) for each in (1.0, found))
    if (before - after) * len(chosen) < CHANCE:
        said = f"by {number_of(len(chosen), 'validation row')} no other temperature is surely better"
        return 1.0, f"the best answers stay as they are: {said}"  # they may have been calibrated before
    return (
        found,
        f"calibrated: temperature {found:.3g}, log loss of validation rows {after:.4g} in place of {before:.4g}",
    )


def member_logits(module: nn.Module, rows: Rows, to_input: ToInput) -> Tensor:
    """The logits of each member, (members, rows, classes), of one of nnlab's own networks."""
    each = list[Tensor]()
    together = joined(list(answers(module, rows.x, to_input, members=each.append)))
    return (torch.cat(each, 1) if each else together.unsqueeze(0)).double()


def log_loss(logits: Tensor, wanted: Tensor, temperature: float) -> float:
    """The mean log loss of the members' mean, their logits (members, rows, classes) divided by the temperature."""
    shares = (logits / temperature).log_softmax(2).logsumexp(0) - math.log(len(logits))
    return -shares.gather(1, wanted.unsqueeze(1)).mean().item()


def best_temperature(logits: Tensor, wanted: Tensor) -> float:
    """The temperature of the least log loss, by golden-section search over its logarithm."""
    golden = (math.sqrt(5) - 1) / 2
    low, high = -math.log(REACH), math.log(REACH)
    for _ in range(STEPS):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if log_loss(logits, wanted, math.exp(left)) < log_loss(logits, wanted, math.exp(right)):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)


def tempered(weights: dict[str, Tensor], temperature: float) -> dict[str, Tensor]:
    """The weights of one of nnlab's own networks, whose logits are divided by the temperature: those of its last layer,
    which are its last two, and of each part's where it is made of parts, so that all who ask the network are given
    calibrated answers."""
    parts: dict[str, list[str]] = {}
    for name in weights:
        found = PART.match(name)
        parts.setdefault(found[0] if found else "", []).append(name)
    return weights | {name: weights[name] / temperature for names in parts.values() for name in names[-2:]}
