"""Several small networks as one module, with the loss and the optimiser of each, over rows of one flat buffer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import prod
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..models import plan
from ..models.layers import Dropout
from ..models.modules import ACTIVATIONS
from ..models.spec import ModelSpec
from .decay import decayed
from .flat import ALIGNMENT, FlatParameters
from .losses import loss_name
from .optimizers import BETA1, EPS, Optimizer, Rate
from .session import Session


@dataclass
class Draws:
    """Random numbers of steps over batches of so many rows, drawn ahead as each network alone would draw them: for its
    dropout `words` (steps, networks, int64), and for the `noise` of its inputs (steps, networks, rows, inputs)."""

    rows: int
    widths: Sequence[int]
    words: Tensor | None
    noise: Tensor | None
    deviation: float

    def draw(self, place: int, steps: int) -> None:
        """Draw those of a network's next steps from the process's generator."""
        if self.noise is None:
            if self.words is not None:
                count = self.words.shape[2]
                drawn = torch.empty(steps * count, dtype=torch.int64).random_(-(2**63), None)
                self.words[:steps, place] = drawn.view(steps, count)
            return
        for step in range(steps):
            noise = self.noise[step, place]
            noise.copy_(torch.normal(0.0, self.deviation, noise.shape))
            if self.words is not None:
                begin = 0
                for width in self.widths:
                    count = words_of(self.rows, width)
                    drawn = torch.empty(count, dtype=torch.int64).random_(-(2**63), None)
                    self.words[step, place, begin : begin + count] = drawn
                    begin += count


def words_of(rows: int, width: int) -> int:
    """How many int64 a `Dropout` draws for a batch."""
    return -(-rows * width // 4)


@dataclass(frozen=True)
class Layout:
    """Where the parameters of several networks lie: `shapes` by their names, `places` within one network's own flat
    parameters, of `size`, and `begins` within those of all `count` networks, where each is (count, *shape)."""

    count: int
    size: int
    shapes: dict[str, tuple[int, ...]]
    places: dict[str, int]
    begins: dict[str, int]
    total: int

    @classmethod
    def of(cls, session: Session, count: int) -> Layout:
        """For networks like this training's."""
        named, flat = dict(session.module.named_parameters()), session.flat.values
        block = ALIGNMENT // flat.element_size()
        lengths = [-(-count * one.numel() // block) * block for one in named.values()]
        begins = dict(zip(named, accumulate(lengths, initial=0), strict=False))
        places = {name: int(one.storage_offset() - flat.storage_offset()) for name, one in named.items()}
        shapes = {name: tuple(one.shape) for name, one in named.items()}
        return cls(count, len(flat), shapes, places, begins, sum(lengths))

    def flatten(self) -> FlatParameters:
        """Memory for all parameters and their gradients."""
        count = self.count * sum(map(prod, self.shapes.values()))
        return FlatParameters(torch.zeros(self.total), torch.zeros(self.total), tuple(self.shapes), count)

    def rows(self) -> Tensor:
        """Memory for each network's own flat parameters, (count, size)."""
        return torch.zeros(self.count, self.size)

    def view(self, name: str, joined: Tensor) -> Tensor:
        """A parameter of all, (count, *shape), in `joined` (total,)."""
        shape, begin = self.shapes[name], self.begins[name]
        return joined[begin : begin + self.count * prod(shape)].view(self.count, *shape)

    def join(self, rows: Tensor, joined: Tensor) -> None:
        """Copy from `rows` (count, size) to `joined` (total,)."""
        for name, place in self.places.items():
            own = self.view(name, joined).view(self.count, -1)
            own.copy_(rows[:, place : place + own.shape[1]])

    def part(self, joined: Tensor) -> Tensor:
        """Copy from `joined` (total,) to rows (count, size)."""
        rows = self.rows()
        for name, place in self.places.items():
            own = self.view(name, joined).view(self.count, -1)
            rows[:, place : place + own.shape[1]] = own
        return rows

    def owners(self) -> Tensor:
        """Whose each number of `joined` is, int64 (total,); of those that are nobody's, the first one's."""
        owners = torch.zeros(self.total, dtype=torch.int64)
        for name in self.shapes:
            own = self.view(name, owners).view(self.count, -1)
            own.copy_(torch.arange(self.count).unsqueeze(1).expand_as(own))
        return owners


class PackedNetwork(nn.Module):
    """Networks of one spec side by side: (networks * rows, in_features), the rows of each after those of another, to
    (networks * rows, out_features), in training. `place` says which of the draws is the present step's, `drawn` how
    many random numbers a row takes.
    """

    def __init__(self, spec: ModelSpec, layout: Layout, flat: FlatParameters, place: Tensor) -> None:
        super().__init__()
        self.count, self.spec, self.place = layout.count, spec, place
        self.layers = list(plan.plan(spec))
        self.placed = nn.ParameterDict()
        self.draws: dict[int, Draws] = {}
        self.widths = [
            cast(plan.Linear | plan.Noisy, self.layers[number - 2]).after
            for number, layer in enumerate(self.layers)
            if isinstance(layer, plan.Dropped)
        ]
        self.drawn = sum(self.widths) + (spec.inputs if spec.family == "noisy-mlp" else 0)
        self.bound = torch.zeros(len(self.widths), self.count, 1, 1, dtype=torch.int16)
        self.scale = torch.zeros(len(self.widths), self.count, 1, 1)
        for name in layout.shapes:
            parameter = nn.Parameter(layout.view(name, flat.values))
            parameter.grad = layout.view(name, flat.grads)
            self.placed[name.replace(".", "_")] = parameter

    def use_dropout(self, place: int, layers: Sequence[Dropout]) -> None:
        """Drop in one of the networks as its own layers do at present."""
        for number, layer in enumerate(layers):
            self.bound[number, place] = layer.bound
            self.scale[number, place] = layer.scale

    def draws_for(self, rows: int, steps: int) -> Draws | None:
        """Where the random numbers of steps over so many rows go; None where none are drawn."""
        noise = self.spec.noise if self.spec.family == "noisy-mlp" else 0.0
        if not self.widths and not noise:
            return None
        if rows not in self.draws:
            count = sum(words_of(rows, width) for width in self.widths)
            words = torch.zeros(steps, self.count, count, dtype=torch.int64) if self.widths else None
            inputs = torch.zeros(steps, self.count, rows, self.spec.inputs) if noise else None
            self.draws[rows] = Draws(rows, self.widths, words, inputs, noise)
        return self.draws[rows]

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        x = x.unflatten(0, (self.count, -1))
        rows = x.shape[1]
        draws, dropped, begin = self.draws.get(rows), 0, 0
        bits = noise = None
        if draws is not None and draws.words is not None:
            bits = draws.words.index_select(0, self.place).view(self.count, -1).view(torch.int16)
        if draws is not None and draws.noise is not None:
            noise = draws.noise.index_select(0, self.place).view(self.count, rows, -1)
        for number, layer in enumerate(self.layers):
            match layer:
                case plan.Linear():
                    x = self._linear(number, "weight", "bias", x)
                case plan.Noisy():
                    x = self._linear(number, "w", "b", x if noise is None else x + noise)
                case plan.Activated(activation):
                    x = ACTIVATIONS[activation]()(x)
                case plan.Dropped():
                    assert bits is not None
                    width = self.widths[dropped]
                    drawn = bits[:, begin : begin + rows * width].view(self.count, rows, width)
                    mask = torch.lt(drawn, self.bound[dropped], out=torch.empty_like(x, requires_grad=False))
                    x = x * mask.mul_(self.scale[dropped])
                    begin, dropped = begin + 4 * words_of(rows, width), dropped + 1
                case _:
                    raise TypeError(f"no network of a pack has a layer {layer}")
        return x.flatten(0, 1)

    def _linear(self, number: int, weight: str, bias: str, x: Tensor) -> Tensor:
        added = self.placed[f"{number}_{bias}"].unsqueeze(1)
        return torch.baddbmm(added, x, self.placed[f"{number}_{weight}"].transpose(1, 2))


class PackedLoss:
    """The losses (networks,) of outputs (networks * rows, out_features): each a mean over its own rows."""

    def __init__(self, sessions: Sequence[Session]) -> None:
        config = sessions[0].config.training
        self.count = len(sessions)
        self.name = loss_name(config, sessions[0].prepared.task)
        self.delta = config.huber_delta
        smoothing = [one.config.training.label_smoothing for one in sessions]
        self.smoothing = torch.tensor(smoothing).unsqueeze(1) if any(smoothing) else None

    def __call__(self, outputs: Tensor, wanted: Tensor, weights: Tensor | None = None, /) -> Tensor:  # noqa: ARG002
        """As the class says; no row has a weight."""
        match self.name:
            case "cross-entropy":
                each = F.cross_entropy(outputs, wanted, reduction="none").view(self.count, -1)
                if self.smoothing is not None:
                    even = -outputs.log_softmax(1).mean(1).view(self.count, -1)
                    each = each * (1 - self.smoothing) + even * self.smoothing
            case "mse":
                each = (outputs.squeeze(1) - wanted).square().view(self.count, -1)
            case "mae":
                each = (outputs.squeeze(1) - wanted).abs().view(self.count, -1)
            case _:
                each = F.huber_loss(outputs.squeeze(1), wanted, reduction="none", delta=self.delta)
                each = each.view(self.count, -1)
        return each.mean(1)


def packed_optimizer(
    sessions: Sequence[Session], layout: Layout, flat: FlatParameters, rates: Tensor, place: Tensor
) -> Optimizer:
    """The optimiser of all, over their flat parameters. Its rates are in `rates` (steps, networks), of which `place`
    tells the present step's and is moved on; what it is told as a rate has no effect. Its memory is that of one
    training's, for each number of all."""
    config, values, grads = sessions[0].config.training, flat.values, flat.grads
    buffers = {
        name: torch.zeros_like(values) if kept.dim() else torch.zeros(())
        for name, kept in sessions[0].optimizer.buffers.items()
    }
    owners, change = layout.owners(), torch.zeros_like(values)
    decays = _decays(sessions, layout, owners)
    before = _before(config.l1, config.clip, layout, owners, flat)
    average, square, taken = (buffers.get(name) for name in ("exp_avg", "exp_avg_sq", "step"))

    def step(_: Rate) -> None:
        lr = rates.index_select(0, place).squeeze(0).index_select(0, owners)
        before()
        if decays is not None and config.optimizer == "adamw":
            values.addcmul_(values * decays, lr, value=-1)
        elif decays is not None:
            grads.addcmul_(values, decays)
        if taken is not None:
            assert average is not None
            assert square is not None
            change.zero_()
            taken.add_(1)
            torch._fused_adam_(
                [change],
                [grads],
                [average],
                [square],
                [],
                [taken],
                lr=1.0,
                beta1=BETA1,
                beta2=config.beta2,
                weight_decay=0.0,
                eps=EPS,
                amsgrad=False,
                maximize=False,
            )
            values.addcmul_(change, lr)
        else:
            values.addcmul_(_with_momentum(), lr, value=-1)
        place.add_(1)

    def _with_momentum() -> Tensor:
        if not config.momentum:
            return grads
        momentum = buffers["momentum"]
        momentum.mul_(config.momentum).add_(grads)
        return grads.add(momentum, alpha=config.momentum) if config.nesterov else momentum

    return Optimizer(step, {**buffers, "place": place})


def _decays(sessions: Sequence[Session], layout: Layout, owners: Tensor) -> Tensor | None:
    """The weight decay of each number; None where there is none."""
    config = sessions[0].config.training
    each = torch.tensor([one.config.training.weight_decay for one in sessions])
    if not each.any():
        return None
    if config.decay != "weights":
        return each[owners]
    mask = torch.zeros(layout.total)
    layout.join(decayed(sessions[0].module, sessions[0].flat).expand(layout.count, -1), mask)
    return each[owners] * mask


def _before(l1: float, clip: float | None, layout: Layout, owners: Tensor, flat: FlatParameters) -> Callable[[], None]:
    """What happens to the gradients first: the L1 penalty's share, then clipping to a norm, of each network's own."""
    values, grads = flat.values, flat.grads
    parts = [layout.view(name, grads).view(layout.count, -1) for name in layout.shapes]

    def before() -> None:
        if l1:
            grads.add_(values.sign(), alpha=l1)
        if clip is not None:
            norms = torch.stack([part.norm(dim=1) for part in parts]).norm(dim=0)
            grads.mul_((clip / (norms + 1e-6)).clamp_(max=1.0).index_select(0, owners))

    return before
