"""The tutorial's second way: layers in an `nn.ModuleList`, called one by one.

nnlab train xor --model examples/module_list.py:MyModule
"""

from itertools import pairwise

from torch import Tensor, nn


class MyModule(nn.Module):
    """As many layers as `hidden` has widths: --model-arg hidden=16,16,8."""

    def __init__(self, in_features: int, out_features: int, hidden: tuple[int, ...] = (10, 6)) -> None:
        super().__init__()
        widths = [in_features, *hidden, out_features]
        self.module_list = nn.ModuleList([nn.Linear(before, after) for before, after in pairwise(widths)])
        self.activation = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        """Map (rows, in_features) to (rows, out_features)."""
        *hidden, last = self.module_list
        for layer in hidden:
            x = self.activation(layer(x))
        return last(x)
