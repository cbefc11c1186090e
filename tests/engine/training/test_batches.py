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


@pytest.mark.parametrize(("rows", "members", "batch_size"), [(10, 3, 4), (7, 2, 7), (9, 4, 15), (64, 16, 8)])
def test_each_member_sees_every_row_once_in_an_order_of_its_own(rows: int, members: int, batch_size: int):
    torch.manual_seed(1)
    order = epoch_order(rows, members, batch_size)
    steps = [part.view(members, -1) for part in order.split(members * batch_size)]
    assert [step.shape[1] for step in steps[:-1]] == [batch_size] * (len(steps) - 1)
    seen = torch.cat(steps, 1)
    assert all(sorted(one.tolist()) == list(range(rows)) for one in seen)
    assert len({tuple(one.tolist()) for one in seen}) == members
    state = torch.get_rng_state()
    torch.manual_seed(1)
    epoch_order(rows)
    assert torch.equal(torch.get_rng_state(), state)
