"""A module from what a checkpoint holds."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ..errors import UsageError
from .families import ModelSpec, build, parameter_count


def restore(spec: ModelSpec, weights: Mapping[str, Tensor]) -> nn.Module:
    """The network with these weights, in evaluation mode, on the weights' device.

    Nothing is allocated or drawn beyond what the weights hold, however large the spec claims to be. Raises UsageError
    where weights and spec do not belong together.
    """
    if spec.family == "custom":
        return _restore_custom(spec, weights)
    held = sum(weight.numel() for weight in weights.values())
    if held != parameter_count(spec):
        raise UsageError(
            f"The checkpoint holds {held:,} weights, and its {spec.family} network has {parameter_count(spec):,}."
        )
    with torch.device("meta"):
        module = build(spec)
    try:
        module.load_state_dict({name: weight.float() for name, weight in weights.items()}, assign=True)
    except RuntimeError as error:
        problem = str(error).splitlines()[-1].strip().rstrip(".")
        raise UsageError(f"The checkpoint's weights do not fit its {spec.family} network: {problem}.") from None
    return module.eval()


def _restore_custom(spec: ModelSpec, weights: Mapping[str, Tensor]) -> nn.Module:
    """A network from the user's file, which `build` runs only if it is one that this user named."""
    module = build(spec)
    try:
        module.load_state_dict(dict(weights))
    except RuntimeError as error:
        problem = str(error).splitlines()[-1].strip().rstrip(".")
        raise UsageError(f"The checkpoint's weights do not fit {spec.class_name} in {spec.file}: {problem}.") from None
    return module.eval()
