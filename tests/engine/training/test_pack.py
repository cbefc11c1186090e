"""Networks that take their steps together are, each of them, what they are alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from nnlab.engine.config import Config, merge, validate
from nnlab.engine.events import EpochEnded, Event, Noted, RunFinished
from nnlab.engine.runs.claim import claim
from nnlab.engine.runs.control import send
from nnlab.engine.training.interrupt import StopRequest
from nnlab.engine.training.pack import hindrance
from nnlab.engine.training.session import Session, begin
from nnlab.engine.training.together import train_together
from nnlab.engine.training.train import go_on, run

XOR: dict[str, Any] = {
    "data": {"name": "xor"},
    "model": {"hidden": [6, 5], "activation": "tanh"},
    "training": {"epochs": 4, "batch_size": 50, "optimizer": "adam", "lr": 0.01},
}
CARS: dict[str, Any] = {
    "data": {"name": "auto-mpg"},
    "model": {"hidden": [6], "activation": "tanh"},
    "training": {"epochs": 3, "batch_size": 40, "optimizer": "adamw", "lr": 0.01},
}


def config(base: dict[str, Any], *choices: dict[str, Any]) -> Config:
    for each in choices:
        base = merge(base, each)
    return validate(base, source="test")


def training(**choices: Any) -> dict[str, Any]:
    return {"training": choices}


def together(configs: Sequence[Config]) -> list[Session]:
    sessions = [begin(each) for each in configs]
    assert hindrance(sessions) == ""
    list(train_together(sessions, [run(session) for session in sessions]))
    return sessions


def alone(each: Config) -> Session:
    session = begin(each)
    list(run(session))
    return session


def assert_alike(ours: Session, theirs: Session) -> None:
    assert ours.epoch == theirs.epoch
    assert ours.best.epoch == theirs.best.epoch
    for one, other in zip(ours.history, theirs.history, strict=True):
        for name in one.keys() - {"seconds"}:
            assert one[name] == pytest.approx(other[name], rel=1e-4, abs=1e-5), name
    torch.testing.assert_close(ours.flat.values, theirs.flat.values, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("base", "common", "own"),
    [
        (XOR, {}, [training(lr=0.02), training(seed=7), training(weight_decay=0.01)]),
        (XOR, training(optimizer="adamw", decay="weights"), [training(weight_decay=w) for w in (0.0, 0.1, 1.0)]),
        (XOR, training(optimizer="sgd", lr=0.1), [training(weight_decay=0.1), training(seed=3)]),
        (XOR, training(optimizer="sgd", momentum=0.9), [training(lr=0.05), training(lr=0.01)]),
        (XOR, training(optimizer="sgd", momentum=0.9, nesterov=True), [training(lr=0.05), training(lr=0.01)]),
        (XOR, training(clip=0.5, l1=0.001), [training(lr=0.05), training(seed=2)]),
        (XOR, training(batch_size=47), [training(label_smoothing=0.2), training(label_smoothing=0.0)]),
        (XOR, training(scheduler="cosine", warmup=1), [training(lr=0.05), training(lr=0.01)]),
        (XOR, training(scheduler="plateau", patience=1, factor=0.5), [training(lr=0.3), training(lr=0.01)]),
        (XOR, {"model": {"family": "linear"}}, [training(lr=0.05), training(seed=2)]),
        (XOR, {"model": {"family": "noisy-mlp"}}, [training(lr=0.05), training(seed=2)]),
        (XOR, {}, [{"model": {"dropout": 0.1}}, {"model": {"dropout": 0.4}}, {"model": {"dropout": 0.1}}]),
        (XOR, {"model": {"family": "noisy-mlp", "dropout": 0.2}}, [training(seed=1), training(seed=2)]),
        (XOR, {"model": {"dropout": 0.2, "dropout_schedule": "falling"}}, [training(seed=1), training(seed=2)]),
        (CARS, {}, [training(lr=0.02), training(seed=7)]),
        (CARS, training(loss="mae"), [training(lr=0.02), training(seed=7)]),
        (CARS, training(loss="huber"), [training(lr=0.02), training(seed=7)]),
        (CARS, {"data": {"folds": 3}}, [{"data": {"fold": fold}} for fold in (1, 2, 3)]),
    ],
)
def test_each_has_the_numbers_that_it_has_alone(
    base: dict[str, Any], common: dict[str, Any], own: list[dict[str, Any]]
):
    configs = [config(base, common, each) for each in own]
    for ours, each in zip(together(configs), configs, strict=True):
        assert_alike(ours, alone(each))


def test_its_steps_are_captured(monkeypatch: pytest.MonkeyPatch):
    """Else they would be many times slower, and nobody would know."""
    from nnlab.engine.training import pack

    def never(*_: object) -> None:
        raise AssertionError("a step was taken by autograd")

    monkeypatch.setattr(pack.Pack, "_plainly", never)
    dropped = {"model": {"dropout": 0.1}}
    for base, common in ((XOR, {}), (XOR, dropped), (CARS, {})):
        together([config(base, common, training(seed=seed)) for seed in (1, 2, 3)])


def test_each_stops_by_its_own_patience():
    configs = [config(XOR, training(lr=lr, epochs=40, early_stop=2)) for lr in (1.0, 0.001, 0.5, 0.002, 0.3)]
    sessions = together(configs)
    ends = [session.epoch for session in sessions]
    assert len(set(ends)) > 2
    assert max(ends) == 40
    assert_alike(sessions[1], alone(configs[1]))  # a high rate makes much of a last digit


def test_who_diverges_ends_and_the_others_go_on():
    bad = config(CARS, training(optimizer="sgd", lr=1e10))
    sessions = [
        begin(each)
        for each in (bad, config(CARS, training(optimizer="sgd")), config(CARS, training(optimizer="sgd", seed=2)))
    ]
    events = list(train_together(sessions, [run(session) for session in sessions]))
    ends = {place: event.stopped_by for place, event in events if isinstance(event, RunFinished)}
    assert ends == {0: "diverged", 1: "epochs", 2: "epochs"}
    assert_alike(sessions[1], alone(config(CARS, training(optimizer="sgd"))))


def test_who_goes_back_after_a_divergence_goes_on_alone():
    wild = training(optimizer="sgd", lr=1e3, on_divergence="restart", epochs=5)
    configs = [config(CARS, wild), config(CARS, wild, training(lr=0.01)), config(CARS, wild, training(lr=0.02))]
    sessions = together(configs)
    assert sessions[0].restarts
    assert sessions[0].restarts == alone(configs[0]).restarts
    for session, each in zip(sessions[1:], configs[1:], strict=True):
        assert_alike(session, alone(each))


def test_who_is_trained_once_more_on_all_rows_is_what_it_is_alone():
    configs = [config(CARS, training(refit=True, seed=seed)) for seed in (1, 2, 3)]
    for ours, each in zip(together(configs), configs, strict=True):
        theirs = alone(each)
        assert ours.epoch == theirs.epoch > 3
        for name, weights in theirs.best_weights.items():
            torch.testing.assert_close(ours.best_weights[name], weights, rtol=1e-3, atol=1e-4)


def test_each_has_a_run_of_its_own_that_goes_on_where_it_stopped(tmp_path: Path):
    configs = [config(XOR, training(seed=seed, epochs=6), {"model": {"dropout": 0.1}}) for seed in (1, 2)]
    folders, stop = [claim(out=tmp_path / str(place)) for place in (0, 1)], StopRequest()
    sessions = [begin(each) for each in configs]
    trainings = [run(session, folder, stop) for session, folder in zip(sessions, folders, strict=True)]
    for place, event in train_together(sessions, trainings):
        if place == 1 and isinstance(event, EpochEnded) and event.record["epoch"] == 3:
            stop.reason = "interrupt"
    for folder, each in zip(folders, configs, strict=True):
        again: list[Session] = []

        def resumed(last: Any, again: list[Session] = again) -> Session:
            again.append(begin(last.config, resume=last))
            return again[0]

        list(go_on(folder, resumed))
        assert_alike(again[0], alone(each))
        assert "progress" not in folder.events.read_text()


def test_who_is_told_other_settings_goes_on_alone(tmp_path: Path):
    configs = [config(XOR, training(seed=seed, epochs=30)) for seed in (1, 2, 3)]
    folders = [claim(out=tmp_path / str(place)) for place in range(3)]
    sessions = [begin(each) for each in configs]
    events: list[tuple[int, Event]] = []
    trainings = [run(session, folder) for session, folder in zip(sessions, folders, strict=True)]
    for place, event in train_together(sessions, trainings):
        events.append((place, event))
        if place == 0 and isinstance(event, EpochEnded) and event.record["epoch"] == 2:
            send(folders[1], "set", lr=0.5, batch_size=20)
            time.sleep(0.15)
    assert any(isinstance(event, Noted) and event.changed for place, event in events if place == 1)
    assert sessions[1].config.training.lr == 0.5
    assert [session.epoch for session in sessions] == [30, 30, 30]
    assert_alike(sessions[0], alone(configs[0]))


@pytest.mark.parametrize(
    ("common", "own", "said"),
    [
        ({"model": {"family": "tabm"}, "prepare": {"scale": "smooth"}}, {}, "a tabm is more than linear layers"),
        (training(optimizer="rmsprop"), {}, "rmsprop is none of"),
        (training(step="eager"), {}, "not to be captured"),
        (training(class_weights="balanced"), {}, "rows have weights"),
        ({}, training(batch_size=20), "differ in more than"),
        ({}, {"model": {"hidden": [6]}}, "differ in more than"),
        ({}, {"model": {"dropout": 0.5}}, "layers differ"),
        ({"model": {"hidden": [512, 512]}}, {}, "keep a processor busy"),
    ],
)
def test_what_is_in_the_way_is_said(common: dict[str, Any], own: dict[str, Any], said: str):
    sessions = [begin(config(XOR, common)), begin(config(XOR, common, own))]
    assert said in hindrance(sessions)


def test_embedded_categories_are_in_the_way():
    assert hindrance([begin(config(CARS, {"prepare": {"embed": {"Origin": 2}}}))]) == "categories are embedded"
