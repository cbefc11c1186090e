"""The loop: its events, its records on disk, stopping, going on, and being steered."""

import csv
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.config import Config, merge, validate
from nnlab.engine.errors import NnlabError, UsageError
from nnlab.engine.events import (
    CheckpointSaved,
    EpochEnded,
    EpochProgress,
    Event,
    Noted,
    PictureTaken,
    RunFinished,
    RunStarted,
    StateChanged,
)
from nnlab.engine.runs.claim import claim
from nnlab.engine.runs.control import send
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.runs.log import history_of, read_events
from nnlab.engine.runs.summary import summarize
from nnlab.engine.training import train as loop
from nnlab.engine.training.interrupt import StopRequest
from nnlab.engine.training.session import begin
from nnlab.engine.training.train import go_on, run, train

SMALL: dict[str, Any] = {
    "data": {"name": "xor", "samples": 200},
    "model": {"family": "noisy-mlp", "hidden": [6, 4], "activation": "tanh", "dropout": 0.1, "noise": 0.05},
    "training": {"epochs": 6, "batch_size": 16, "lr": 0.02, "scheduler": "plateau", "patience": 1, "early_stop": 50},
}


def small(**training: Any) -> Config:
    return validate(merge(SMALL, {"training": training}), source="test")


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return claim(out=tmp_path / "run")


def last(events: list[Event]) -> RunFinished:
    event = events[-1]
    assert isinstance(event, RunFinished)
    return event


def test_who_goes_on_with_a_run_that_was_stopped_early_trains_it(folder: RunFolder):
    list(run(begin(small(epochs=200, lr=1e-12, early_stop=3)), folder))
    for ended in (7, 10):
        events = list(go_on(folder, lambda last: begin(last.config, resume=last)))
        assert (last(events).stopped_by, last(events).epochs) == ("early_stop", ended)
        said = [event.text for event in events if isinstance(event, Noted)]
        assert "early stopping starts over: 3 epochs may pass without a better loss" in said
    unsaid = folder.events.read_text(encoding="utf-8").splitlines()[:-1]
    folder.events.write_text("\n".join(unsaid) + "\n", encoding="utf-8")  # killed before its last word
    assert last(list(go_on(folder, lambda last: begin(last.config, resume=last)))).epochs == 10


def test_events_come_in_order_and_are_the_files_events(folder: RunFolder):
    events = list(run(begin(small(checkpoint_every="1e")), folder))
    assert isinstance(events[0], RunStarted)
    assert [event.epoch for event in events if isinstance(event, EpochEnded)] == [1, 2, 3, 4, 5, 6]
    assert last(events).stopped_by == "epochs"
    assert read_events(folder) == [event for event in events if not isinstance(event, EpochProgress)]
    assert {event.kind for event in events if isinstance(event, CheckpointSaved)} == {"best", "last"}
    assert summarize(folder).status == "finished"


def test_the_history_is_a_csv_of_the_same_numbers(folder: RunFolder):
    events = list(run(begin(small()), folder))
    with folder.history.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [{name: float(cell) for name, cell in row.items()} for row in rows] == history_of(events)
    assert rows[0]["epoch"] == "1"


def test_the_best_checkpoint_is_the_epoch_of_least_validation_loss(folder: RunFolder):
    events = list(run(begin(small()), folder))
    history = history_of(events)
    best = min(history, key=lambda record: record["loss_valid"])
    assert checkpoints.load(folder.best).epoch == last(events).best_epoch == best["epoch"]
    assert checkpoints.load(folder.last).epoch == 6


@pytest.mark.parametrize("patience", [1, 3, 7])
def test_early_stopping_waits_for_its_patience(patience: int):
    """At this learning rate no weight moves, so that no epoch is better than the first."""
    finished = last(list(train(small(epochs=200, lr=1e-12, early_stop=patience))))
    assert (finished.stopped_by, finished.best_epoch, finished.epochs) == ("early_stop", 1, 1 + patience)


def test_a_divergence_is_said_and_never_the_best(folder: RunFolder):
    config = validate(
        {
            "data": {"name": "plane", "samples": 100},
            "model": {"hidden": [8]},
            "training": {"optimizer": "sgd", "lr": 1e12, "epochs": 20},
        },
        source="test",
    )
    finished = last(list(run(begin(config), folder)))
    assert finished.stopped_by == "diverged"
    assert "--lr" in finished.message
    history = history_of(read_events(folder))
    assert math.isnan(history[-1]["loss_train"])
    assert finished.best_epoch < len(history)
    assert summarize(folder).status == "diverged"


