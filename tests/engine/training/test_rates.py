"""A band of learning rates is found by steps on a copy, and nothing else is touched."""

import math
import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from nnlab.engine.resolve import resolve
from nnlab.engine.training.rates import LEAST, MOST, STEPS, Tried, band_of, find_rates
from nnlab.engine.training.session import begin
from nnlab.engine.training.train import run


@pytest.mark.parametrize(("data", "low", "high"), [("iris", 1e-3, 0.3), ("digits", 3e-4, 0.1), ("auto-mpg", 3e-4, 0.1)])
def test_the_band_holds_rates_with_which_a_network_learns(data: str, low: float, high: float):
    found = find_rates(resolve(data, flags={"training": {"device": "cpu"}}))
    assert found.band is not None
    assert found.middle is not None
    assert low < found.band[0] < found.middle < found.band[1] < high
    assert found.ended.startswith("exploded at ")
    losses = {rate: _reached(data, rate) for rate in (found.middle, found.band[1] * 300, found.band[0] / 3000)}
    assert min(losses, key=losses.__getitem__) == found.middle


def _reached(data: str, rate: float) -> float:
    """The loss on the train rows after some epochs with a rate; a divergence reaches nothing."""
    session = begin(resolve(data, flags={"training": {"lr": rate, "epochs": 6, "device": "cpu"}}))
    for _ in run(session, tested=False):
        pass
    last = session.history[-1]["loss_train"] if session.history else math.inf
    return last if math.isfinite(last) else math.inf


def test_all_random_generators_are_as_before(own_world: Path):
    random.seed(3)
    np.random.seed(4)
    torch.manual_seed(5)
    state = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()  # pyright: ignore
    find_rates(resolve("xor", flags={}))
    assert random.getstate() == state[0]
    assert np.random.get_state()[1].tolist() == state[1]  # pyright: ignore
    assert torch.equal(torch.get_rng_state(), state[2])
    assert not own_world.exists()


def test_the_rates_rise_evenly_by_factors_and_each_step_is_told():
    told: list[Tried] = []
    found = find_rates(resolve("xor", flags={"training": {"clip": 1e-9}}), told.append)
    assert tuple(told) == found.tried
    assert len(told) == STEPS + 1
    assert (told[0].rate, told[-1].rate) == (LEAST, pytest.approx(MOST))
    ratios = {round(after.rate / before.rate, 9) for before, after in pairwise(told)}
    assert len(ratios) == 1


def test_there_is_no_band_where_the_loss_falls_with_no_rate():
    found = find_rates(resolve("xor", flags={"training": {"optimizer": "sgd"}}))
    assert (found.band, found.middle) == (None, None)


def test_a_band_lies_around_the_steepest_fall_and_below_the_least_loss():
    rates = [10 ** (place / 10 - 6) for place in range(61)]
    losses = [1 - 0.9 / (1 + (1e-3 / rate) ** 2) + (5 * rate if rate > 0.1 else 0) for rate in rates]
    band = band_of([Tried(rate, loss) for rate, loss in zip(rates, losses, strict=True)], 1.0)
    assert band is not None
    assert band[0] < 1e-3 < band[1] < 1e-2


def test_a_loss_that_jumps_about_after_it_has_fallen_moves_no_band():
    rates = [10 ** (place / 10 - 6) for place in range(61)]
    losses = [1 - 0.9 / (1 + (1e-3 / rate) ** 2) for rate in rates]
    calm = band_of([Tried(rate, loss) for rate, loss in zip(rates, losses, strict=True)], 1.0)
    wild = [
        loss + (0.8 if rate > 0.1 and place % 8 < 4 else 0)
        for place, (rate, loss) in enumerate(zip(rates, losses, strict=True))
    ]
    assert band_of([Tried(rate, loss) for rate, loss in zip(rates, wild, strict=True)], 1.0) == calm


def test_a_loss_that_becomes_no_number_ends_the_search():
    found = find_rates(resolve("auto-mpg", flags={"training": {"optimizer": "sgd"}}))
    assert found.band is not None
    assert len(found.tried) < STEPS
