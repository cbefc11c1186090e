"""What torch alone takes for a step of the recipe `mnist`'s network in a plain loop, on random numbers: MB as JSON."""

from __future__ import annotations

import json

from .first_step import peak


def main() -> None:
    import torch
    from torch import nn

    own = peak()
    torch.set_num_threads(1)
    parts = [nn.Linear(784, 256), nn.ReLU(), nn.Dropout(0.3), nn.Linear(256, 128), nn.ReLU(), nn.Dropout(0.3)]
    network = nn.Sequential(*parts, nn.Linear(128, 10))
    loss = nn.functional.cross_entropy(network(torch.rand(128, 784)), torch.randint(0, 10, (128,)))
    torch.autograd.backward(loss)
    torch.optim.AdamW(network.parameters(), lr=0.002, weight_decay=0.1, fused=True).step()
    print(json.dumps({"mb_plain": peak() - own}))


if __name__ == "__main__":
    main()
