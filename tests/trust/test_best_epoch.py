"""The best epoch that a resumed run reports is one that it has trained: found after any kill, or told to be lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
import torch
from processes import Moment, assert_equal_runs, hit

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.config import Config, validate
from nnlab.engine.events import Noted, RunFinished
from nnlab.engine.history import History
from nnlab.engine.runs.claim import claim
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.runs.log import history_of, read_events
from nnlab.engine.training.best import measured
from nnlab.engine.training.divergence import Restarts
from nnlab.engine.training.interrupt import StopRequest
from nnlab.engine.training.session import begin
from nnlab.engine.training.train import go_on, run

Call = Callable[..., CompletedProcess[str]]

OFTEN = ["--batch-size", "16", "--lr", "0.02", "--checkpoint-every", "3e"]
WORDS = ["train", "xor", "--samples", "300", *OFTEN, "--threads", "1", "--quiet"]


def assert_truthful(folder: RunFolder) -> RunFinished:
    """The metrics that the run ended with are those of its best epoch, as its history and `best.pt` have them."""
    events = read_events(folder)
    finished = events[-1]
    assert isinstance(finished, RunFinished)
    row = history_of(events)[finished.best_epoch - 1]
    assert finished.metrics["loss_valid"] == pytest.approx(row["loss_valid"], rel=1e-6)
    best = checkpoints.load(folder.best)
    assert best.epoch == finished.best_epoch
    assert best.history[-1]["loss_valid"] == row["loss_valid"]
    return finished


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run that nobody touched."""
    runs = tmp_path_factory.mktemp("whole")
    assert hit(Moment("import", "no such module"), runs, *WORDS, "--epochs", 30, "--name", "whole").returncode == 0
    return RunFolder(runs / "whole")


@pytest.mark.parametrize(
    ("text", "count"), [(".best.pt-", 1), (".best.pt-", 2), (".best.pt-", 4), (".last.pt-", 3), (".last.pt-", 4)]
)
def test_killed_at_any_rename_the_best_epoch_is_there(
    text: str, count: int, nnlab: Call, own_world: Path, whole: RunFolder
):
    killed = hit(Moment("os.rename", text, "SIGKILL", count), own_world, *WORDS, "--epochs", 30, "--name", "r")
    assert killed.returncode == -9
    folder = RunFolder(own_world / "r")
    last = checkpoints.load(folder.last)
    shutil.copytree(folder.path, own_world / "short")
    short = RunFolder(own_world / "short")
    assert nnlab("train", "--resume", "short", "--epochs", last.epoch + 1, "--quiet").returncode == 0
    finished = assert_truthful(short)
    assert finished.best_epoch in (last.state["best"]["epoch"], last.epoch + 1)
    assert not [event for event in read_events(short) if isinstance(event, Noted)]
    assert nnlab("train", "--resume", "r", "--quiet").returncode == 0
    assert_equal_runs(folder, whole)
    assert not list(folder.path.glob(".*"))


def trained(name: str, *, seed: int = 0, epochs: int = 6, hidden: int = 4) -> RunFolder:
    """A finished run."""
    folder = claim(name)
    for _ in run(begin(config(epochs, seed, hidden)), folder):
        pass
    return folder


def config(epochs: int, seed: int = 0, hidden: int = 4) -> Config:
    return validate(
        {
            "data": {"name": "xor", "samples": 100},
            "model": {"hidden": [hidden]},
            "training": {"epochs": epochs, "checkpoint_every": "1e", "seed": seed},
        },
        source="test",
    )


def damage(folder: RunFolder, how: str) -> None:
    """Something that may have become of a run's `best.pt`."""
    match how:
        case "missing":
            folder.best.unlink()
        case "a dead link":
            folder.best.unlink()
            folder.best.symlink_to("/nonexistent")
        case "another run":
            shutil.copy(trained("other", seed=9).best, folder.best)
        case "another network":
            shutil.copy(trained("other", hidden=5).best, folder.best)
        case "another run of more epochs":
            shutil.copy(trained("other", seed=9, epochs=20).best, folder.best)
        case "an earlier epoch":
            shutil.copy(folder.path / "early.pt", folder.best)
        case "a later epoch":  # as a kill between two renames left it in earlier versions
            shutil.copy(folder.last, folder.path / "kept.pt")
            resumed(folder, 20)
            shutil.copy(folder.path / "kept.pt", folder.last)
        case _:
            raise ValueError(how)


