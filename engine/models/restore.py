"""A module from what a checkpoint holds."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ..errors import UsageError
from .families import Own, build, check_fit
from .spec import ModelSpec


def restore(spec: ModelSpec, weights: Mapping[str, Tensor], own: Own | None = None) -> nn.Module:
    """The network with these weights, in evaluation mode, on the weights' device; `own` makes a custom one.

    Nothing is allocated or drawn beyond what the weights hold, however large the spec claims to be. Raises UsageError
    where weights and spec do not belong together.
    """
    if spec.family == "custom":
        return _restore_custom(spec, weights, own)
    check_fit(spec, weights)
    with torch.device("meta"):
        module = build(spec)
    for name, weight in weights.items():  # `load_state_dict` takes seconds for a thousand embeddings
        place, _, last = name.rpartition(".")
        module.get_submodule(place).register_parameter(last, nn.Parameter(weight.float()))
    return module.eval()


def _restore_custom(spec: ModelSpec, weights: Mapping[str, Tensor], own: Own | None) -> nn.Module:
    """A network of the user's own; `build` runs its file only if it is one that this user named."""
    module = build(spec, own)
    try:
        module.load_state_dict(dict(weights))
    except RuntimeError as error:
        problem = str(error).splitlines()[-1].strip().rstrip(".")
        raise UsageError(f"The checkpoint's weights do not fit {spec.class_name} in {spec.file}: {problem}.") from None
    return module.eval()
