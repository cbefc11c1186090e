"""The families of networks: the spec of one for a data set, and the module built from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any

from torch import nn

from ..config import Activation, ModelConfig
from ..errors import UsageError
from .layers import Dropout, NoisyLinear, TableInput
from .members import FREQUENCIES, MIXES, PIECEWISE, MemberLinear, MembersInput, MembersOutput, Periodic, Piecewise
from .spec import ModelSpec

if TYPE_CHECKING:
    from ..data.schema import Schema

LARGEST = 1_000_000_000  # parameters; four gigabytes of float32, four times that to train

Own = Callable[..., nn.Module]
"""What makes a network of the user's own that is in no file: its class, or a function."""


ACTIVATIONS: dict[Activation, type[nn.Module]] = {
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "leaky-relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "mish": nn.Mish,
}


def spec_for(config: ModelConfig, schema: Schema, sha256: str | None = None) -> ModelSpec:
    """The network that the config asks for, sized for prepared data. UsageError when they do not go together.

    The digest of a network of the user's own is that of its file as it is now, unless one is given; it is empty for one
    that is in no file.
    """
    if config.family == "custom":
        return _custom_spec(config, schema, sha256)
    spec = ModelSpec(
        family=config.family,
        hidden=[] if config.family == "linear" else list(config.hidden),
        activation=config.activation,
        dropout=config.dropout,
        noise=config.noise if config.family == "noisy-mlp" else 0.0,
        channels=list(config.channels) if config.family == "cnn" else [],
        in_features=schema.in_features,
        out_features=max(1, len(schema.classes)),
        image_shape=schema.image.shape if schema.image else None,
        embeddings=list(schema.embeddings),
        **(_of_members(config, schema) if config.family == "tabm" else {}),
    )
    check(spec)
    return spec


def _of_members(config: ModelConfig, schema: Schema) -> dict[str, Any]:
    """What a network of several members has besides."""
    numbers = schema.numbers if schema.image is None else 0
    embedding = config.embedding if numbers else "none"
    return {
        "members": config.members,
        "own_weights": config.own_weights,
        "embedding": embedding,
        "numbers": numbers if embedding != "none" else 0,
        "bins": schema.bins if embedding == "piecewise" else [],
        "limits": schema.limits,
    }


def _custom_spec(config: ModelConfig, schema: Schema, sha256: str | None) -> ModelSpec:
    """The spec of a network in the user's file."""
    from .code import digest

    if not config.class_name or not (config.file or sha256 == ""):
        raise UsageError("A network of your own needs its file and class: --model path/to/net.py:MyNet.")
    return ModelSpec(
        family="custom",
        in_features=schema.in_features,
        out_features=max(1, len(schema.classes)),
        image_shape=schema.image.shape if schema.image else None,
        embeddings=list(schema.embeddings),
        file=config.file,
        class_name=config.class_name,
        args=config.args,
        sha256=digest(config.file) if sha256 is None else sha256,
        columns=schema.owners,
    )


def check(spec: ModelSpec) -> None:
    """Raise UsageError for a network that cannot be built: a family that does not fit the data, or too large a one."""
    if spec.family == "cnn" and spec.image_shape is None:
        raise UsageError(
            "A cnn needs images, and this data set is a table: use --model tabm, mlp, noisy-mlp or linear."
        )
    if spec.family == "noisy-mlp" and not spec.hidden:
        raise UsageError("A noisy-mlp needs at least one hidden layer: give its width, as in --hidden 10.")
    count = parameter_count(spec)
    if count > LARGEST:
        raise UsageError(
            f"This {spec.family} would have {count:,} parameters, and {LARGEST:,} is the most nnlab builds: "
            "use fewer or narrower layers (--hidden)."
        )


def shapes(spec: ModelSpec) -> dict[str, tuple[int, ...]]:
    """The names and shapes of the network's parameters, in the order of `build`'s state dict, by arithmetic alone."""
    layers = enumerate(_layers(spec))
    return {f"{place}.{name}": shape for place, layer in layers for name, shape in layer.parameters.items()}


def parameter_count(spec: ModelSpec) -> int:
    """The number of parameters of the network, by arithmetic alone."""
    return sum(prod(shape) for layer in _layers(spec) for shape in layer.parameters.values())


def build(spec: ModelSpec, own: Own | None = None) -> nn.Module:
    """Make the module, its weights drawn from torch's global generator from the first layer to the last.

    It maps float (rows, in_features), or (rows, channels, height, width) for images, to (rows, out_features):
    logits of the classes, or one value. A custom network is made by `own`, a class or a function, if it is given; else
    its file is run. Raises UsageError as `check` does, and for a custom network that does not fit, or whose file its
    user has not named (`trust.known`).
    """
    if spec.family == "custom":
        from .custom import build_custom

        return build_custom(spec, own)
    check(spec)
    return nn.Sequential(*(layer.make() for layer in _layers(spec)))


