"""One row through a small network and back, number by number: forward, loss, chain rule, update.

The numbers are worked out here by hand, in float64; that they are autograd's is a test.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import UsageError
from ..models.layers import NoisyLinear
from ..models.modules import ACTIVATIONS
from ..training.losses import total_weight
from .health import tried_step
from .small import FAMILIES, MOST_LAYERS, MOST_UNITS

if TYPE_CHECKING:
    from ..data.dataset import SplitName
    from ..training.session import Session

Numbers = list[float]
Table = list[Numbers]


@dataclass(frozen=True)
class WorkedLayer:
    """What happens in one layer, forward and back. `weights`, `gradients` and `changes` (what a step of the run's
    optimiser does) are (units, inputs), `biases` and those of theirs (units,). A unit sums its inputs times its weights
    and its bias up to `sums`; `answers` are what the `activation` ("" for none) makes of these, `slopes` how steep it
    is there. `asked` is the gradient of the loss by the answers, `blame` by the sums."""

    name: str
    activation: str
    inputs: Numbers
    weights: Table
    biases: Numbers
    sums: Numbers
    answers: Numbers
    slopes: Numbers
    asked: Numbers
    blame: Numbers
    gradients: Table
    bias_gradients: Numbers
    changes: Table
    bias_changes: Numbers


@dataclass(frozen=True)
class Worked:
    """A whole row, after `epoch` epochs. `names` are the inputs', `truth` the class or value that is right, `shares`
    the classes' probabilities (none for a value), `classes` their names; the loss is of this row alone, called
    `loss_name`."""

    epoch: int
    row: int
    split: str
    rows: int
    names: list[str]
    classes: list[str]
    truth: str
    loss_name: str
    loss: float
    shares: Numbers
    rate: float
    optimizer: str
    layers: list[WorkedLayer]

    def to_json(self) -> dict[str, Any]:
        """All of it as plain data."""
        return asdict(self)


def worked(session: Session, row: int, split: SplitName = "train") -> Worked:
    """The network as it is now on one row of a split, counted from 1. Nothing of the training changes.

    Raises UsageError for a network that is too large to be followed, or of parts that are not linear layers and
    activations, and for a row or a split that there is not.
    """
    prepared, schema = session.prepared, session.prepared.schema
    linear, activation = _parts(session)
    if split not in prepared.splits:
        raise UsageError(f"There are no {split} rows: use {' or '.join(prepared.splits)}.")
    rows = prepared.splits[split]
    if not 1 <= row <= len(rows):
        raise UsageError(f"There is no {split} row {row:,}: choose one from 1 to {len(rows):,}.")
    one = rows.take(torch.tensor([row - 1]))
    if schema.classes and not total_weight(session.loss, one.y):
        raise UsageError(
            f"The class of {split} row {row:,}, {schema.classes[int(one.y[0])]}, has a weight of 0 in --class-weights, "
            "so that nothing is learnt of it: choose a row of another class."
        )
    given = [one.x[:].double().cpu().numpy()[0]]
    sums, slopes = list[np.ndarray](), list[np.ndarray]()
    weights = [(_array(weight), _array(bias)) for weight, bias in linear]
    for place, (weight, bias) in enumerate(weights):
        sums.append(weight @ given[-1] + bias)
        answer, slope = _activated(sums[-1], activation if place < len(weights) - 1 else None)
        given.append(answer)
        slopes.append(slope)
    with torch.enable_grad():
        outputs = torch.tensor(given[-1][None], dtype=_exact(one.y.device), device=one.y.device, requires_grad=True)
        loss = session.loss(outputs, one.y if schema.classes else one.y.to(outputs), None)
        asked = torch.autograd.grad(loss, outputs)[0].double().cpu().numpy()[0]
    if not (math.isfinite(loss.item()) and np.isfinite(asked).all()):
        raise UsageError("The network's numbers are beyond all bounds: the training has gone wrong.")
    layers = list[WorkedLayer]()
    gradients = dict[nn.Parameter, Tensor | None]()
    for place in reversed(range(len(weights))):
        (weight, bias), (own_weight, own_bias) = weights[place], linear[place]
        blame = asked * slopes[place]
        by_weight = np.outer(blame, given[place])
        gradients[own_weight] = torch.from_numpy(by_weight).to(own_weight)
        gradients[own_bias] = torch.from_numpy(blame.copy()).to(own_bias)
        last = place == len(weights) - 1
        layers.insert(
            0,
            WorkedLayer(
                name="output" if last else f"layer {place + 1}",
                activation="" if last or activation is None else type(activation).__name__,
                inputs=given[place].tolist(),
                weights=weight.tolist(),
                biases=bias.tolist(),
                sums=sums[place].tolist(),
                answers=given[place + 1].tolist(),
                slopes=slopes[place].tolist(),
                asked=asked.tolist(),
                blame=blame.tolist(),
                gradients=by_weight.tolist(),
                bias_gradients=blame.tolist(),
                changes=[],
                bias_changes=[],
            ),
        )
        asked = weight.T @ blame
    rate = session.schedule.lr
    changes = tried_step(session, gradients, rate)
    whole = [
        WorkedLayer(
            **{**vars(layer), "changes": _array(changes[w]).tolist(), "bias_changes": _array(changes[b]).tolist()}
        )
        for layer, (w, b) in zip(layers, linear, strict=True)
    ]
    named = [name for column in schema.columns for name in column.features]
    value = one.y[0].item()
    return Worked(
        epoch=session.epoch,
        row=row,
        split=split,
        rows=len(rows),
        names=named,
        classes=list(schema.classes),
        truth=schema.classes[int(value)] if schema.classes else f"{value:.4g}",
        loss_name=_loss_name(session),
        loss=loss.item(),
        shares=_shares(given[-1]) if schema.classes else [],
        rate=rate,
        optimizer=session.config.training.optimizer,
        layers=whole,
    )


def _parts(session: Session) -> tuple[list[tuple[nn.Parameter, nn.Parameter]], nn.Module | None]:
    """Weights and biases of the linear layers in order, and the activation behind all but the last."""
    family, schema = session.config.model.family, session.prepared.schema
    if family not in FAMILIES or schema.image is not None or schema.embeddings:
        what = "on images" if schema.image is not None else "with embeddings" if schema.embeddings else f"like {family}"
        raise UsageError(f"A network {what} cannot be worked out by hand: use a linear one or an mlp, as for xor.")
    linear = [part for part in session.module.modules() if isinstance(part, nn.Linear | NoisyLinear)]
    widest = max(schema.in_features, *(part.out_features for part in linear))
    if widest > MOST_UNITS or len(linear) > MOST_LAYERS:
        raise UsageError(
            f"The network is too large to be followed number by number: it has {len(linear)} layers and up to {widest} "
            f"units, and {MOST_LAYERS} layers of {MOST_UNITS} are the most; train one with --hidden 4."
        )
    kinds = tuple(ACTIVATIONS.values())
    activation = next((part for part in session.module.modules() if isinstance(part, kinds)), None)
    parameters = [list(part.parameters(recurse=False)) for part in linear]
    return [(weight, bias) for weight, bias in parameters], activation


def _activated(sums: np.ndarray, activation: nn.Module | None) -> tuple[np.ndarray, np.ndarray]:
    """What an activation makes of sums, and how steep it is there."""
    if activation is None:
        return sums.copy(), np.ones_like(sums)
    with torch.enable_grad():
        given = torch.tensor(sums, requires_grad=True)
        answer = activation(given)
        slope = torch.autograd.grad(answer.sum(), given)[0]
    return answer.detach().numpy(), slope.numpy()


def _exact(device: torch.device) -> torch.dtype:
    """The most exact numbers that a device has."""
    return torch.float32 if device.type == "mps" else torch.float64


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().double().cpu().numpy()


def _shares(outputs: Sequence[float] | np.ndarray) -> Numbers:
    """Softmax: the classes' probabilities."""
    most = max(outputs)
    powers = [math.exp(one - most) for one in outputs]
    return [one / sum(powers) for one in powers]


def _loss_name(session: Session) -> str:
    """What the loss is called, where its formula is the plain one."""
    training = session.config.training
    if session.prepared.schema.classes:
        plain = not training.label_smoothing and training.class_weights == "none"
        return "cross-entropy" if plain else "weighted cross-entropy"
    return "mse" if training.loss == "auto" else training.loss
