"""Batches come in the order of a shuffling DataLoader."""

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from nnlab.engine.training.batches import epoch_order


@pytest.mark.parametrize(("rows", "batch_size"), [(1, 1), (10, 3), (700, 20), (1000, 128)])
def test_the_order_is_a_dataloaders_after_the_same_seed(rows: int, batch_size: int):
    loader = DataLoader(TensorDataset(torch.arange(rows)), batch_size, shuffle=True)
    torch.manual_seed(1)
    theirs = [[batch[0].tolist() for batch in loader] for _ in range(3)]
    state = torch.get_rng_state()
    torch.manual_seed(1)
    ours = [[part.tolist() for part in epoch_order(rows).split(batch_size)] for _ in range(3)]
    assert ours == theirs
    assert torch.equal(torch.get_rng_state(), state)
