"""How the layers of a network fare, as plain data: the `health` picture.

One batch of train rows goes forward and backward through the network, and one step is tried; weights, gradients, the
optimiser's memory and all random generators are as before afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ..errors import UsageError
from ..evaluation.answers import evenly
from ..models.members import MembersInput, Periodic, Piecewise
from ..models.modes import evaluating
from ..models.modules import ACTIVATIONS
from .advice import Condition, LayerHealth, findings
from .maps import short

if TYPE_CHECKING:
    from ..training.session import Session

PROBED = 256  # rows
BINS = 16  # of a histogram
MOST_LAYERS = 64  # that are told of
TRAIL = 24  # numbers of each layer that are kept
NEVER = {"ReLU": 0.0}
"""What a unit of these activations answers where it is off, with no gradient at all."""
LIMITS = {"Sigmoid": (0.0, 1.0), "Tanh": (-1.0, 1.0)}
NEAR = 0.03  # of the way from one limit to the other, within which a unit is at its limit
ALWAYS = 0.95  # share of the rows for which a saturated unit is at a limit
LATE, FALLING = 5, 0.9  # epochs, and the share of the loss before them below which it has fallen

_Heard = list[tuple[nn.Module, Tensor]]


@dataclass(frozen=True)
class _Found:
    """One layer as it was heard: the part with the weights, their tensor, the activation behind it if there is one, and
    what comes out of the two, as (values, units) and as the tensor that it is in the graph."""

    part: nn.Module
    weight: nn.Parameter
    activation: nn.Module | None
    output: Tensor


def health(session: Session, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The data of a `health` picture of a training as it stands, whose trails go on from the one `before`. Draws no
    random numbers.

    Keys: rows (probed), loss (of these), chance (the loss of the best single answer to all of them), rate (before any
    schedule), stepped (the last step's, after it), layers, more (layers left out, as those that answer no single tensor
    are, such as an LSTM), and findings (sentences, the gravest first). A layer has name, part,
    activation ("" for none), units, mean and deviation (of its activations), activations and gradients (each a
    histogram: range [low, high] and counts), dead and saturated (shares of its units, null where the activation knows
    none), gradient (norm of its weights'), update (the base-10 logarithm of a step's change to the weights' size, null
    where one of the two is nothing), slope (root mean square of its activations' gradients), same (whether all units
    have the same weights), and trail (update, gradient and off, the newest numbers of each up to now; off is what is
    dead or saturated).
    """
    condition, values, gradients, unheard = _probed(session)
    earlier = {layer["name"]: layer["trail"] for layer in before["layers"]} if before else {}
    shown = list(zip(condition.layers, values, gradients, strict=True))[:MOST_LAYERS]
    return {
        "rows": condition.rows,
        "loss": short(condition.loss),
        "chance": short(condition.chance),
        "rate": short(condition.rate),
        "stepped": short(condition.stepped),
        "layers": [
            {
                **{name: short(value) if isinstance(value, float) else value for name, value in asdict(layer).items()},
                "activations": _histogram(value),
                "gradients": _histogram(gradient),
                "trail": _trail(layer, earlier.get(layer.name, {})),
            }
            for layer, value, gradient in shown
        ],
        "more": len(condition.layers) - len(shown) + unheard,
        "findings": findings(condition, session.config),
    }


def _trail(layer: LayerHealth, earlier: Mapping[str, list[float | None]]) -> dict[str, list[float | None]]:
    """The newest numbers of a layer, the present one last."""
    off = [share for share in (layer.dead, layer.saturated) if share is not None]
    now = {"update": layer.update, "gradient": layer.gradient, "off": max(off, default=None)}
    return {
        name: [*earlier.get(name, [])[1 - TRAIL :], value if value is None else short(value)]
        for name, value in now.items()
    }


