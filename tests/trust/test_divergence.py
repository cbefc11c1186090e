"""Trainings that diverge or find no memory: what is said, what is kept, and how they go on."""

from __future__ import annotations

import csv
import math
import os
import re
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.config import Config, merge, validate
from nnlab.engine.errors import NnlabError
from nnlab.engine.events import CheckpointSaved, EpochEnded, Event, Noted, RunFinished, RunStarted
from nnlab.engine.runs.claim import claim
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.runs.log import history_of, read_events
from nnlab.engine.training.memory import enough_memory
from nnlab.engine.training.session import begin
from nnlab.engine.training.train import go_on, run

WILD: dict[str, Any] = {
    "data": {"name": "plane", "samples": 100},
    "model": {"hidden": [8]},
    "training": {"optimizer": "sgd", "lr": 1e12, "epochs": 20},
}


def wild(**training: Any) -> Config:
    return validate(merge(WILD, {"training": training}), source="test")


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return claim(out=tmp_path / "run")


def finished(events: list[Event]) -> RunFinished:
    last = events[-1]
    assert isinstance(last, RunFinished)
    return last


def test_epoch_step_and_remedy_are_named(folder: RunFolder):
    last = finished(list(run(begin(wild()), folder)))
    assert last.stopped_by == "diverged"
    assert re.search(r"since step \d+ of epoch \d+", last.message)
    assert "--lr than 1e+12" in last.message
    for path in folder.path.glob("*.pt"):
        weights = checkpoints.load(path).weights
        assert all(weight.isfinite().all() for weight in weights.values())


@pytest.mark.parametrize("every", ["1e", "1h"])
def test_its_best_epoch_is_saved_and_going_on_from_before_it_is_told(every: str, folder: RunFolder):
    last = finished(list(run(begin(wild(lr=2.0, checkpoint_every=every)), folder)))
    assert (last.stopped_by, last.best_epoch, last.best) == ("diverged", 1, str(folder.best))
    best = checkpoints.load(folder.best)
    assert (best.epoch, best.history[-1]["loss_valid"]) == (1, pytest.approx(last.metrics["loss_valid"]))
    events = list(go_on(folder, lambda kept: begin(kept.config, resume=kept)))
    notes = [event.text for event in events if isinstance(event, Noted)]
    assert [text.endswith("so the best epoch counts anew") for text in notes] == ([True] if every == "1h" else [])
    assert finished(events).best_epoch == checkpoints.load(folder.best).epoch == 1


def test_unscaled_inputs_are_named_as_the_cause():
    session = begin(wild(lr=1.0))
    session.prepared.train.x[:].mul_(1e6)
    last = finished(list(run(session)))
    assert last.stopped_by == "diverged"
    assert "standardise" in last.message


def test_a_gradient_that_is_none_in_the_last_step_is_noticed(monkeypatch: pytest.MonkeyPatch):
    session = begin(wild(lr=0.01, epochs=1))
    take = session.steps.run

    def spoiled(first: int, rates: Sequence[float]) -> None:
        take(first, rates)
        if first + len(rates) == session.total_steps:
            session.flat.values.fill_(math.nan)

    monkeypatch.setattr(session.steps, "run", spoiled)
    last = finished(list(run(session)))
    assert last.stopped_by == "diverged"
    assert "gradient was not a number" in last.message


def test_restarts_lower_the_rate_and_leave_a_history_without_gap(folder: RunFolder):
    events = list(run(begin(wild(lr=50.0, epochs=12, on_divergence="restart", checkpoint_every="1e")), folder))
    notes = [event.text for event in events if isinstance(event, Noted) and event.level == "warning"]
    assert notes
    assert "with lr 5 (restart 1 of 3)" in notes[0]
    assert finished(events).stopped_by == "epochs"
    history = history_of(read_events(folder))
    assert [row["epoch"] for row in history] == list(range(1, 13))
    assert not any(math.isnan(row["loss_train"]) for row in history)
    with folder.history.open(encoding="utf-8") as file:
        assert [int(row["epoch"]) for row in csv.DictReader(file)] == list(range(1, 13))
    best = checkpoints.load(folder.best)
    assert best.config.training.lr < 50
    assert best.history[-1] == min(history, key=lambda row: row["loss_valid"])
    assert sum(isinstance(event, RunStarted) for event in events) == 1 + len(notes)


def test_three_restarts_are_the_most():
    events = list(run(begin(wild(on_divergence="restart"))))
    assert sum(isinstance(event, Noted) and event.level == "warning" for event in events) == 3
    assert finished(events).stopped_by == "diverged"


@pytest.mark.parametrize("every", ["3steps", "0.0001s"])
def test_saves_within_an_epoch(every: str, folder: RunFolder):
    config = wild(lr=0.01, epochs=2, batch_size=1, checkpoint_every=every)
    events = list(run(begin(config), folder))
    before_the_first_end = events[: next(i for i, event in enumerate(events) if isinstance(event, EpochEnded))]
    assert any(isinstance(event, CheckpointSaved) for event in before_the_first_end)


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA out of memory."), MemoryError(), RuntimeError("x can't allocate memory: y")]
)
def test_no_memory_names_the_batch_size_to_try(error: Exception):
    with pytest.raises(NnlabError, match="--batch-size 32"), enough_memory(64):
        raise error


def test_other_errors_pass():
    with pytest.raises(RuntimeError, match="shape"), enough_memory(64):
        raise RuntimeError("wrong shape")


def test_a_network_larger_than_memory_ends_in_a_sentence(tmp_path: Path):
    """In a process that may take three gigabytes of address space, a network of four."""
    argv = [sys.executable, "-m", "nnlab", "train", "xor", "--hidden", "30000,30000", "--plain"]
    done = subprocess.run(
        argv,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (3 * 2**30, 3 * 2**30)),
        env={**os.environ, "NNLAB_RUNS": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 1, done.stderr
    assert done.stderr.count("\n") == 1
    assert "not enough memory" in done.stderr
    assert not list(tmp_path.iterdir())
