"""The file that `nnlab model new` writes: a network to start from, with what nnlab gives it said in comments."""

from __future__ import annotations

from pathlib import Path

from ..errors import NnlabError, UsageError

TEXT = '''"""A network of your own. Train it, here on the built-in data set xor:

    nnlab train xor --model {file}:{name} --model-arg hidden=32
"""

import torch
from torch import Tensor, nn


class {name}(nn.Module):
    # nnlab builds the class with the arguments that it finds here by name:
    #   in_features    columns of the prepared table (or values of an image)
    #   out_features   classes, or 1 for regression (num_classes is the same)
    #   image_shape    (channels, height, width) of images, None for tables
    #   embeddings     [(categories, width), ...] of embedded columns; without it they come as vectors
    #   features       {{name: width}}: how many of the prepared table's columns each feature fills
    # and with those of --model-arg, here `hidden` and `dropout`.
    def __init__(self, in_features: int, out_features: int, hidden: int = 32, dropout: float = 0.0) -> None:
        super().__init__()
        self.first = nn.Linear(in_features, hidden)
        self.dropout = nn.Dropout(dropout)
        self.last = nn.Linear(hidden, out_features)

    # x is float32: (rows, in_features), or (rows, channels, height, width) for images.
    # The answer is (rows, out_features): a logit for each class (no softmax), or one value.
    # Instead of x, forward may name features, as in forward(self, size, kind): each comes as (rows, width).
    # A parameter `training: bool` after x would be True while training and False otherwise.
    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.first(x.flatten(1)))
        return self.last(self.dropout(x))
'''


def write_starter(path: Path) -> str:
    """Write the file and return its class's name, made of the file's. Never overwrites.

    Raises UsageError for a file that exists or is no `.py`, NnlabError where it cannot be written.
    """
    if path.suffix != ".py":
        raise UsageError(f"{path} is not a Python file: name it with .py, as in `nnlab model new my_net.py`.")
    words = "".join(char if char.isalnum() and char.isascii() else " " for char in path.stem).split()
    name = "".join(word[:1].upper() + word[1:] for word in words)
    name = name if name.isidentifier() else "MyNet"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(TEXT.format(file=path, name=name))
    except FileExistsError:
        raise UsageError(f"{path} exists: choose another name.") from None
    except OSError as error:
        raise NnlabError(f"{path} cannot be written: {error.strerror}.") from None
    return name