def _probed(session: Session) -> tuple[Condition, list[Tensor], list[Tensor], int]:
    """What is known of all layers, of each its activations and their gradients, (values, units), and how many parts
    with weights were not heard."""
    module, rows = session.module, session.prepared.train
    rows = rows.take(evenly(len(rows), PROBED).to(rows.y.device))
    x, heard = session.to_input(rows.x[:]), _Heard()
    device = [x.device] if x.device.type == "cuda" else []
    with torch.random.fork_rng(devices=device), evaluating(module), torch.enable_grad(), _listening(module, heard):
        outputs = module(x)
        loss = session.loss(outputs, rows.y, rows.weights)
    found = _layers(heard)
    parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
    wanted = [*parameters, *(layer.output for layer in found)]
    all_gradients = _gradients(loss, wanted)
    of_parameters = dict(zip(parameters, all_gradients, strict=False))
    gradients = all_gradients[len(parameters) :]
    rate = session.schedule.rate(max(0, session.trained * session.total_steps + session.step - 1))
    updates = tried_step(session, of_parameters, rate)
    layers, values, slopes = list[LayerHealth](), list[Tensor](), list[Tensor]()
    for place, (layer, gradient) in enumerate(zip(found, gradients, strict=True), 1):
        name = "output" if place == len(found) else f"layer {place}"
        value = _by_unit(layer.output.detach(), layer.part)
        slope = _by_unit(torch.zeros_like(layer.output) if gradient is None else gradient, layer.part)
        layers.append(_health_of(name, layer, value, slope, of_parameters.get(layer.weight), updates))
        values.append(value)
        slopes.append(slope)
    condition = Condition(
        layers=layers,
        rows=len(rows),
        loss=loss.item(),
        chance=session.loss(_constant(outputs.detach(), rows.y, session.prepared.task), rows.y, rows.weights).item(),
        rate=session.schedule.lr,
        stepped=rate,
        epoch=session.epoch,
        inputs=_input_sizes(x, session),
        falling=_is_falling(session.history.columns.get("loss_train", ())),
    )
    parts = {layer.part for layer in found}
    unheard = sum(_weight(part) is not None and part not in parts for part in module.modules())
    return condition, values, slopes, unheard


def last_layer(session: Session) -> nn.Module:
    """The part whose weights make the answers. UsageError for a network in which none is heard of."""
    return heard_parts(session)[-1]


def heard_parts(session: Session) -> list[nn.Module]:
    """The parts with weights that mix their inputs, in the order in which they answer. UsageError for a network in
    which none is heard of."""
    x, heard = session.to_input(session.prepared.train.take(torch.tensor([0, 0])).x[:]), _Heard()
    device = [x.device] if x.device.type == "cuda" else []
    module = session.module
    with torch.random.fork_rng(devices=device), evaluating(module), torch.enable_grad(), _listening(module, heard):
        module(x)
    if not (found := _layers(heard)):
        raise UsageError("No layer of this network has weights that mix its inputs, so that there is nothing to see.")
    return [one.part for one in found]


def _layers(heard: _Heard) -> list[_Found]:
    """The layers in the order in which they answered: each part with weights, and the first activation behind it."""
    found: list[_Found] = []
    for part, output in heard:
        if isinstance(part, tuple(ACTIVATIONS.values())):
            last = found[-1] if found else None
            if last is not None and last.activation is None and last.output.shape == output.shape:
                found[-1] = _Found(last.part, last.weight, part, output)
        elif (weight := _weight(part)) is not None:
            found.append(_Found(part, weight, None, output))
    return found


def _weight(part: nn.Module) -> nn.Parameter | None:
    """The weights of a part that mixes its inputs; None of one that does not."""
    if isinstance(part, nn.Embedding | MembersInput | Periodic | Piecewise):
        return None
    return next((one for one in part.parameters(recurse=False) if one.dim() >= 2 and one.requires_grad), None)


@contextmanager
def _listening(module: nn.Module, heard: _Heard) -> Generator[None]:
    """Note what layers and activations give while the module answers."""

    def note(part: nn.Module, _: tuple[Any, ...], output: Any) -> None:
        if isinstance(output, Tensor) and output.dim() >= 2 and output.requires_grad:
            heard.append((part, output))

    parts = (part for part in module.modules() if _weight(part) is not None or type(part) in ACTIVATIONS.values())
    hooks = [part.register_forward_hook(note) for part in parts]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _gradients(loss: Tensor, wanted: Sequence[Tensor]) -> list[Tensor | None]:
    """The gradients of the loss, None for what it does not depend on."""
    if not loss.requires_grad:
        return [None] * len(wanted)
    return list(torch.autograd.grad(loss, wanted, allow_unused=True))


