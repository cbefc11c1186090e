"""A network's layers as lines of Python: the body of a module's `forward`."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ..config import Activation
from ..models import plan
from ..models.spec import ModelSpec

ACTIVATIONS: dict[Activation, str] = {
    "relu": "F.relu(x)",
    "sigmoid": "torch.sigmoid(x)",
    "tanh": "torch.tanh(x)",
    "gelu": "F.gelu(x)",
    "silu": "F.silu(x)",
    "leaky-relu": "F.leaky_relu(x)",
    "elu": "F.elu(x)",
    "selu": "F.selu(x)",
    "mish": "F.mish(x)",
}


def forward_of(spec: ModelSpec) -> Iterator[str]:
    """The lines that map `x`, prepared rows (rows, in_features) or images (rows, channels, height, width), to outputs
    (rows, out_features). Within layers of several members it is (members, rows, features)."""
    for place, layer in enumerate(plan.plan(spec)):
        yield from _lines(layer, f"self.layer{place}_")


def _lines(layer: plan.AnyLayer, own: str) -> Iterator[str]:
    match layer:
        case plan.Flatten():
            yield "x = x.flatten(1)"
        case plan.Activated(activation):
            yield f"x = {ACTIVATIONS[activation]}"
        case plan.Dropped(p):
            yield f"x = F.dropout(x, {p!r}, self.training)"
        case plan.Halved():
            yield "x = F.max_pool2d(x, 2)"
        case plan.Convolved():
            yield f"x = F.conv2d(x, {own}weight, {own}bias, padding=1)"
        case plan.Linear():
            yield f"x = F.linear(x, {own}weight, {own}bias)"
        case plan.Noisy(noise=noise):
            yield f"x = F.linear(x + {noise!r} * torch.randn_like(x) if self.training else x, {own}w, {own}b)"
        case plan.Embedded(dense, embeddings):
            yield f"x, indices = x[:, :{dense}], x[:, {dense}:].long()"
            vectors = [f"{own}embeddings_{each}_weight[indices[:, {each}]]" for each in range(len(embeddings))]
            yield f"x = torch.cat([x, {', '.join(vectors)}], 1)"
        case plan.Parted():
            yield from _parted(layer, own)
        case plan.Joined(members=members, after=after, limits=limits):
            yield f"x = x @ {own}weight + {own}bias"
            if after > 1:
                yield f"x = x.log_softmax(2).logsumexp(0) - {math.log(members)!r}  # the mean of {members} members"
            else:
                clamped = "" if limits is None else f".clamp({limits[0]!r}, {limits[1]!r})"
                yield f"x = x.mean(0){clamped}  # of {members} members"
        case plan.Each():
            yield f"x = x @ {own}weight + {own}bias"
        case plan.Blended():
            yield from _blended(layer, own)


def _blended(layer: plan.Blended, own: str) -> Iterator[str]:
    """Whole networks beside each other, each given the same, and the mean of what they answer."""
    place = own.removeprefix("self.layer")
    given, answers = f"given_{place}".rstrip("_"), f"answers_{place}".rstrip("_")
    yield f"{given}, {answers} = x, []"
    for part, share in enumerate(layer.shares):
        yield f"x = {given}"
        for number, inner in enumerate(layer.parts[part]):
            yield from _lines(inner, f"{own}parts_{part}_{number}_")
        weighted = f"x.log_softmax(1) + {math.log(share)!r}" if layer.after > 1 else f"x * {share!r}"
        yield f"{answers}.append({weighted})  # {share:.3g} of the answer"
    yield f"x = torch.stack({answers}).{'logsumexp' if layer.after > 1 else 'sum'}(0)"


def _parted(layer: plan.Parted, own: str) -> Iterator[str]:
    """What each member is given: numbers embedded, and all that comes of a column scaled in the member's way."""
    count, width = 0, 1
    parts: list[str] = []
    match layer.numbers:
        case plan.Waves(sets, count):
            width = 1 + plan.MIXES
            yield f"column = x[:, :{count}].T[None, :, :, None]  # 1, numbers, rows, 1"
            yield f"waves = torch.cos(2 * math.pi * column * {own}numbers_frequency + {own}numbers_phase)"
            yield f"mixed = waves @ {own}numbers_weight + {own}numbers_bias"
            yield f"each = torch.cat([column.expand({sets}, -1, -1, -1), mixed], 3)"
        case plan.Pieces(bins=bins):
            count, width = len(bins), plan.PIECEWISE
            yield f"lower, slope, least, most = pieces({[list(edges) for edges in bins]!r}, x)"
            yield f"column = x[:, :{count}].T[None, :, :, None]  # 1, numbers, rows, 1"
            yield "shares = ((column - lower) * slope).clamp(least, most)"
            yield f"each = shares @ {own}numbers_weight + column * {own}numbers_linear + {own}numbers_bias"
        case None:
            pass
    if layer.numbers is not None:
        parts.append("each.transpose(1, 2).flatten(2)")
    if count < layer.dense:
        parts.append(f"x[None, :, {count}:{layer.dense}]")
    parts += [
        f"{own}embeddings_{place}_weight[x[:, {layer.dense + place}].long()][None]"
        for place in range(len(layer.embeddings))
    ]
    widths = [*[width] * count, *[1] * (layer.dense - count), *(wide for _, wide in layer.embeddings)]
    yield f"parts = [{', '.join(parts)}]"
    yield "x = torch.cat([part.expand(max(map(len, parts)), -1, -1) for part in parts], 2)"
    yield f"x = x * {own}scale.repeat_interleave(torch.tensor({widths!r}), 1)[:, None]"
