"""What a graph records of a step is the plain step, whichever of the rows and rates it is at."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nnlab.engine.config import TrainingConfig
from nnlab.engine.data.prepared import Rows
from nnlab.engine.training.captured.capture import Step
from nnlab.engine.training.captured.graph import AT_ONCE, GraphReplay
from nnlab.engine.training.flat import flatten
from nnlab.engine.training.optimizers import make_optimizer

ROWS, BATCH = 70, 20
RATES = [0.1, 0.05, 0.02]
MANY = 2 * AT_ONCE + 3


def count(outputs: Tensor, targets: Tensor) -> Tensor:
    return (outputs.argmax(-1) == targets).sum()


def made(**choices: Any) -> tuple[Step, Rows]:
    torch.manual_seed(1)
    module = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Dropout(0.2), nn.Linear(8, 3))
    flat = flatten(module)
    optimizer = make_optimizer(TrainingConfig.model_validate(choices), flat.values, flat.grads)
    rows = Rows(torch.randn(ROWS, 4), torch.randint(3, (ROWS,)))
    return Step(lambda x: x, module, nn.functional.cross_entropy, flat, optimizer), rows


@pytest.mark.parametrize(
    "choices",
    [
        {"optimizer": "sgd"},
        {"optimizer": "sgd", "momentum": 0.9, "nesterov": True},
        {"optimizer": "adam", "l1": 1e-3},
        {"optimizer": "adamw", "clip": 0.1, "weight_decay": 0.1},
        {"optimizer": "rmsprop", "weight_decay": 0.01},
        {"optimizer": "rmsprop", "momentum": 0.9},
    ],
    ids=lambda choices: " ".join(map(str, choices.values())),
)
def test_a_recorded_step_is_the_plain_one(choices: dict[str, Any]):
    step, rows = made(**choices)
    order = torch.randperm(ROWS)[: len(RATES) * BATCH]
    torch.manual_seed(2)
    pairs = zip(order.split(BATCH), RATES, strict=True)
    plain = [(*step.run(rows.x[batch], rows.y[batch], rate), rows.y[batch]) for batch, rate in pairs]

    again, rows = made(**choices)
    losses, right = torch.zeros(len(RATES)), torch.zeros((), dtype=torch.int64)
    torch.manual_seed(2)
    replay = GraphReplay(again, rows, count, again.module)
    assert replay.run(order[:BATCH], RATES[:1], losses[:1].unbind(), right)
    assert replay.run(order[BATCH:], RATES[1:], losses[1:].unbind(), right)

    assert torch.allclose(losses, torch.stack([loss for loss, _, _ in plain]), atol=1e-6)
    assert right == sum(count(outputs, wanted) for _, outputs, wanted in plain)
    for after, before in zip(again.state, step.state, strict=True):
        assert torch.allclose(after, before, atol=1e-6)


def test_several_steps_of_a_launch_are_as_many_steps():
    order, rates = torch.arange(ROWS)[: 3 * MANY], [0.1 / (1 + number) for number in range(MANY)]
    step, rows = made(optimizer="adam")
    torch.manual_seed(2)
    plain = [step.run(rows.x[batch], rows.y[batch], rate)[0] for batch, rate in zip(order.split(3), rates, strict=True)]

    again, rows = made(optimizer="adam")
    losses, right = torch.zeros(MANY), torch.zeros((), dtype=torch.int64)
    replay = GraphReplay(again, rows, count, again.module)
    torch.manual_seed(2)
    assert replay.run(order, rates, losses.unbind(), right)
    launched = replay._buffers[3]
    assert launched is not None
    assert list(launched.launches) == [AT_ONCE, 1]
    assert torch.allclose(losses, torch.stack(plain), atol=1e-6)
    assert all(torch.allclose(after, before, atol=1e-6) for after, before in zip(again.state, step.state, strict=True))
