"""The tutorial's recipes print the tutorial's numbers (tests/expected.json)."""

import json
from pathlib import Path
from typing import Any

import pytest

from nnlab.engine.events import EpochEnded, Event, Noted, Record, RunFinished
from nnlab.engine.resolve import resolve
from nnlab.engine.training.train import train

EXPECTED: dict[str, Any] = json.loads((Path(__file__).parents[2] / "expected.json").read_text(encoding="utf-8"))


def run_recipe(name: str) -> list[Event]:
    return list(train(resolve(None, recipe=f"tutorial/{name}", flags={"training": {"threads": 1}})))


def records(events: list[Event]) -> dict[int, Record]:
    return {event.epoch: event.record for event in events if isinstance(event, EpochEnded)}


def finished(events: list[Event]) -> RunFinished:
    event = events[-1]
    assert isinstance(event, RunFinished)
    return event


def test_xor_noisy_has_the_tutorials_losses():
    expected, history = EXPECTED["xor_noisy"], records(run_recipe("xor-noisy"))
    for epoch, loss in expected["loss_valid"].items():
        assert history[int(epoch)]["loss_valid"] == pytest.approx(loss, rel=0.01)
    for epoch, loss in expected["remeasured"].items():
        assert history[int(epoch)]["loss_valid"] == pytest.approx(loss, abs=1e-4)


def test_auto_mpg_has_the_tutorials_losses_and_test_errors():
    expected, events = EXPECTED["auto_mpg"], run_recipe("auto-mpg")
    history = records(events)
    for index, loss in (expected["loss_train_by_epoch_index"] | expected["remeasured"]).items():
        assert history[int(index) + 1]["loss_train"] == pytest.approx(loss, abs=1e-4), f"epoch index {index}"
    metrics = finished(events).metrics
    assert f"{metrics['mse_test']:.4f}" == f"{expected['test']['mse']:.4f}"
    assert f"{metrics['mae_test']:.4f}" == f"{expected['test']['mae']:.4f}"


@pytest.mark.long
def test_mnist_has_the_tutorials_rows_reductions_and_stop():
    expected, events = EXPECTED["mnist"], run_recipe("mnist")
    history = records(events)
    for epoch, row in expected["epochs"].items():
        found = history[int(epoch)]
        assert {name: f"{found[name]:.4f}" for name in row} == {name: f"{value:.4f}" for name, value in row.items()}
    notes = {str(event.epoch): event.text for event in events if isinstance(event, Noted)}
    for epoch, lr in expected["lr_reduced_at_epoch"].items():
        assert notes[epoch] == f"learning rate reduced to {lr:g}"
        assert history[int(epoch) + 1]["lr"] == pytest.approx(lr)
    assert finished(events).stopped_by == "early_stop"
    assert len(history) == expected["stopped_at_epoch"]


@pytest.mark.parametrize(("name", "loss", "accuracy"), [("blobs", 0.085, 0.97), ("xor", 0.05, 0.98)])
def test_unseeded_runs_are_matched_in_outcome(name: str, loss: float, accuracy: float):
    last = finished(run_recipe(name)).metrics
    assert last["loss_valid"] < loss
    assert last["accuracy_valid"] >= accuracy
