"""The layers that a spec stands for, as plain data: what PyTorch's modules are made of, and what answers without it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ..config import Activation
from .spec import EMBEDDED, ModelSpec

FREQUENCIES = 16  # of a periodic embedding, for each number
MIXES = EMBEDDED["periodic"] - 1  # what it makes of them, beside the number itself
PIECEWISE = EMBEDDED["piecewise"]

Shapes = Mapping[str, tuple[int, ...]]
Scales = Literal["ones", "normal", "signs"]


@dataclass(frozen=True)
class Layer:
    """A layer that is not made yet."""

    @property
    def parameters(self) -> Shapes:
        """The shapes of its parameters by their names; by itself it has none."""
        return {}


@dataclass(frozen=True)
class Flatten(Layer):
    """An image's values in one row."""


@dataclass(frozen=True)
class Activated(Layer):
    """An activation, number by number."""

    activation: Activation


@dataclass(frozen=True)
class Dropped(Layer):
    """Dropout with a probability, which is nothing in answers."""

    p: float


@dataclass(frozen=True)
class Halved(Layer):
    """An image halved in height and width."""


@dataclass(frozen=True)
class Convolved(Layer):
    """A convolution of 3 x 3 pixels."""

    before: int
    after: int

    @property
    def parameters(self) -> Shapes:
        """Weight and bias."""
        return {"weight": (self.after, self.before, 3, 3), "bias": (self.after,)}


@dataclass(frozen=True)
class Linear(Layer):
    """A linear layer."""

    before: int
    after: int

    @property
    def parameters(self) -> Shapes:
        """Weight and bias."""
        return {"weight": (self.after, self.before), "bias": (self.after,)}


@dataclass(frozen=True)
class Noisy(Layer):
    """A linear layer that hears noise in training."""

    before: int
    after: int
    noise: float

    @property
    def parameters(self) -> Shapes:
        """Weight and bias."""
        return {"w": (self.after, self.before), "b": (self.after,)}


@dataclass(frozen=True)
class Embedded(Layer):
    """A table's input: `dense` columns that pass, then one of indices for each embedding (categories, width)."""

    dense: int
    embeddings: tuple[tuple[int, int], ...]

    @property
    def parameters(self) -> Shapes:
        """A vector for each category."""
        return _vectors(self.embeddings)


@dataclass(frozen=True)
class Waves:
    """The first `numbers` columns embedded in cosines, in so many sets."""

    sets: int
    numbers: int

    @property
    def parameters(self) -> Shapes:
        """Frequencies and phases of the cosines, and the mixes of them."""
        wave = (self.sets, self.numbers, 1, FREQUENCIES)
        weight, bias = (self.sets, self.numbers, FREQUENCIES, MIXES), (self.sets, self.numbers, 1, MIXES)
        return {"frequency": wave, "phase": wave, "weight": weight, "bias": bias}


@dataclass(frozen=True)
class Pieces:
    """The first columns, as many as `bins` has, embedded as what is linear between its edges, in so many sets."""

    sets: int
    bins: tuple[tuple[float, ...], ...]

    @property
    def parameters(self) -> Shapes:
        """A line, and what is added to it in each piece."""
        line = (self.sets, len(self.bins), 1, PIECEWISE)
        most = max((len(edges) - 1 for edges in self.bins), default=1)
        return {"linear": line, "bias": line, "weight": (self.sets, len(self.bins), most, PIECEWISE)}


@dataclass(frozen=True)
class Parted(Layer):
    """A table's input to several members, each of which scales its columns in its own way; scales start so."""

    members: int
    dense: int
    embeddings: tuple[tuple[int, int], ...]
    numbers: Waves | Pieces | None
    scales: Scales

    @property
    def parameters(self) -> Shapes:
        """The scales, the embedded numbers' parameters, and a vector for each category."""
        inner = {} if self.numbers is None else self.numbers.parameters
        scale = (self.members, self.dense + len(self.embeddings))
        return {
            "scale": scale,
            **{f"numbers.{name}": shape for name, shape in inner.items()},
            **_vectors(self.embeddings),
        }


@dataclass(frozen=True)
class Each(Layer):
    """A linear layer of each member's own."""

    members: int
    before: int
    after: int

    @property
    def parameters(self) -> Shapes:
        """Weight and bias."""
        return {"weight": (self.members, self.before, self.after), "bias": (self.members, 1, self.after)}


@dataclass(frozen=True)
class Joined(Each):
    """The last layer of each member, and their answers as one, values kept within `limits`."""

    limits: tuple[float, float] | None = None


@dataclass(frozen=True)
class Blended(Layer):
    """Whole networks beside each other, each of its own layers, and the mean of what they answer, weighted by shares:
    of probabilities where there are several outputs, of values where there is one."""

    parts: tuple[tuple[AnyLayer, ...], ...]
    shares: tuple[float, ...]
    after: int

    @property
    def parameters(self) -> Shapes:
        """Those of all parts."""
        return {f"parts.{place}.{name}": shape for place, part in enumerate(self.parts) for name, shape in named(part)}


