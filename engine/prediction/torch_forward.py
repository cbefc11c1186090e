"""What networks answer that NumPy does not know: those of images, and a user's own."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from ..data.schema import Schema
from ..evaluation.answers import answer, input_of
from .forward import Forward


def forward_of_module(module: nn.Module, schema: Schema) -> Forward:
    """The module's outputs, in float64 for the same reason as `forward` has; the module becomes one of float64."""
    module, stored = module.double(), input_of(schema)

    def forward(x: np.ndarray) -> np.ndarray:
        return answer(module, torch.from_numpy(x), lambda part: stored(part).double()).T.contiguous().numpy()

    return forward
