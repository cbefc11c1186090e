"""A network of two halves keeps each as of its own best epoch, through all that a training goes through."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.config import Config, validate
from nnlab.engine.evaluation.answers import answer
from nnlab.engine.events import EpochEnded, Event, Noted, RunFinished
from nnlab.engine.network import load
from nnlab.engine.runs.claim import claim
from nnlab.engine.training.best import keep_best, part_of
from nnlab.engine.training.interrupt import StopRequest
from nnlab.engine.training.session import Session, begin
from nnlab.engine.training.train import go_on, run


def halves(data: str = "auto-mpg", **training: Any) -> Config:
    tree = {
        "data": {"name": data},
        "prepare": {"scale": "smooth"},
        "model": {"family": "tabm", "members": 3, "embedding": "both", "hidden": [8], "dropout": 0.1},
        "training": {"epochs": 12, "batch_size": 20, "optimizer": "adamw", "lr": 0.1, "seed": 3, **training},
    }
    return validate(tree, source="test")


def losses_of_halves(session: Session) -> list[float]:
    """What each half alone loses on the validation rows, computed by itself."""
    rows, (blend,) = session.prepared.valid, session.module.children()
    assert rows is not None
    outputs = [answer(part, rows.x, session.to_input) for part in blend.parts]  # pyright: ignore
    return [session.loss(each, rows.y).item() for each in outputs]


@pytest.mark.parametrize("data", ["auto-mpg", "moons"])
def test_each_half_is_kept_as_of_the_epoch_in_which_it_was_best_alone(data: str):
    session = begin(halves(data))
    weights, losses, events = list[dict[str, torch.Tensor]](), list[list[float]](), list[Event]()
    for event in run(session):
        events.append(event)
        if isinstance(event, EpochEnded):
            weights.append(session.weights())
            losses.append(losses_of_halves(session))
    best = np.argmin(losses, axis=0)
    assert [part.epoch - 1 for part in session.parts] == best.tolist()
    for name, kept in session.best_weights.items():
        assert torch.equal(kept, weights[best[part_of(name)]][name])
    assert session.best.epoch == best.max() + 1
    said = [event.text for event in events if isinstance(event, Noted) and "best epoch" in event.text]
    first, second = (part.epoch for part in session.parts)
    assert first != second
    assert said == [f"each half of the network is kept as of its own best epoch: {first} and {second}"]


def test_nothing_is_told_of_halves_where_the_last_epoch_is_reported_on():
    events = list(run(begin(halves(final="last"))))
    assert not [event.text for event in events if isinstance(event, Noted) and "half" in event.text]


def test_what_is_told_at_the_end_is_of_the_network_that_is_kept(tmp_path: Path):
    folder = claim(out=tmp_path / "run")
    *_, finished = run(begin(halves()), folder)
    assert isinstance(finished, RunFinished)
    network = load(folder.best)
    for split in ("valid", "test"):
        assert network.evaluate(split=split).metrics["mae"] == pytest.approx(finished.metrics[f"mae_{split}"], rel=1e-5)


def test_a_run_that_was_stopped_keeps_the_same_halves(tmp_path: Path):
    config = halves(checkpoint_every="1e")
    whole, parted = claim(out=tmp_path / "whole"), claim(out=tmp_path / "parted")
    list(run(begin(config), whole))
    stop = StopRequest()
    for event in run(begin(config), parted, stop):
        if isinstance(event, EpochEnded) and event.epoch == 5:
            stop.reason = "interrupt"
    list(go_on(parted, lambda last: begin(last.config, resume=last)))
    one, other = checkpoints.load(whole.best), checkpoints.load(parted.best)
    assert one.epoch == other.epoch
    assert all(torch.equal(one.weights[name], other.weights[name]) for name in one.weights)
    assert checkpoints.load(whole.last).state["parts"] == checkpoints.load(parted.last).state["parts"]


def test_a_run_that_an_earlier_version_began_has_one_best_epoch():
    session = begin(halves())
    list(run(session))
    last = session.checkpoint(best=False)
    assert last.state["parts"]
    old = replace(last, state={key: value for key, value in last.state.items() if key != "parts"})
    assert begin(halves(), resume=old).parts == []
    assert [part.epoch for part in begin(halves(), resume=last).parts] == [part.epoch for part in session.parts]


def test_patience_is_for_both_halves():
    session = begin(halves(early_stop=2))
    for epoch, losses in enumerate([(1.0, 1.0), (0.5, 2.0), (0.6, 0.9), (0.6, 0.95)], 1):
        session.epoch = epoch
        keep_best(session, 9.0, losses)
        assert not session.best.exhausted
    session.epoch = 5
    keep_best(session, 0.0, (float("nan"), 0.91))
    assert session.best.exhausted
    assert (session.best.epoch, [part.epoch for part in session.parts]) == (3, [2, 3])


@pytest.mark.parametrize("changes", [{"data": {"valid_split": "none"}}, {"model": {"embedding": "piecewise"}}])
def test_without_two_halves_or_validation_rows_the_whole_has_one_best_epoch(changes: dict[str, dict[str, Any]]):
    tree = halves().to_dict()
    for section, keys in changes.items():
        tree[section] |= keys
    session = begin(validate(tree, source="test"))
    assert session.parts == []
    list(run(session))
    assert session.best_weights
