"""The numbers of a checkpoint: arrays as they were read, and torch's tensors of them once somebody asks for those.

torch takes longer to import than a small network to answer a million rows, so that what needs arrays alone never does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

BFLOAT16 = np.dtype([("bfloat16", np.uint16)])
"""What stands for the type that NumPy has not: its bits."""


class Held(Mapping[str, Any]):
    """`arrays` by name, or values with arrays in them, each given with tensors that share the arrays' memory."""

    def __init__(self, arrays: Mapping[str, Any]) -> None:
        self.arrays = arrays

    def __getitem__(self, name: str) -> Any:
        return tensors(self.arrays[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)


def tensors(value: Any) -> Any:
    """The value with a tensor in place of each array in it, which shares its memory."""
    match value:
        case np.ndarray():
            return _tensor(value)
        case dict():
            return {name: tensors(each) for name, each in cast("dict[str, Any]", value).items()}
        case list() | tuple():
            return type(value)(map(tensors, cast("list[Any]", value)))
        case _:
            return value


def _tensor(array: np.ndarray) -> Tensor:
    import torch

    if array.dtype == BFLOAT16:
        return torch.from_numpy(array.view(np.uint16)).view(torch.bfloat16)
    return torch.from_numpy(array)


def float_arrays(weights: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    """Weights, of which those from a file are float32, as arrays of that type."""
    if isinstance(weights, Held):
        return dict(weights.arrays)
    return {name: weight.detach().float().cpu().numpy() for name, weight in weights.items()}
