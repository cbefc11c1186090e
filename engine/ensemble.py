"""Ensembles: which of several trained networks answer best together, and those as one network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from .bounds import MOST_PARTS
from .checkpoint import Checkpoint
from .config import ModelConfig
from .data.schema import Schema
from .errors import UsageError
from .evaluation.conformal import shares_of
from .history import History
from .models.families import spec_for

ROUNDS = 25  # of the search, each of which adds a network, one that is among them already included
SMALLEST = 1e-15  # probability, so that a network that is wrong for sure is not infinitely wrong


def together(parts: Sequence[Checkpoint], shares: Sequence[float]) -> Checkpoint:
    """One network that answers the mean of what networks of the same data do, weighted by `shares`, which are 1 in all.

    It was not trained, so that it has neither epochs nor history; all else that a checkpoint says is the first one's.
    Raises UsageError for networks that see other inputs, or answer something else, for those of a user's own, and for
    too many.
    """
    first = parts[0]
    if len(parts) > MOST_PARTS:
        raise UsageError(f"An ensemble has at most {MOST_PARTS} networks, and these are {len(parts)}.")
    for part in parts:
        if part.spec.family in ("ensemble", "custom"):
            raise UsageError("An ensemble is made of nnlab's own single networks.")
        if not alike(first, part):
            raise UsageError("An ensemble is made of networks of the same rows, columns and preparation.")
    schema = first.schema.model_copy(
        update={
            "bins": next((part.schema.bins for part in parts if part.schema.bins), []),
            "limits": next((part.schema.limits for part in parts if part.schema.limits), None),
        }
    )
    models = [part.config.model for part in parts]
    model = ModelConfig(family="ensemble", parts=models, shares=list(shares))
    weights = {
        f"0.parts.{place}.{name}": weight for place, part in enumerate(parts) for name, weight in part.weights.items()
    }
    return replace(
        first,
        config=first.config.model_copy(update={"model": model}),
        schema=schema,
        spec=spec_for(model, schema),
        weights=weights,
        epoch=0,
        history=History(),
        state={},
        refit=any(part.refit for part in parts),
        threshold=None,
        margins=(),
    )


def alike(one: Checkpoint, other: Checkpoint) -> bool:
    """Whether two networks have the same rows, prepared in the same way, and the same target."""
    return one.config.data == other.config.data and _prepared(one.schema) == _prepared(other.schema)


def _prepared(schema: Schema) -> Schema:
    """A schema without what only some networks of the same columns ask for."""
    return schema.model_copy(update={"bins": [], "limits": None})


def best_mix(outputs: Mapping[str, np.ndarray], truth: np.ndarray, *, classes: bool) -> dict[str, float]:
    """The networks that answer these rows best together, with the share of each, by greedy selection with replacement
    (Caruana et al. 2004): the best one, then again and again the one that betters the mean the most, each as often as
    that takes, in 25 rounds; of these the best.

    `outputs` are logits (rows, classes), of which log loss is told, or values (rows, 1), of which the RMSE is.
    """
    names = list(outputs)
    each = np.stack([shares_of(outputs[name]) if classes else outputs[name] for name in names])
    chosen: list[int] = []
    total, best, found = np.zeros_like(each[0]), np.inf, list[int]()
    for count in range(1, ROUNDS + 1):
        errors = [error_of((total + one) / count, truth, classes=classes) for one in each]
        place = int(np.argmin(errors))
        chosen, total = [*chosen, place], total + each[place]
        if errors[place] < best:
            best, found = errors[place], chosen
    return {names[place]: count / len(found) for place, count in Counter(found).most_common()}


def error_of(answers: np.ndarray, truth: np.ndarray, *, classes: bool) -> float:
    """The log loss of probabilities (rows, classes), or the RMSE of values (rows, 1); infinite where there is none."""
    if classes:
        error = float(-np.log(np.maximum(answers[np.arange(len(truth)), truth], SMALLEST)).mean())
    else:
        error = float(np.sqrt(np.square(answers[:, 0] - truth).mean()))
    return error if np.isfinite(error) else np.inf
