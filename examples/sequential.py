"""The tutorial's first way to write a network: layers one after another in `nn.Sequential`.

nnlab train xor --model examples/sequential.py:Sequential --model-arg hidden=10,6
"""

from torch import Tensor, nn


class Sequential(nn.Module):
    """Linear layers with a sigmoid between. nnlab gives `in_features` and `out_features` by name."""

    def __init__(self, in_features: int, out_features: int, hidden: tuple[int, int] = (10, 6)) -> None:
        super().__init__()
        first, second = hidden
        self.layers = nn.Sequential(
            nn.Linear(in_features, first),
            nn.Sigmoid(),
            nn.Linear(first, second),
            nn.Sigmoid(),
            nn.Linear(second, out_features),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (rows, in_features) to (rows, out_features): logits of the classes, or one value."""
        return self.layers(x)
