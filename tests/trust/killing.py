"""Trainings in forked processes, killed with SIGKILL at random moments and resumed until they end."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from processes import assert_equal_runs

from nnlab.engine.config import Config, merge, validate
from nnlab.engine.events import RunFinished
from nnlab.engine.runs.claim import claim
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.runs.log import read_events
from nnlab.engine.training.session import begin
from nnlab.engine.training.train import go_on, run

NOISY: dict[str, Any] = {
    "data": {"name": "xor", "samples": 300},
    "model": {"family": "noisy-mlp", "hidden": [8, 6], "dropout": 0.1, "noise": 0.1},
    "training": {"epochs": 60, "batch_size": 16, "lr": 0.02, "scheduler": "plateau", "patience": 2, "early_stop": 40},
}


def noisy(step: str, every: str = "1e") -> Config:
    """A network with noise and dropout, a plateau schedule and early stopping."""
    return validate(merge(NOISY, {"training": {"step": step, "checkpoint_every": every}}), source="test")


def killed_and_untouched(folder: Path, config: Config, kills: int, rng: random.Random) -> int:
    """Train once untouched and once with so many kills, assert that both are equal; returns the kills that hit.

    A kill comes anywhere from the process's start to somewhat later than its share of the run.
    """
    whole, parted = claim(out=folder / "whole"), claim(out=folder / "parted")
    began = perf_counter()
    _wait(_forked(lambda: _train(whole, config)))
    share = (perf_counter() - began) / kills
    hits = 0
    for _ in range(kills):
        if _is_finished(parted):  # to go on with one that was stopped early is to want more of it
            break
        hits += _killed(lambda: _train(parted, config), rng.uniform(0, 3 * share))
    while not _is_finished(parted):
        _wait(_forked(lambda: _train(parted, config)))
    assert_equal_runs(parted, whole)
    assert not list(parted.path.glob(".*.tmp"))
    return hits


def _train(folder: RunFolder, config: Config) -> None:
    torch.set_num_threads(1)
    if folder.last.exists():
        events = go_on(folder, lambda last: begin(config, resume=last))
    else:
        events = run(begin(config), folder)
    for _ in events:
        pass


def _is_finished(folder: RunFolder) -> bool:
    events = read_events(folder)
    return bool(events) and isinstance(events[-1], RunFinished)


def _forked(work: Callable[[], None]) -> int:
    """Do the work in a child process that shares what this one has loaded; returns its id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def _wait(child: int) -> None:
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def _killed(work: Callable[[], None], seconds: float) -> bool:
    """Kill the work after so long; False if it ended before."""
    child = _forked(work)
    threading.Event().wait(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == -signal.SIGKILL