def stop_after(events: Iterator[Event], epochs: int, stop: StopRequest) -> list[Event]:
    """Collect the events; ask for a stop once so many epochs are done."""
    seen: list[Event] = []
    for event in events:
        seen.append(event)
        if isinstance(event, EpochEnded) and event.epoch == epochs:
            stop.reason = "interrupt"
    return seen


def timeless(folder: RunFolder) -> list[dict[str, float]]:
    """A run's history without how long its epochs took."""
    return [{k: v for k, v in row.items() if k != "seconds"} for row in history_of(read_events(folder))]


def test_a_stopped_run_goes_on_as_if_never_stopped(tmp_path: Path):
    whole, parted = claim(out=tmp_path / "whole"), claim(out=tmp_path / "parted")
    reference = last(list(run(begin(small(epochs=8)), whole)))
    stop = StopRequest()
    first = stop_after(run(begin(small(epochs=8)), parted, stop), 3, stop)
    assert last(first).stopped_by == "interrupt"
    assert summarize(parted).status == "interrupted"
    second = list(run(begin(small(epochs=8), resume=checkpoints.load(parted.last)), parted))
    ours, theirs = checkpoints.load(parted.last), checkpoints.load(whole.last)
    assert all(torch.equal(ours.weights[name], theirs.weights[name]) for name in theirs.weights)
    assert last(second).best_epoch == reference.best_epoch
    assert timeless(parted) == timeless(whole)
    assert last(second).metrics == reference.metrics