@torch.no_grad()
def tried_step(
    session: Session, gradients: Mapping[nn.Parameter, Tensor | None], rate: float
) -> dict[nn.Parameter, Tensor]:
    """By what a step of the training's optimiser with these gradients would change each parameter: one is taken, and
    taken back."""
    flat, buffers = session.flat, session.optimizer.buffers
    values, grads, memory = flat.values.clone(), flat.grads.clone(), {key: one.clone() for key, one in buffers.items()}
    before = {parameter: parameter.detach().clone() for parameter in gradients}
    try:
        flat.grads.zero_()
        for parameter, gradient in gradients.items():
            if gradient is not None and parameter.grad is not None:
                parameter.grad.copy_(gradient)
        session.optimizer.step(rate)
        return {parameter: parameter.detach() - was for parameter, was in before.items()}
    finally:
        flat.values.copy_(values)
        flat.grads.copy_(grads)
        session.optimizer.restore(memory)


def _health_of(
    name: str,
    layer: _Found,
    value: Tensor,
    slope: Tensor,
    gradient: Tensor | None,
    updates: Mapping[nn.Parameter, Tensor],
) -> LayerHealth:
    """The numbers of one layer, of its activations and their gradients, (values, units)."""
    activation = type(layer.activation).__name__ if layer.activation is not None else ""
    dead = saturated = None
    if activation in NEVER:
        dead = (value == NEVER[activation]).all(0).double().mean().item()
    if activation in LIMITS:
        low, high = LIMITS[activation]
        near = NEAR * (high - low)
        at_limit = ((value < low + near) | (value > high - near)).double().mean(0)
        saturated = (at_limit >= ALWAYS).double().mean().item()
    weight = layer.weight.detach()
    change = (updates[layer.weight].norm() / weight.norm()).item()
    return LayerHealth(
        name=name,
        part=type(layer.part).__name__,
        activation=activation,
        units=value.shape[1],
        mean=value.double().mean().item(),
        deviation=value.double().std(correction=0).item(),
        dead=dead,
        saturated=saturated,
        gradient=0.0 if gradient is None else gradient.norm().item(),
        update=math.log10(change) if 0 < change < math.inf else None,
        slope=slope.double().pow(2).mean().sqrt().item(),
        same=_is_same(layer.part, weight),
    )


def _is_same(part: nn.Module, weight: Tensor) -> bool:
    """Whether all units of a layer that has several listen to the same weights."""
    if weight.dim() != 2 and not isinstance(part, nn.modules.conv._ConvNd):  # pyright: ignore[reportPrivateUsage]
        return False
    return len(weight) > 1 and bool((weight == weight[:1]).all())


def _by_unit(values: Tensor, part: nn.Module) -> Tensor:
    """Values as (values, units): channels are the units of a convolution."""
    conv = isinstance(part, nn.modules.conv._ConvNd)  # pyright: ignore[reportPrivateUsage]
    return (values.movedim(1, -1) if conv else values).flatten(0, -2)


def _constant(outputs: Tensor, targets: Tensor, task: str) -> Tensor:
    """Outputs of the best single answer to all rows."""
    if task == "regression":
        return torch.full_like(outputs, targets.double().mean().item())
    shares = torch.bincount(targets, minlength=outputs.shape[1]).double() / len(targets)
    return shares.clamp(min=1e-12).log().to(outputs.dtype).expand_as(outputs)


def _is_falling(losses: Sequence[float]) -> bool:
    """Whether the loss of the last epoch is clearly below that of some epochs before."""
    return len(losses) > 1 and losses[-1] < FALLING * losses[-min(len(losses), LATE)]


def _input_sizes(x: Tensor, session: Session) -> dict[str, float]:
    """How far from zero the numbers of each input are, as a root mean square; of images in all."""
    schema = session.prepared.schema
    if schema.image is not None:
        return {"pixels": x.double().pow(2).mean().sqrt().item()}
    names = [name for column in schema.columns for name in column.features]
    sizes = x[:, : schema.in_features - len(schema.embeddings)].double().pow(2).mean(0).sqrt().tolist()
    return dict(zip(names, sizes, strict=False))


def _histogram(values: Tensor) -> dict[str, Any]:
    """How finite values are spread: range and counts of equally wide bins."""
    finite = values[values.isfinite()].double().cpu()
    if not len(finite):
        return {"range": [0.0, 0.0], "counts": [0] * BINS}
    low, high = finite.min().item(), finite.max().item()
    wide = high - low
    places = ((finite - low) / wide * BINS).long().clamp(0, BINS - 1) if 0 < wide < math.inf else finite.long() * 0
    return {"range": [short(low), short(high)], "counts": torch.bincount(places, minlength=BINS).tolist()}
