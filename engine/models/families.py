"""The families of networks: what one is as plain data, and the module built from it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import nn

from ..config import Activation, Argument, Family, ModelConfig
from ..errors import UsageError
from .layers import Dropout, NoisyLinear, TableInput

if TYPE_CHECKING:
    from ..data.schema import Schema

LARGEST = 1_000_000_000  # parameters; four gigabytes of float32, four times that to train

Count = Annotated[int, Field(ge=1, le=10**12)]
Layers = Annotated[list[Count], Field(max_length=1000)]

ACTIVATIONS: dict[Activation, type[nn.Module]] = {
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "leaky-relu": nn.LeakyReLU,
    "elu": nn.ELU,
}


class ModelSpec(BaseModel):
    """A network as plain data; it travels in the checkpoint, and `build` makes the module.

    `in_features` is the width of the prepared matrix, whose last columns are the indices of the `embeddings`, pairs
    (number of categories, width); for images it is the number of pixels and `image_shape` says (channels, height,
    width). `out_features` is the number of classes, or 1 for regression. A custom network is a class in the user's
    Python file, of which path, digest (of the file and what it
    imports from its folder) and arguments are kept, and no code; `columns` says of each column of its matrix
    which of the table's features it belongs to.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    family: Family
    hidden: Layers = []
    activation: Activation = "relu"
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    noise: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    channels: Layers = []
    in_features: Count
    out_features: Count
    image_shape: tuple[Count, Count, Count] | None = None
    embeddings: Annotated[list[tuple[Count, Count]], Field(max_length=10_000)] = []
    file: Annotated[str, Field(max_length=10_000)] = ""
    class_name: Annotated[str, Field(max_length=1000)] = ""
    args: Annotated[dict[str, Argument], Field(max_length=1000)] = {}
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    columns: Annotated[list[Annotated[str, Field(max_length=10_000)]], Field(max_length=10_000_000)] = []

    @model_validator(mode="after")
    def _consistent(self) -> ModelSpec:
        if self.image_shape is not None and (prod(self.image_shape) != self.in_features or self.embeddings):
            raise ValueError("in_features is not the number of the image's values")
        if len(self.embeddings) > self.in_features:
            raise ValueError("there are more embeddings than in_features")
        if self.columns and len(self.columns) != self.in_features:
            raise ValueError("columns does not name in_features columns")
        return self

    @property
    def inputs(self) -> int:
        """Width of what the first linear layer sees: pixels, or numbers and the vectors of categories."""
        return self.in_features - len(self.embeddings) + sum(width for _, width in self.embeddings)


def spec_for(config: ModelConfig, schema: Schema, sha256: str | None = None) -> ModelSpec:
    """The network that the config asks for, sized for prepared data. UsageError when they do not go together.

    The digest of a network of the user's own is that of its file as it is now, unless one is given.
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
    )
    check(spec)
    return spec


def _custom_spec(config: ModelConfig, schema: Schema, sha256: str | None) -> ModelSpec:
    """The spec of a network in the user's file."""
    from .code import digest

    if not (config.file and config.class_name):
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
        raise UsageError("A cnn needs images, and this data set is a table: use --model mlp, noisy-mlp or linear.")
    if spec.family == "noisy-mlp" and not spec.hidden:
        raise UsageError("A noisy-mlp needs at least one hidden layer: give its width, as in --hidden 10.")
    count = parameter_count(spec)
    if count > LARGEST:
        raise UsageError(
            f"This {spec.family} would have {count:,} parameters, and {LARGEST:,} is the most nnlab builds: "
            "use fewer or narrower layers (--hidden)."
        )


def parameter_count(spec: ModelSpec) -> int:
    """The number of parameters of the network, by arithmetic alone."""
    stages = list(_stages(spec))
    convolutions = sum(9 * before * after + after for before, after in stages)
    widths = [_head_inputs(spec), *spec.hidden, spec.out_features]
    linear = sum(before * after + after for before, after in pairwise(widths))
    return convolutions + linear + sum(count * width for count, width in spec.embeddings)


def build(spec: ModelSpec) -> nn.Module:
    """Make the module, its weights drawn from torch's global generator from the first layer to the last.

    It maps float (rows, in_features), or (rows, channels, height, width) for images, to (rows, out_features):
    logits of the classes, or one value. A custom network's file is run. Raises UsageError as `check` does, and for a
    custom network that does not fit, or that its user has not named (`trust.known`).
    """
    if spec.family == "custom":
        from .custom import build_custom

        return build_custom(spec)
    check(spec)
    return nn.Sequential(*_convolutions(spec), *_entrance(spec), *_head(spec))


def _entrance(spec: ModelSpec) -> Iterator[nn.Module]:
    """What makes the linear layers' input of the data, or of what convolutions left."""
    if spec.image_shape is not None:
        yield nn.Flatten()
    elif spec.embeddings:
        yield TableInput(spec.in_features - len(spec.embeddings), spec.embeddings)


def _head(spec: ModelSpec) -> Iterator[nn.Module]:
    """The linear layers, each but the last followed by its activation and dropout."""
    width = _head_inputs(spec)
    for index, units in enumerate(spec.hidden):
        noisy = index == 0 and spec.family == "noisy-mlp"
        yield NoisyLinear(width, units, spec.noise) if noisy else nn.Linear(width, units)
        yield ACTIVATIONS[spec.activation]()
        if spec.dropout:
            yield Dropout(spec.dropout)
        width = units
    yield nn.Linear(width, spec.out_features)


def _convolutions(spec: ModelSpec) -> Iterator[nn.Module]:
    """A cnn's stages: 3x3 convolution, activation, and halving of the image as long as it has two rows to halve."""
    for stage, (before, after) in enumerate(_stages(spec)):
        yield nn.Conv2d(before, after, kernel_size=3, padding=1)
        yield ACTIVATIONS[spec.activation]()
        if _halves(spec, stage):
            yield nn.MaxPool2d(2)


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