@dataclass(frozen=True)
class _Layer:
    """A layer that is not made yet, and the shapes of its parameters by their names."""

    make: Callable[[], nn.Module]
    parameters: Mapping[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])


def _layers(spec: ModelSpec) -> Iterator[_Layer]:
    """The network from its input to its output."""
    yield from _convolutions(spec)
    if spec.image_shape is not None:
        yield _Layer(nn.Flatten)
    if spec.family == "tabm":
        yield _members_input(spec)
        yield from _members_layers(spec)
        return
    yield from _input_layer(spec)
    yield from _head(spec)


def _input_layer(spec: ModelSpec) -> Iterator[_Layer]:
    """What makes the linear layers' input of a table with embedded categories."""
    if spec.embeddings:
        vectors = {f"embeddings.{place}.weight": pair for place, pair in enumerate(spec.embeddings)}
        yield _Layer(partial(TableInput, spec.in_features - len(spec.embeddings), spec.embeddings), vectors)


def _head(spec: ModelSpec) -> Iterator[_Layer]:
    """The linear layers, each but the last followed by its activation and dropout."""
    width = _head_inputs(spec)
    for index, units in enumerate(spec.hidden):
        yield _noisy(width, units, spec.noise) if index == 0 and spec.family == "noisy-mlp" else _linear(width, units)
        yield _Layer(ACTIVATIONS[spec.activation])
        if spec.dropout:
            yield _Layer(partial(Dropout, spec.dropout))
        width = units
    yield _linear(width, spec.out_features)


def _members_input(spec: ModelSpec) -> _Layer:
    """The layer in which the members of a tabm become different ones."""
    sets = spec.members if spec.own_weights or spec.embedding == "periodic" else 1
    scales = "ones" if spec.own_weights else "normal" if spec.numbers else "signs"
    shapes: dict[str, tuple[int, ...]] = {"scale": (spec.members, spec.in_features)}
    numbers: Callable[[], Periodic | Piecewise] | None = None
    if spec.embedding == "periodic":
        numbers = partial(Periodic, sets, spec.numbers)
        wave = (sets, spec.numbers, 1, FREQUENCIES)
        shapes |= {"numbers.frequency": wave, "numbers.phase": wave}
        shapes |= {"numbers.weight": (sets, spec.numbers, FREQUENCIES, MIXES)}
        shapes |= {"numbers.bias": (sets, spec.numbers, 1, MIXES)}
    elif spec.embedding == "piecewise":
        numbers = partial(Piecewise, sets, spec.bins)
        line = (sets, spec.numbers, 1, PIECEWISE)
        pieces = max((len(edges) - 1 for edges in spec.bins), default=1)
        shapes |= {"numbers.linear": line, "numbers.bias": line}
        shapes |= {"numbers.weight": (sets, spec.numbers, pieces, PIECEWISE)}
    shapes |= {f"embeddings.{place}.weight": pair for place, pair in enumerate(spec.embeddings)}
    dense = spec.in_features - len(spec.embeddings)

    def make() -> nn.Module:
        return MembersInput(spec.members, dense, spec.embeddings, numbers and numbers(), scales)

    return _Layer(make, shapes)


def _members_layers(spec: ModelSpec) -> Iterator[_Layer]:
    """The layers of a tabm: shared ones or each member's own, the last one always its own."""
    width = spec.inputs
    for units in spec.hidden:
        yield _member_linear(spec.members, width, units) if spec.own_weights else _linear(width, units)
        yield _Layer(ACTIVATIONS[spec.activation])
        if spec.dropout:
            yield _Layer(partial(Dropout, spec.dropout))
        width = units
    last = _member_linear(spec.members, width, spec.out_features).parameters
    yield _Layer(partial(MembersOutput, spec.members, width, spec.out_features, spec.limits), last)


def _member_linear(members: int, before: int, after: int) -> _Layer:
    shapes = {"weight": (members, before, after), "bias": (members, 1, after)}
    return _Layer(partial(MemberLinear, members, before, after), shapes)


def _linear(before: int, after: int) -> _Layer:
    return _Layer(partial(nn.Linear, before, after), {"weight": (after, before), "bias": (after,)})


def _noisy(before: int, after: int, noise: float) -> _Layer:
    return _Layer(partial(NoisyLinear, before, after, noise), {"w": (after, before), "b": (after,)})


def _convolutions(spec: ModelSpec) -> Iterator[_Layer]:
    """A cnn's stages: 3x3 convolution, activation, and halving of the image as long as it has two rows to halve."""
    for stage, (before, after) in enumerate(_stages(spec)):
        make = partial(nn.Conv2d, before, after, kernel_size=3, padding=1)
        yield _Layer(make, {"weight": (after, before, 3, 3), "bias": (after,)})
        yield _Layer(ACTIVATIONS[spec.activation])
        if _halves(spec, stage):
            yield _Layer(partial(nn.MaxPool2d, 2))


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
