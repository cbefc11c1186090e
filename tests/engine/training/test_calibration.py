"""A temperature is learnt of validation rows, and is in the weights that answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.config import Config, Tree, merge, validate
from nnlab.engine.errors import UsageError
from nnlab.engine.evaluation.answers import answer
from nnlab.engine.events import EpochEnded, Event, Noted
from nnlab.engine.runs.claim import claim
from nnlab.engine.training.calibration import best_temperature, log_loss, member_logits
from nnlab.engine.training.interrupt import StopRequest
from nnlab.engine.training.resume import settle
from nnlab.engine.training.session import Session, begin
from nnlab.engine.training.train import go_on, run

FAMILIES: list[dict[str, Any]] = [
    {"family": "linear"},
    {"family": "mlp", "hidden": [40]},
    {"family": "tabm", "members": 3, "hidden": [40]},
    {"family": "tabm", "members": 3, "hidden": [40], "own_weights": True},
    {"family": "tabm", "members": 3, "hidden": [40], "embedding": "both"},
    {"family": "cnn", "channels": [4], "hidden": [8]},
]
UNSURE = {"samples": 1500, "noise": 0.4, "valid_size": 0.4, "name": "moons"}


def unsure(model: dict[str, Any] = FAMILIES[1], **choices: Any) -> Config:
    """A training whose network is too sure of rows that lie among others."""
    tree: dict[str, Any] = {
        "data": {"name": "digits", "valid_size": 0.3} if model["family"] == "cnn" else UNSURE,
        "model": model,
        "training": {"epochs": 6, "batch_size": 50, "lr": 0.02, "label_smoothing": 0.3, "calibrate": True},
    }
    return validate(merge(tree, choices), source="test")


def valid_loss(session: Session, weights: dict[str, Tensor]) -> float:
    rows = session.prepared.valid
    assert rows is not None
    session.module.load_state_dict(weights)
    return F.cross_entropy(answer(session.module, rows.x, session.to_input), rows.y).item()


def said(events: list[Event]) -> str:
    words = "calibrated:", "temperature"
    return next(event.text for event in events if isinstance(event, Noted) and any(map(event.text.count, words)))


@pytest.mark.parametrize("model", FAMILIES, ids=lambda model: f"{model['family']}-{'own_weights' in model}")
def test_the_answers_of_every_family_are_divided_by_the_temperature(model: dict[str, Any], tmp_path: Path):
    plain = begin(unsure(model, training={"calibrate": False}))
    list(run(plain))
    session, folder = begin(unsure(model)), claim(out=tmp_path / "run")
    events = list(run(session, folder))
    assert said(events).startswith("calibrated: temperature ")
    before, after = valid_loss(plain, plain.best_weights), valid_loss(session, session.best_weights)
    assert after < before
    assert f"{after:.4g} in place of {before:.4g}" in said(events)
    rows = plain.prepared.valid
    assert rows is not None
    plain.module.load_state_dict(plain.best_weights)
    logits = member_logits(plain.module, rows, plain.to_input)
    assert log_loss(logits, rows.y, 1.0) == pytest.approx(before, rel=1e-5)
    assert after == pytest.approx(min(log_loss(logits, rows.y, 1.01**step) for step in range(-200, 200)), abs=1e-4)
    best = checkpoints.load(folder.best).weights
    assert all(torch.equal(best[name], value) for name, value in session.best_weights.items())


def test_what_a_run_goes_on_from_is_not_calibrated(tmp_path: Path):
    config, folder, stop = unsure(training={"checkpoint_every": "1steps"}), claim(out=tmp_path / "run"), StopRequest()
    whole = begin(config)
    list(run(whole))
    for event in run(begin(config), folder, stop):
        if isinstance(event, EpochEnded) and event.epoch == 4:
            stop.reason = "interrupt"
    list(go_on(folder, lambda last: begin(settle(last, {}, "run"), resume=last)))
    best, last = checkpoints.load(folder.best).weights, checkpoints.load(folder.last).weights
    assert all(torch.equal(best[name], value) for name, value in whole.best_weights.items())
    plain = begin(unsure(training={"calibrate": False}))
    list(run(plain))
    assert all(torch.equal(last[name], value) for name, value in plain.weights().items())


def test_a_calibrated_network_that_no_later_epoch_betters_is_not_called_another(tmp_path: Path):
    config, folder = unsure(training={"label_smoothing": 0.0, "epochs": 12}), claim(out=tmp_path / "run")
    events = list(run(begin(unsure()), folder))
    best = checkpoints.load(folder.best).weights
    assert said(events).startswith("calibrated: ")
    flags: Tree = {"training": {"epochs": config.training.epochs}}
    later = list(go_on(folder, lambda last: begin(settle(last, flags, "run"), resume=last)))
    assert "not calibrated" not in said(later)
    assert all(torch.equal(checkpoints.load(folder.best).weights[name], value) for name, value in best.items())


def test_a_network_that_is_trained_once_more_is_calibrated_by_rows_that_it_had_not_seen(tmp_path: Path):
    once, twice, folder = begin(unsure()), begin(unsure(training={"refit": True})), claim(out=tmp_path / "run")
    first, second = list(run(once)), list(run(twice, folder))
    assert said(first) == said(second)
    assert twice.refit is not None
    best, last = checkpoints.load(folder.best).weights, checkpoints.load(folder.last).weights
    *inner, weight, bias = best
    assert all(torch.equal(best[name], last[name]) for name in inner)
    assert all(torch.equal(best[name], last[name] / twice.refit.temperature) for name in (weight, bias))
    assert twice.refit.temperature != 1


def test_a_temperature_is_found_wherever_it_lies():
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(1, 20_000, 3, generator=generator, dtype=torch.float64)
    wanted = torch.multinomial(logits[0].softmax(1), 1, generator=generator).squeeze(1)
    for temperature in (0.3, 1.0, 4.0):
        assert best_temperature(logits * temperature, wanted) == pytest.approx(temperature, rel=0.05)


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"data": {"samples": 300, "valid_size": 0.2}}, "48 validation rows, and it takes 200"),
        ({"data": {"valid_split": "none"}}, "0 validation rows, and it takes 200"),
        ({"training": {"label_smoothing": 0.0, "epochs": 12}}, "no other temperature is surely better"),
    ],
)
def test_a_network_that_cannot_be_calibrated_says_so_and_stays(choices: dict[str, Any], words: str):
    plain = begin(unsure(**merge(choices, {"training": {"calibrate": False}})))
    list(run(plain))
    session = begin(unsure(**choices))
    assert words in said(list(run(session)))
    assert all(torch.equal(plain.best_weights[name], value) for name, value in session.best_weights.items())


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"data": {"name": "auto-mpg"}, "training": {"label_smoothing": 0.0}}, "--calibrate is for classes"),
        ({"training": {"final": "last"}}, "leave out --final last"),
    ],
)
def test_what_it_cannot_go_with_is_refused(choices: dict[str, Any], words: str):
    tree: dict[str, Any] = {"data": {"name": "moons"}, "training": {"calibrate": True}}
    with pytest.raises(UsageError, match=words):
        begin(validate(merge(tree, choices)))
