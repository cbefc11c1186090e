"""The loop that PyTorch's tutorials teach: a DataLoader, autograd, `.item()` at every step."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from ..networks import BATCH, NETWORKS, module_of, rows_of


def small(name: str) -> Callable[[], float]:
    torch.set_num_threads(1)
    network = NETWORKS[name]
    model = module_of(network)
    x, y = rows_of(network)
    batches: Any = DataLoader(TensorDataset(torch.from_numpy(x), torch.from_numpy(y)), BATCH, shuffle=True)
    loss_fn, optimizer = nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters())

    def epoch() -> float:
        began = perf_counter()
        total: Any = 0.0
        right: Any = 0.0
        for x_batch, y_batch in batches:
            optimizer.zero_grad()
            outputs = model(x_batch)
            loss = loss_fn(outputs, y_batch)
            loss.backward()
            optimizer.step()
            total += loss.item()
            right += (torch.argmax(outputs, dim=1) == y_batch).float().mean()
        return perf_counter() - began

    return epoch
