"""Two processes and one run: the second is refused, and nobody goes on from a state that another one still writes."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from processes import LONG, Nnlab, only_run

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.checkpoint import Checkpoint
from nnlab.engine.config import validate
from nnlab.engine.errors import NnlabError
from nnlab.engine.runs.claim import claim, is_live, locked
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.training import train
from nnlab.engine.training.session import Session, begin
from nnlab.engine.training.train import go_on, run

CONFIG = validate({"data": {"name": "xor", "samples": 60}, "training": {"epochs": 2}}, source="test")
LONGER = validate({"data": {"name": "xor", "samples": 60}, "training": {"epochs": 4}}, source="test")


@pytest.fixture
def folder() -> RunFolder:
    """A run of two epochs."""
    folder = claim("r")
    for _ in run(begin(CONFIG), folder):
        pass
    return folder


def test_a_run_is_locked_before_its_last_checkpoint_is_read(folder: RunFolder, monkeypatch: pytest.MonkeyPatch):
    load = train.load_last
    locks: list[bool] = []

    def load_last(folder: RunFolder) -> Checkpoint:
        locks.append(is_live(folder))
        return load(folder)

    def begin_from(last: Checkpoint) -> Session:
        locks.append(is_live(folder))
        return begin(LONGER, resume=last)

    monkeypatch.setattr(train, "load_last", load_last)
    assert len(list(go_on(folder, begin_from))) > 2
    assert locks == [True, True]
    assert not is_live(folder)


def test_of_a_run_that_is_trained_nothing_is_read(folder: RunFolder):
    def begin_from(last: Checkpoint) -> Session:
        raise AssertionError(f"read at epoch {last.epoch}")

    with locked(folder), pytest.raises(NnlabError, match="trained by another process"):
        next(go_on(folder, begin_from))


def test_a_resume_that_is_refused_gives_the_lock_back(folder: RunFolder):
    folder.last.unlink()
    with pytest.raises(NnlabError, match="nothing was saved"):
        next(go_on(folder, lambda last: begin(LONGER, resume=last)))
    assert not is_live(folder)


def test_of_two_resumes_at_once_the_second_is_refused(tmp_path: Path):
    first = Nnlab(tmp_path, *LONG)
    first.line("epoch")
    first.process.send_signal(signal.SIGTERM)
    assert first.end()[0] == 143
    resumed = Nnlab(tmp_path, "train", "--resume", "xor-1", "--json")
    began = resumed.line("run_started")["first_epoch"]
    second = Nnlab(tmp_path, "train", "--resume", "xor-1", "--epochs", 2000000, "--json")
    assert second.end() == (1, "Error: The run 'xor-1' is being trained by another process.\n")
    resumed.line("epoch")
    resumed.process.send_signal(signal.SIGTERM)
    assert resumed.end()[0] == 143
    assert checkpoints.load(only_run(tmp_path).last).epoch >= began
