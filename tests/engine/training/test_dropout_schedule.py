"""A dropout that falls over the epochs: what is dropped follows it in every kind of step, and when a run goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.config import Config, merge, validate
from nnlab.engine.events import EpochEnded, RunStarted
from nnlab.engine.models.layers import Dropout
from nnlab.engine.runs.claim import claim
from nnlab.engine.training.interrupt import StopRequest
from nnlab.engine.training.schedules import dropout_share
from nnlab.engine.training.session import begin
from nnlab.engine.training.train import go_on, run, train

FAMILIES: list[dict[str, Any]] = [
    {"family": "mlp", "hidden": [8]},
    {"family": "tabm", "members": 3, "hidden": [8]},
]


def falling(model: dict[str, Any] = FAMILIES[0], **choices: Any) -> Config:
    tree: dict[str, Any] = {
        "data": {"name": "auto-mpg"},
        "model": {"dropout": 0.5, "dropout_schedule": "falling", **model},
        "training": {"epochs": 5, "batch_size": 50, "lr": 0.01, "threads": 1},
    }
    return validate(merge(tree, choices), source="test")


def losses(config: Config) -> list[float]:
    return [event.record["loss_train"] for event in train(config) if isinstance(event, EpochEnded)]


@pytest.mark.parametrize("model", FAMILIES, ids=lambda model: model["family"])
def test_captured_and_eager_steps_drop_the_same(model: dict[str, Any]):
    captured, eager = (losses(falling(model, training={"step": step})) for step in ("captured", "eager"))
    assert captured == eager
    constant = losses(falling(model | {"dropout_schedule": "constant"}))
    assert constant[0] == captured[0]
    assert constant[1] != captured[1]


def test_every_epoch_has_its_own_and_a_training_on_all_rows_the_same_once_more():
    session = begin(falling(training={"refit": True}))
    layer = next(part for part in session.module.modules() if isinstance(part, Dropout))
    seen: list[list[float]] = []
    for event in run(session):
        if isinstance(event, RunStarted):
            seen.append([])
        if isinstance(event, EpochEnded):
            seen[-1].append(layer.p)
    planned = [0.5 * dropout_share(session.config, epoch) for epoch in range(5)]
    assert seen[0] == planned
    assert seen[1] == planned[: len(seen[1])]


def test_a_run_that_was_stopped_goes_on_bit_for_bit(tmp_path: Path):
    config, folder, stop = falling(training={"checkpoint_every": "1steps"}), claim(out=tmp_path / "run"), StopRequest()
    whole = begin(config)
    list(run(whole))
    for event in run(begin(config), folder, stop):
        if isinstance(event, EpochEnded) and event.epoch == 3:
            stop.reason = "interrupt"
    list(go_on(folder, lambda last: begin(last.config, resume=last)))
    weights = checkpoints.load(folder.last).weights
    assert all(torch.equal(weights[name], value) for name, value in whole.weights().items())


def test_a_share_that_is_changed_is_dropped():
    layer, x = Dropout(0.9), torch.ones(100_000)
    for share in (0.3, 0.0, 0.7):
        layer.use(share)
        assert (layer(x) == 0).double().mean().item() == pytest.approx(share, abs=0.01)
        assert layer(x).mean().item() == pytest.approx(1, abs=0.02)
