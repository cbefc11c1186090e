"""Updates on flat buffers are those of torch's optimisers."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from nnlab.engine.config import TrainingConfig
from nnlab.engine.models.families import build
from nnlab.engine.models.spec import ModelSpec
from nnlab.engine.training.decay import decayed, optimizer_of
from nnlab.engine.training.flat import FlatParameters, flatten
from nnlab.engine.training.optimizers import Optimizer, make_optimizer

CASES: list[tuple[dict[str, Any], Callable[..., torch.optim.Optimizer], dict[str, Any]]] = [
    ({"optimizer": "sgd"}, torch.optim.SGD, {}),
    ({"optimizer": "sgd", "momentum": 0.9}, torch.optim.SGD, {"momentum": 0.9}),
    ({"optimizer": "sgd", "momentum": 0.9, "nesterov": True}, torch.optim.SGD, {"momentum": 0.9, "nesterov": True}),
    ({"optimizer": "sgd", "weight_decay": 0.1}, torch.optim.SGD, {"weight_decay": 0.1}),
    ({"optimizer": "adam"}, torch.optim.Adam, {"fused": True}),
    ({"optimizer": "adam", "weight_decay": 0.1}, torch.optim.Adam, {"fused": True, "weight_decay": 0.1}),
    ({"optimizer": "adamw", "weight_decay": 0.1}, torch.optim.AdamW, {"fused": True, "weight_decay": 0.1}),
    ({"optimizer": "rmsprop"}, torch.optim.RMSprop, {}),
    ({"optimizer": "rmsprop", "momentum": 0.5}, torch.optim.RMSprop, {"momentum": 0.5}),
    ({"optimizer": "rmsprop", "weight_decay": 0.1}, torch.optim.RMSprop, {"weight_decay": 0.1}),
]


def network() -> nn.Sequential:
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2))


def gradients(module: nn.Module, seed: int) -> None:
    torch.manual_seed(seed)
    module(torch.randn(7, 3)).square().sum().backward()


def assert_followed(
    ours: nn.Module,
    optimizer: Optimizer,
    flat: FlatParameters,
    reference: nn.Module,
    expected: torch.optim.Optimizer,
    *,
    atol: float,
) -> None:
    """After fifty steps on the same gradients both have the same weights."""
    for step in range(50):
        flat.grads.zero_()
        expected.zero_grad()
        gradients(ours, step)
        gradients(reference, step)
        optimizer.step(0.01)
        expected.step()
    torch.testing.assert_close(ours.state_dict(), reference.state_dict(), rtol=1e-5, atol=atol)


@pytest.mark.parametrize(("settings", "theirs", "options"), CASES)
def test_weights_follow_torchs_optimizer(
    settings: dict[str, Any], theirs: Callable[..., torch.optim.Optimizer], options: dict[str, Any]
):
    ours, reference = network(), network()
    flat = flatten(ours)
    optimizer = make_optimizer(TrainingConfig.model_validate(settings), flat.values, flat.grads)
    expected = theirs(reference.parameters(), lr=0.01, **options)
    assert_followed(ours, optimizer, flat, reference, expected, atol=1e-7)


def test_clipping_is_torchs():
    ours, reference = network(), network()
    flat = flatten(ours)
    optimizer = make_optimizer(TrainingConfig(optimizer="sgd", clip=0.5), flat.values, flat.grads)
    gradients(ours, 0)
    gradients(reference, 0)
    nn.utils.clip_grad_norm_(reference.parameters(), 0.5)
    optimizer.step(0.0)
    for parameter, other in zip(ours.parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(parameter.grad, other.grad)


def test_l1_is_the_gradient_of_the_sum_of_magnitudes():
    module = network()
    flat = flatten(module)
    before = flat.values.clone()
    optimizer = make_optimizer(TrainingConfig(optimizer="sgd", l1=0.5), flat.values, flat.grads)
    optimizer.step(0.1)
    torch.testing.assert_close(flat.values, before - 0.1 * 0.5 * before.sign())


def test_restored_buffers_go_on_bit_for_bit():
    config = TrainingConfig(optimizer="adam")
    one, other = network(), network()
    flat_one, flat_other = flatten(one), flatten(other)
    first = make_optimizer(config, flat_one.values, flat_one.grads)
    for step in range(3):
        flat_one.grads.zero_()
        gradients(one, step)
        first.step(0.01)
    other.load_state_dict(one.state_dict())
    second = make_optimizer(config, flat_other.values, flat_other.grads)
    second.restore(first.buffers)
    for module, flat, optimizer in ((one, flat_one, first), (other, flat_other, second)):
        flat.grads.zero_()
        gradients(module, 9)
        optimizer.step(0.01)
    assert torch.equal(flat_one.values, flat_other.values)


THEIRS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop,
}


@pytest.mark.parametrize("name", THEIRS)
def test_decay_of_weights_alone_is_that_of_torchs_parameter_groups(name: str):
    ours, reference = network(), network()
    flat = flatten(ours)
    settings = {"optimizer": name, "weight_decay": 0.3, "decay": "weights", "beta2": 0.95}
    optimizer = optimizer_of(TrainingConfig.model_validate(settings), ours, flat)
    weights = [parameter for part, parameter in reference.named_parameters() if part.endswith("weight")]
    biases = [parameter for part, parameter in reference.named_parameters() if part.endswith("bias")]
    groups: list[dict[str, Any]] = [{"params": weights, "weight_decay": 0.3}, {"params": biases, "weight_decay": 0.0}]
    more = {"betas": (0.9, 0.95)} if "adam" in name else {}
    expected = THEIRS[name](groups, lr=0.01, **more)
    assert_followed(ours, optimizer, flat, reference, expected, atol=1e-6)


def test_embeddings_scales_and_biases_do_not_decay():
    spec = ModelSpec(family="tabm", members=2, hidden=[3], in_features=3, out_features=2, embeddings=[(4, 2)],
                     numbers=1, embedding="periodic")  # fmt: skip
    module = build(spec)
    flat = flatten(module)
    kept = decayed(module, flat)
    found = {name for name, parameter in module.named_parameters() if _at(kept, parameter).all()}
    assert found == {"1.weight", "3.weight"}
    assert kept.sum() == sum(module.get_parameter(name).numel() for name in found)


def _at(buffer: torch.Tensor, parameter: nn.Parameter) -> torch.Tensor:
    return buffer.as_strided(parameter.shape, parameter.stride(), parameter.storage_offset())
