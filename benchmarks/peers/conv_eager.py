"""The convolutional network of nnlab's recipe `mnist-cnn` in a loop written by hand, channels last.

Rows are in memory as bytes, the optimiser is fused, and no step waits for a number.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

BATCH = 128


def conv(rows: str, threads: str) -> Callable[[], float]:
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    generator = np.random.default_rng(1)
    images = torch.from_numpy(generator.integers(0, 256, (int(rows), 1, 28, 28), np.uint8))
    labels = torch.from_numpy(generator.integers(0, 10, int(rows)))
    stages = (nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
    stages = (*stages, nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
    model = nn.Sequential(*stages, nn.Linear(3136, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10))
    model.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.003, weight_decay=0.1, fused=True)
    total, right = torch.zeros(()), torch.zeros((), dtype=torch.int64)

    def epoch() -> float:
        began = perf_counter()
        total.zero_()
        right.zero_()
        for batch in torch.randperm(int(rows)).split(BATCH):
            x = images[batch].float().sub_(33.3).div_(78.6).contiguous(memory_format=torch.channels_last)
            y = labels[batch]
            optimizer.zero_grad()
            outputs = model(x)
            loss = cross_entropy(outputs, y)
            torch.autograd.backward(loss)
            optimizer.step()
            total.add_(loss.detach())
            right.add_((outputs.argmax(1) == y).sum())
        total.item()
        return perf_counter() - began

    return epoch
