"""A network is trained once more, on validation rows too, for as many epochs as were best."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.config import Config, merge, validate
from nnlab.engine.errors import UsageError
from nnlab.engine.evaluation.evaluate import evaluate
from nnlab.engine.events import EpochEnded, Event, Noted, RunFinished, RunStarted
from nnlab.engine.runs.claim import claim
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.runs.log import read_events
from nnlab.engine.runs.progress import progress_of
from nnlab.engine.training.folds import cross_validate
from nnlab.engine.training.interrupt import StopRequest
from nnlab.engine.training.resume import settle
from nnlab.engine.training.session import begin
from nnlab.engine.training.train import go_on, run

FAMILIES: list[dict[str, Any]] = [
    {"family": "mlp", "hidden": [8], "dropout": 0.1},
    {"family": "tabm", "members": 3, "hidden": [8], "dropout": 0.1},
]


def cars(model: dict[str, Any] = FAMILIES[0], **choices: Any) -> Config:
    tree: dict[str, Any] = {
        "data": {"name": "auto-mpg"},
        "model": model,
        "training": {"epochs": 9, "batch_size": 50, "lr": 0.05, "early_stop": 3, "scheduler": "cosine", "refit": True},
    }
    return validate(merge(tree, choices), source="test")


def epochs(events: list[Event]) -> list[dict[str, float]]:
    return [event.record for event in events if isinstance(event, EpochEnded)]


def last(events: list[Event]) -> RunFinished:
    assert isinstance(events[-1], RunFinished)
    return events[-1]


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return claim(out=tmp_path / "run")


@pytest.mark.parametrize("model", FAMILIES, ids=lambda model: model["family"])
def test_it_is_the_training_that_all_rows_would_have_had(model: dict[str, Any]):
    session = begin(cars(model))
    told = len(session.prepared.train), len(session.prepared.valid or [])
    events = list(run(session))
    alone = list(run(begin(cars(model, training={"refit": False}))))
    assert session.refit is not None
    assert (session.refit.after, session.refit.epochs) == (last(alone).epochs, last(alone).best_epoch)
    assert [row["loss_train"] for row in epochs(events)[: session.refit.after]] == [
        row["loss_train"] for row in epochs(alone)
    ]
    again = epochs(events)[session.refit.after :]
    assert len(again) == session.refit.epochs
    assert not any("loss_valid" in row for row in again)
    assert last(events).best_epoch == session.refit.last == session.epoch
    assert len(session.prepared.train) == sum(told)
    fresh = begin(cars(model, training={"epochs": 1}))
    assert again[0]["loss_train"] != pytest.approx(epochs(events)[0]["loss_train"])
    assert again[0]["lr"] == pytest.approx(epochs(events)[0]["lr"], rel=0.05)
    assert session.fingerprint == fresh.fingerprint


def test_events_say_how_far_it_is_and_what_is_known_of_the_validation_rows(folder: RunFolder):
    events = list(run(begin(cars()), folder))
    starts = [event for event in events if isinstance(event, RunStarted)]
    assert [event.first_epoch for event in starts] == [1, starts[1].first_epoch]
    assert starts[1].config["training"]["epochs"] == last(events).epochs
    assert starts[1].rows == {
        "train": starts[0].rows["train"] + starts[0].rows["valid"],
        "test": starts[0].rows["test"],
    }
    said = [event.text for event in events if isinstance(event, Noted)]
    best = last(events).epochs - starts[1].first_epoch + 1
    assert any(text.startswith(f"once more from the start, for {best} epoch") for text in said)
    known = epochs(events)[best - 1]
    assert {name: last(events).metrics[name] for name in ("loss_valid", "mae_valid")} == {
        name: known[name] for name in ("loss_valid", "mae_valid")
    }
    assert "mae_test" in last(events).metrics
    progress = progress_of(read_events(folder))
    assert (progress.best_epoch, progress.epoch) == (last(events).best_epoch, last(events).epochs)


def test_that_the_first_training_stopped_early_is_not_said_of_the_second():
    impatient = {"epochs": 60, "early_stop": 2, "lr": 0.1}
    assert last(list(run(begin(cars(training={**impatient, "refit": False}))))).stopped_by == "early_stop"
    assert last(list(run(begin(cars(training=impatient))))).stopped_by == "epochs"


def test_until_it_is_done_the_best_epoch_is_the_validated_one(folder: RunFolder):
    events: list[Event] = []
    for event in run(begin(cars()), folder):
        events.append(event)
        if isinstance(event, EpochEnded) and sum(isinstance(one, RunStarted) for one in events) == 2:
            break
    progress = progress_of(events)
    assert progress.best == min(epochs(events)[:-1], key=lambda row: row["loss_valid"])


@pytest.mark.parametrize("model", FAMILIES, ids=lambda model: model["family"])
@pytest.mark.parametrize(("training", "saves"), [(1, 3), (1, 7), (2, 1), (2, 3), (2, 5)])
def test_a_run_that_was_stopped_goes_on_bit_for_bit(
    model: dict[str, Any], training: int, saves: int, folder: RunFolder
):
    config = cars(model, training={"threads": 1, "checkpoint_every": "1steps", "early_stop": 50})
    whole = begin(config)
    list(run(whole))
    _stopped(config, folder, training, saves)
    events = list(go_on(folder, lambda last: begin(settle(last, {}, "run"), resume=last)))
    assert last(events).best_epoch == whole.epoch
    for name, value in checkpoints.load(folder.best).weights.items():
        assert torch.equal(value, whole.best_weights[name])


def _stopped(config: Config, folder: RunFolder, training: int, saves: int) -> None:
    """Stop a run after so many saves of the first or of the second training."""
    stop, starts, saved = StopRequest(), 0, 0
    for event in run(begin(config), folder, stop):
        if isinstance(event, RunStarted):
            starts, saved = starts + 1, 0
        saved += getattr(event, "kind", "") == "last"
        if (starts, saved) == (training, saves):
            stop.reason = "interrupt"
    assert stop.reason is not None


def test_a_run_that_is_finished_has_no_more_to_train(folder: RunFolder):
    list(run(begin(cars()), folder))
    with pytest.raises(UsageError, match="trained once more on all its rows and is finished"):
        settle(checkpoints.load(folder.last), {}, "run")
    with pytest.raises(UsageError, match="leave out --epochs"):
        settle(checkpoints.load(folder.last), {"training": {"epochs": 500}}, "run")


def test_a_checkpoint_says_that_validation_rows_were_trained_on(tmp_path: Path):
    frame = pd.DataFrame({"a": np.arange(200.0), "b": np.arange(200.0) % 7})
    frame["y"] = frame["a"] + frame["b"]
    frame.to_csv(tmp_path / "t.csv", index=False)
    for refit, said in ((True, "were trained on"), (False, "were validated on")):
        data = {"name": str(tmp_path / "t.csv"), "target": "y"}
        folder = claim(out=tmp_path / f"run-{refit}")
        list(run(begin(cars(data=data, training={"refit": refit})), folder))
        checkpoint = checkpoints.load(folder.best)
        assert checkpoint.refit is refit
        assert said in evaluate(checkpoint, split="valid", trusted=True).notes[0]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"valid_split": "none"}, "there are no validation rows"),
        ({"valid_split": "test"}, "the validation rows are the test rows"),
    ],
)
def test_what_hinders_it_is_said(data: dict[str, str], why: str):
    events = list(run(begin(cars(data=data))))
    assert f"not trained once more: {why}" in [event.text for event in events if isinstance(event, Noted)]
    assert len(epochs(events)) <= 9


def test_a_run_from_anothers_weights_is_not_trained_from_the_start(folder: RunFolder):
    list(run(begin(cars()), folder))
    events = list(run(begin(cars(), weights=checkpoints.load(folder.best))))
    assert "not trained once more: its first weights were another run's" in [
        event.text for event in events if isinstance(event, Noted)
    ]


def test_folds_are_trained_once_more_on_their_own_rows_alone():
    config = cars(data={"valid_split": None})
    done = list(cross_validate(config, 2, lambda _: None, StopRequest()))
    rows = begin(config).prepared
    assert sum(fold.test_rows for fold in done) == sum(len(split) for split in rows.splits.values())
    assert all(fold.train_rows + fold.test_rows == done[0].train_rows + done[0].test_rows for fold in done)


@pytest.mark.parametrize("state", [{"after": -1, "epochs": 2, "temperature": 1.0}, {"after": 3, "epochs": 2}, 7])
def test_a_strangers_state_is_refused(state: Any, folder: RunFolder):
    list(run(begin(cars()), folder))
    body = torch.load(folder.last, weights_only=True)
    body["state"]["refit"] = state
    torch.save(body, folder.last)
    with pytest.raises(UsageError, match="refit"):
        checkpoints.load(folder.last)
