"""The families of networks: the spec of one for a data set, and the module built from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import TYPE_CHECKING, Any

from ..config import ModelConfig
from ..errors import UsageError
from .plan import named, plan
from .spec import ModelSpec

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn

    from ..data.schema import Schema

LARGEST = 1_000_000_000  # parameters; four gigabytes of float32, four times that to train

Own = Callable[..., Any]
"""What makes a network of the user's own, an `nn.Module`, that is in no file: its class, or a function."""


def spec_for(config: ModelConfig, schema: Schema, sha256: str | None = None) -> ModelSpec:
    """The network that the config asks for, sized for prepared data. UsageError when they do not go together.

    The digest of a network of the user's own is that of its file as it is now, unless one is given; it is empty for one
    that is in no file.
    """
    if config.family == "custom":
        return _custom_spec(config, schema, sha256)
    if config.family == "ensemble":
        return _ensemble_spec(config, schema)
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
        "bins": schema.bins if embedding in ("piecewise", "both") else [],
        "limits": schema.limits,
    }


def _ensemble_spec(config: ModelConfig, schema: Schema) -> ModelSpec:
    """The spec of networks that answer together."""
    spec = ModelSpec(
        family="ensemble",
        in_features=schema.in_features,
        out_features=max(1, len(schema.classes)),
        image_shape=schema.image.shape if schema.image else None,
        embeddings=list(schema.embeddings),
        parts=[spec_for(part, schema) for part in config.parts],
        shares=config.shares,
    )
    check(spec)
    return spec


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
    for part in spec.parts:
        check(part)
    count = parameter_count(spec)
    if count > LARGEST:
        raise UsageError(
            f"This {spec.family} would have {count:,} parameters, and {LARGEST:,} is the most nnlab builds: "
            "use fewer or narrower layers (--hidden)."
        )


def shapes(spec: ModelSpec) -> dict[str, tuple[int, ...]]:
    """The names and shapes of the network's parameters, in the order of `build`'s state dict, by arithmetic alone."""
    return dict(named(plan(spec)))


def parameter_count(spec: ModelSpec) -> int:
    """The number of parameters of the network, by arithmetic alone."""
    return sum(prod(shape) for layer in plan(spec) for shape in layer.parameters.values())


def check_fit(spec: ModelSpec, weights: Mapping[str, Tensor] | Mapping[str, np.ndarray]) -> None:
    """Raise UsageError where weights are not those of the spec's network, which is no custom one."""
    held, wanted = {name: tuple(weight.shape) for name, weight in weights.items()}, shapes(spec)
    if held != wanted:
        count, name = sum(map(prod, held.values())), min(held.items() ^ wanted.items())[0]
        raise UsageError(
            f"The checkpoint holds {count:,} weights, and its {spec.family} network has {parameter_count(spec):,}: "
            f"they do not fit ({name})."
        )


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
    from torch import nn

    from .modules import module_of

    check(spec)
    return nn.Sequential(*map(module_of, plan(spec)))
