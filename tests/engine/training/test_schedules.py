"""Our schedules give the rates of torch's."""

import math

import pytest
import torch
from torch.optim import lr_scheduler as theirs

from nnlab.engine.config import TrainingConfig, validate
from nnlab.engine.training.schedules import Schedule, dropout_share

EPOCHS, STEPS = 12, 5


def torch_optimizer(lr: float) -> torch.optim.SGD:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)


def ours(**settings: object) -> Schedule:
    return Schedule(TrainingConfig.model_validate({"epochs": EPOCHS, "lr": 0.1, **settings}), STEPS, 0.1)


def test_none_is_constant():
    assert {ours().rate(step) for step in range(EPOCHS * STEPS)} == {0.1}


def test_step_is_torchs_step_lr():
    optimizer = torch_optimizer(0.1)
    scheduler = theirs.StepLR(optimizer, step_size=3, gamma=0.5)
    schedule = ours(scheduler="step", step_size=3, factor=0.5)
    for epoch in range(EPOCHS):
        assert schedule.rate(epoch * STEPS + 2) == pytest.approx(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()


@pytest.mark.parametrize("name", ["cosine", "one-cycle"])
def test_schedules_by_step_are_torchs(name: str):
    total = EPOCHS * STEPS
    optimizer = torch_optimizer(0.1)
    scheduler = (
        theirs.CosineAnnealingLR(optimizer, T_max=total)
        if name == "cosine"
        else theirs.OneCycleLR(optimizer, max_lr=0.1, total_steps=total, cycle_momentum=False)
    )
    schedule = ours(scheduler=name)
    for step in range(total):
        assert schedule.rate(step) == pytest.approx(scheduler.get_last_lr()[0], rel=1e-6, abs=1e-12)
        optimizer.step()
        scheduler.step()


def test_plateau_reduces_when_torchs_does():
    optimizer = torch_optimizer(0.1)
    scheduler = theirs.ReduceLROnPlateau(optimizer, patience=2, factor=0.1)
    schedule = ours(scheduler="plateau", patience=2, factor=0.1)
    losses = [1.0, 0.9, 0.9, 0.9, 0.9, 0.89995, math.nan, 0.9, 0.9, 0.5, 0.6, 0.6, 0.6, 0.6, *[0.6] * 30]
    for loss in losses:
        before = optimizer.param_groups[0]["lr"]
        scheduler.step(loss)
        reduced = schedule.epoch_ended(loss)
        assert reduced == (optimizer.param_groups[0]["lr"] < before)
        assert schedule.rate(0) == pytest.approx(optimizer.param_groups[0]["lr"])


def test_warmup_rises_to_the_rate_and_stays():
    schedule = ours(warmup=2)
    rates = [schedule.rate(step) for step in range(3 * STEPS)]
    assert rates[0] == pytest.approx(0.1 / (2 * STEPS))
    assert rates == sorted(rates)
    assert rates[2 * STEPS - 1] == rates[-1] == pytest.approx(0.1)


def test_a_restored_schedule_goes_on():
    one = ours(scheduler="plateau", patience=1)
    for loss in (1.0, 2.0, 2.0):
        one.epoch_ended(loss)
    other = ours(scheduler="plateau", patience=1)
    other.restore(one.state())
    assert other.rate(0) == one.rate(0) == pytest.approx(0.01)
    assert [other.epoch_ended(2.0) for _ in range(3)] == [one.epoch_ended(2.0) for _ in range(3)]


def test_dropout_falls_or_stays():
    def shares(schedule: str) -> list[float]:
        config = validate({"model": {"dropout_schedule": schedule}, "training": {"epochs": 4}})
        return [dropout_share(config, epoch) for epoch in range(5)]

    assert shares("constant") == [1] * 5
    assert shares("falling") == pytest.approx([1, (0.5 + 2**-1.5) ** 2, 0.25, (0.5 - 2**-1.5) ** 2, 0])