AnyLayer = (
    Flatten | Activated | Dropped | Halved | Convolved | Linear | Noisy | Embedded | Parted | Each | Joined | Blended
)
"""Every kind of layer: who matches on it is told by the type checker of one that is left out."""


def named(layers: Iterable[AnyLayer]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The names and shapes of the parameters of layers that follow each other."""
    for place, layer in enumerate(layers):
        for name, shape in layer.parameters.items():
            yield f"{place}.{name}", shape


def _vectors(embeddings: tuple[tuple[int, int], ...]) -> Shapes:
    return {f"embeddings.{place}.weight": pair for place, pair in enumerate(embeddings)}


def plan(spec: ModelSpec) -> Iterator[AnyLayer]:
    """The network from its input to its output; of every family but a custom one."""
    if spec.family == "ensemble":
        yield _blended(spec.parts, spec.shares)
        return
    if spec.family == "tabm" and spec.embedding == "both":
        halves = _halves_of(spec)
        yield _blended(halves, [half.members / spec.members for half in halves])
        return
    yield from _convolutions(spec)
    if spec.image_shape is not None:
        yield Flatten()
    if spec.family == "tabm":
        yield _parted(spec)
    elif spec.embeddings:
        yield Embedded(spec.in_features - len(spec.embeddings), tuple(spec.embeddings))
    width = _head_inputs(spec)
    for place, units in enumerate(spec.hidden):
        yield _hidden(spec, place, width, units)
        yield Activated(spec.activation)
        if spec.dropout:
            yield Dropped(spec.dropout)
        width = units
    if spec.family == "tabm":
        yield Joined(spec.members, width, spec.out_features, spec.limits)
    else:
        yield Linear(width, spec.out_features)


def _blended(parts: Sequence[ModelSpec], shares: Sequence[float]) -> Blended:
    return Blended(tuple(tuple(plan(part)) for part in parts), tuple(shares), parts[0].out_features)


def _halves_of(spec: ModelSpec) -> list[ModelSpec]:
    """A network that embeds numbers in both ways, as two: each has a half of the members, and layers of its own."""
    fewer = spec.members // 2
    periodic = {"embedding": "periodic", "bins": [], "members": spec.members - fewer}
    return [spec.model_copy(update=periodic), spec.model_copy(update={"embedding": "piecewise", "members": fewer})]


def _hidden(spec: ModelSpec, place: int, before: int, after: int) -> AnyLayer:
    if spec.family == "tabm" and spec.own_weights:
        return Each(spec.members, before, after)
    return Noisy(before, after, spec.noise) if spec.family == "noisy-mlp" and place == 0 else Linear(before, after)


def _parted(spec: ModelSpec) -> AnyLayer:
    """The layer in which the members of a tabm become different ones."""
    sets = spec.members if spec.own_weights or spec.embedding == "periodic" else 1
    numbers: Waves | Pieces | None = None
    if spec.embedding == "periodic":
        numbers = Waves(sets, spec.numbers)
    elif spec.embedding == "piecewise":
        numbers = Pieces(sets, tuple(map(tuple, spec.bins)))
    scales: Scales = "ones" if spec.own_weights else "normal" if spec.numbers else "signs"
    return Parted(spec.members, spec.in_features - len(spec.embeddings), tuple(spec.embeddings), numbers, scales)


def _convolutions(spec: ModelSpec) -> Iterator[AnyLayer]:
    """A cnn's stages: convolution, activation, and halving of the image as long as it has two rows to halve."""
    for stage, (before, after) in enumerate(_stages(spec)):
        yield Convolved(before, after)
        yield Activated(spec.activation)
        if _halves(spec, stage):
            yield Halved()


def _stages(spec: ModelSpec) -> Iterator[tuple[int, int]]:
    """Channels before and after each convolution; none for the other families."""
    if spec.family == "cnn" and spec.image_shape is not None:
        yield from zip([spec.image_shape[0], *spec.channels], spec.channels, strict=False)


def _halves(spec: ModelSpec, stage: int) -> bool:
    """Whether the image is still large enough to be halved after this stage."""
    _, height, width = spec.image_shape or (0, 0, 0)
    return min(height, width) >> stage >= 2


def _head_inputs(spec: ModelSpec) -> int:
    """Width of the first linear layer's input."""
    if spec.family != "cnn" or spec.image_shape is None or not spec.channels:
        return spec.inputs
    halvings = sum(_halves(spec, stage) for stage in range(len(spec.channels)))
    _, height, width = spec.image_shape
    return spec.channels[-1] * (height >> halvings) * (width >> halvings)