DAMAGES = {
    "missing": "is missing",
    "a dead link": "is missing",
    "another run": "is of another run",
    "another network": "is of another network",
    "another run of more epochs": "is of another run",
    "an earlier epoch": "is of epoch 1, not of the best one",
    "a later epoch": "is of epoch",
}


def resumed(folder: RunFolder, epochs: int, stop: StopRequest | None = None) -> list[str]:
    """Go on with a run to this epoch; returns what was noted."""
    events = go_on(folder, lambda last: begin(config(epochs), resume=last), stop)
    return [event.text for event in events if isinstance(event, Noted)]


@pytest.fixture
def folder() -> RunFolder:
    """A run of six epochs; beside it its best checkpoint after the first one, and a part of one that a kill left."""
    folder = trained("r", epochs=1)
    shutil.copy(folder.best, folder.path / "early.pt")
    resumed(folder, 6)
    assert checkpoints.load(folder.best).epoch > 1
    (folder.path / ".best.pt-1.tmp").write_bytes(b"half a checkpoint")
    return folder


@pytest.mark.parametrize("how", DAMAGES)
def test_what_is_not_this_runs_best_epoch_is_told_and_it_counts_anew(how: str, folder: RunFolder):
    damage(folder, how)
    (note,) = resumed(folder, 7)
    assert DAMAGES[how] in note
    assert note.endswith("so the best epoch counts anew")
    assert assert_truthful(folder).best_epoch == 7
    assert resumed(folder, 8) == []
    assert not list(folder.path.glob(".*"))


@pytest.mark.parametrize("how", DAMAGES)
def test_where_no_epoch_follows_none_is_called_the_best(how: str, folder: RunFolder):
    damage(folder, how)
    assert len(resumed(folder, 7, StopRequest("interrupt"))) == 1
    finished = read_events(folder)[-1]
    assert isinstance(finished, RunFinished)
    assert (finished.best_epoch, finished.best) == (0, "")
    row = history_of(read_events(folder))[-1]
    assert finished.metrics["loss_valid"] == pytest.approx(row["loss_valid"], rel=1e-6)
    assert not folder.best.exists()


def test_a_measure_that_only_later_epochs_have_makes_it_no_other_run():
    rows = [{"loss_train": 0.5}, {"loss_train": 0.25, "new": 1.0}]
    assert measured(History.of(rows).head(1)) == measured(History.of(rows[:1]))
    assert measured(History.of(rows)) != measured(History.of([{"loss_train": 0.5}, {"loss_train": 0.25}]))


def test_the_command_tells_it(folder: RunFolder, nnlab: Call):
    folder.best.unlink()
    done = nnlab("train", "--resume", "r", "--epochs", 7, "--plain")
    assert done.returncode == 0, done.stderr
    assert "best.pt is missing, so the best epoch counts anew" in " ".join(done.stdout.split())


@pytest.mark.parametrize("how", ["torn", "empty", "a folder"])
def test_one_that_cannot_be_read_may_be_the_right_one_and_stays(how: str, folder: RunFolder, nnlab: Call):
    content = folder.best.read_bytes()[:-100] if how == "torn" else b""
    if how == "a folder":
        folder.best.unlink()
        folder.best.mkdir()
    else:
        folder.best.write_bytes(content)
    before = folder.last.read_bytes()
    done = nnlab("train", "--resume", "r", "--epochs", 7, "--quiet")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "put the right one back, or remove it and the best epoch counts anew" in done.stderr
    assert folder.last.read_bytes() == before
    assert folder.best.is_dir() or folder.best.read_bytes() == content


def test_a_run_that_goes_back_takes_its_best_weights_with_it():
    session = begin(config(6))
    restarts = Restarts(wanted=True)
    restarts.keep(session)
    session.best.epoch_ended(3, 0.5)
    session.best_weights = session.weights()
    restarts.keep(session)
    third = session.best_weights
    session.best_weights = {name: torch.zeros_like(value) for name, value in third.items()}
    assert restarts.restart(session)
    assert (session.best.epoch, session.best_weights is third) == (3, True)
    assert restarts.restart(session)
    assert (session.best.epoch, session.best_weights) == (0, {})