@pytest.mark.parametrize(("epoch", "step"), [(0, 1), (0, 8), (3, 5)])
def test_a_run_stopped_within_an_epoch_goes_on_there(
    epoch: int, step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Of an epoch's nine steps some are done when it is stopped."""
    whole, parted = claim(out=tmp_path / "whole"), claim(out=tmp_path / "parted")
    reference = last(list(run(begin(small()), whole)))
    session, stop = begin(small()), StopRequest()
    take = session.steps.run

    def stopping(first: int, rates: Sequence[float]) -> None:
        take(first, rates)
        if (session.epoch, first + len(rates)) == (epoch, step):
            stop.reason = "interrupt"

    monkeypatch.setattr(loop, "CHUNK_SECONDS", 0.0)  # one step at a time
    monkeypatch.setattr(session.steps, "run", stopping)
    first = list(run(session, parted, stop))
    assert (last(first).stopped_by, last(first).epochs) == ("interrupt", epoch)
    kept = checkpoints.load(parted.last)
    assert (kept.epoch, kept.state["step"], session.total_steps) == (epoch, step, 9)
    second = list(run(begin(small(), resume=kept), parted))
    ours, theirs = checkpoints.load(parted.last), checkpoints.load(whole.last)
    assert all(torch.equal(ours.weights[name], theirs.weights[name]) for name in theirs.weights)
    assert timeless(parted) == timeless(whole)
    assert last(second).metrics == reference.metrics


def test_a_checkpoint_of_another_network_is_refused(folder: RunFolder):
    list(run(begin(small(epochs=1)), folder))
    other = validate(merge(SMALL, {"model": {"family": "mlp", "hidden": [3]}}), source="test")
    with pytest.raises(UsageError, match="does not fit"):
        begin(other, resume=checkpoints.load(folder.last))
    with pytest.raises(UsageError, match="no training state"):
        begin(small(), resume=checkpoints.load(folder.best))


def test_a_folder_that_vanishes_fails_the_run_and_says_so(folder: RunFolder):
    events = run(begin(small(checkpoint_every="1e")), folder)
    assert isinstance(next(events), RunStarted)
    for path in folder.path.iterdir():
        path.unlink()
    folder.path.rmdir()
    seen: list[Event] = []
    with pytest.raises(NnlabError, match="cannot be written"):
        seen.extend(events)
    assert not folder.path.exists()


def test_requests_are_taken_while_it_trains(folder: RunFolder):
    events = run(begin(small(epochs=4000, early_stop=4000)), folder)
    next(events)
    send(folder, "set", lr=0.5)
    send(folder, "set", lr=-1)
    send(folder, "save")
    send(folder, "pictures", every=0.0, until=1e18, width=8, height=4)
    send(folder, "epoch")
    seen: list[Event] = []
    for event in events:
        seen.append(event)
        if isinstance(event, StateChanged) and event.state == "paused":
            send(folder, "stop")
    notes = [event.text for event in seen if isinstance(event, Noted)]
    assert "set lr = 0.5" in notes
    assert any("'training.lr' cannot be -1" in note for note in notes)
    assert any(isinstance(event, PictureTaken) and event.kind == "map" for event in seen)
    assert [event.state for event in seen if isinstance(event, StateChanged)] == ["paused", "stopping"]
    assert last(seen).stopped_by == "interrupt"
    assert [row["lr"] for row in history_of(seen)] == [0.5]


@pytest.mark.parametrize(("request_", "epochs"), [("resume", 3), ("stop", 0)])
def test_a_run_that_begins_paused_waits_for_a_request(folder: RunFolder, request_: str, epochs: int):
    events = run(begin(small(epochs=3)), folder, paused=True)
    seen: list[Event] = []
    for event in events:
        seen.append(event)
        if isinstance(event, StateChanged) and event.state == "paused":
            send(folder, "pictures", every=0.0, until=1e18, width=8, height=4)
        if isinstance(event, PictureTaken) and event.live and event.epoch == 0:
            send(folder, request_)
    changes = [(event.state, event.epoch) for event in seen if isinstance(event, StateChanged)]
    assert changes[:2] == [("paused", 0), ("running" if request_ == "resume" else "stopping", 0)]
    assert last(seen).epochs == epochs
    assert folder.last.exists()


def test_watching_changes_no_number_and_leaves_a_film(folder: RunFolder, tmp_path: Path):
    alone = RunFolder(tmp_path / "alone")
    alone.path.mkdir()
    events = run(begin(small(epochs=40, early_stop=40)), folder)
    next(events)
    send(folder, "pictures", every=0.0, until=1e18, width=8, height=4)
    watched = list(events)
    unwatched = list(run(begin(small(epochs=40, early_stop=40)), alone))
    pairs = zip(history_of(watched), history_of(unwatched), strict=True)
    assert all(a == {**b, "seconds": a["seconds"]} for a, b in pairs)
    film = [json.loads(line) for line in folder.film.read_text(encoding="utf-8").splitlines()]
    assert film
    assert all(picture["live"] for picture in film)
    assert not [event for event in read_events(folder) if isinstance(event, PictureTaken) and event.live]
    assert not alone.film.exists()


def test_what_has_not_changed_is_not_drawn_again(folder: RunFolder):
    events = run(begin(small(epochs=3)), folder, paused=True)
    next(events)
    send(folder, "pictures", every=0.0, until=1e18, width=8, height=4, kinds=["map"])
    drawn, waiting = 0, True
    for event in events:
        if isinstance(event, PictureTaken) and event.live and waiting:
            drawn += 1
            send(folder, "pictures", every=0.0, until=1e17, width=8, height=4, kinds=["map"])
            send(folder, "save")
        elif isinstance(event, CheckpointSaved) and waiting:
            send(folder, "resume")
        elif isinstance(event, StateChanged) and event.state == "running":
            waiting = False
    assert drawn == 1


@pytest.mark.parametrize(
    "wrong",
    [{"axes": ["x1", "nope"]}, {"axes": 3}, {"axes": ["x1"]}, {"width": "wide"}, {"kinds": 7}, {"every": "often"}],
    ids=str,
)
def test_a_wish_for_pictures_that_makes_no_sense_is_noted(folder: RunFolder, wrong: dict[str, object]):
    events = run(begin(small(epochs=30, early_stop=30)), folder)
    next(events)
    send(folder, "pictures", **{"every": 0.0, "until": 1e18, "width": 8, "height": 4, **wrong})
    seen = list(events)
    assert last(seen).stopped_by == "epochs"
    assert [event for event in seen if isinstance(event, Noted) and event.text.startswith("no picture")]
    assert len([event for event in seen if isinstance(event, Noted) and event.text.startswith("no picture")]) == 1


def test_a_log_line_that_is_no_request_is_passed_over(folder: RunFolder):
    events = run(begin(small(epochs=2)), folder)
    next(events)
    folder.control.write_text("nonsense\n" + json.dumps([1]) + "\n" + json.dumps({"request": 3}) + "\n")
    assert last(list(events)).stopped_by == "epochs"
