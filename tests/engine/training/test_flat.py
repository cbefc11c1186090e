"""Flat parameters are the module's own, in one buffer."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from nnlab.engine.training.flat import ALIGNMENT, flatten


def network() -> nn.Module:
    layers: Any = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(36, 5), nn.Linear(5, 2))
    return layers.to(memory_format=torch.channels_last)


def test_flattening_changes_no_value_and_no_layout():
    module = network()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    strides = [parameter.stride() for parameter in module.parameters()]
    flat = flatten(module)
    assert flat.names == tuple(before)
    assert flat.count == sum(value.numel() for value in before.values())
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert strides == [parameter.stride() for parameter in module.parameters()]


def test_the_buffers_are_the_parameters_and_their_gradients():
    module = network()
    flat = flatten(module)
    module(torch.randn(2, 3, 5, 5)).sum().backward()
    squares = sum(float(p.grad.square().sum()) for p in module.parameters() if p.grad is not None)
    assert float(flat.grads.square().sum()) == pytest.approx(squares)
    flat.values.zero_()
    assert not any(parameter.any() for parameter in module.parameters())
    module.load_state_dict({name: torch.ones_like(value) for name, value in module.state_dict().items()})
    assert flat.values.sum() == flat.count


def test_every_parameter_starts_where_a_tensor_of_its_own_would():
    module = network()
    flatten(module)
    for parameter in module.parameters():
        assert parameter.data_ptr() % ALIGNMENT == 0
        assert parameter.grad is not None
        assert parameter.grad.data_ptr() % ALIGNMENT == 0


def test_a_shared_parameter_is_laid_down_once_and_a_frozen_one_not_at_all():
    first, other = nn.Linear(3, 3, bias=False), nn.Linear(3, 3)
    other.weight = first.weight
    other.bias.requires_grad_(False)
    assert flatten(nn.Sequential(first, other)).names == ("0.weight",)


@pytest.mark.parametrize("module", [nn.ReLU(), nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1).double())])
def test_parameters_must_exist_and_be_of_one_type(module: nn.Module):
    with pytest.raises(ValueError, match="one device and one type"):
        flatten(module)
