"""What whole scripts with skorch and with Lightning share, and how either's network answers: by PyTorch alone.

`python -m benchmarks.peers.whole_torch row`, or `file`, `eval`.
"""

from __future__ import annotations

import sys
from itertools import pairwise

import numpy as np
import torch
from torch import nn

from . import whole_rows as rows


def module_of(name: str) -> nn.Sequential:
    """The network, its activation between two linear layers."""
    between = nn.Tanh if name == "xor" else nn.ReLU
    layers = [layer for pair in pairwise(rows.WIDTHS[name]) for layer in (nn.Linear(*pair), between())]
    return nn.Sequential(*layers[:-1])


def scaled(parts: rows.Parts) -> tuple[rows.Parts, np.ndarray]:
    """Standardised rows, and the mean and standard deviation of those to train on."""
    scale = np.stack([parts.train[0].mean(0), parts.train[0].std(0)])
    train, valid, test = (((x - scale[0]) / scale[1], y) for x, y in (parts.train, parts.valid, parts.test))
    return rows.Parts(train, valid, test), scale


def save(module: nn.Module, scale: np.ndarray, kept: str) -> None:
    torch.save({"weights": module.state_dict(), "scale": torch.from_numpy(scale)}, f"{kept}.pt")


def probabilities(kept: str, x: np.ndarray) -> np.ndarray:
    """What the kept network answers."""
    body = torch.load(f"{kept}.pt", weights_only=True)
    module = module_of("table").eval()
    module.load_state_dict(body["weights"])
    mean, std = body["scale"]
    with torch.inference_mode():
        return module((torch.from_numpy(x) - mean) / std).softmax(1).numpy()


def tell(module: nn.Module, test: rows.Rows) -> None:
    """Print the accuracy on rows."""
    x, y = map(torch.from_numpy, test)
    with torch.inference_mode():
        print("test accuracy", (module.eval()(x).argmax(1) == y).float().mean().item())


def main(task: str, *words: str) -> None:
    match task, *words:
        case "row", kept, text:
            print(probabilities(kept, rows.row(text)))
        case "file", kept, path, out:
            rows.write(probabilities(kept, rows.read(path)[0]), out)
        case "eval", kept, path:
            x, y = rows.read(path)
            print(rows.judged(probabilities(kept, x), y))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
