"""Disks that fill, folders that go or close: one sentence, exit code 1, and the earlier checkpoint stays as it was."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.config import validate
from nnlab.engine.errors import NnlabError
from nnlab.engine.events import EpochEnded, RunFinished
from nnlab.engine.runs.claim import claim
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.runs.log import read_events
from nnlab.engine.runs.summary import summarize
from nnlab.engine.training.session import begin
from nnlab.engine.training.train import run

CONFIG = validate(
    {
        "data": {"name": "xor", "samples": 60},
        "model": {"hidden": [64, 64]},
        "training": {"epochs": 30, "checkpoint_every": "1e"},
    },
    source="test",
)
WIDE = ["train", "xor", "--hidden", "64,64", "--samples", "60", "--plain", "--checkpoint-every", "1e"]
ROOM = 40_000  # bytes: the event log fits, the checkpoint of two layers of 64 does not


def cramped(runs: Path, *argv: object) -> subprocess.CompletedProcess[str]:
    """Run nnlab where no file may become longer than ROOM, as if the disk were full."""
    return subprocess.run(
        [sys.executable, "-m", "nnlab", *map(str, argv)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, ROOM)),
        env={**os.environ, "NNLAB_RUNS": str(runs)},
        capture_output=True,
        text=True,
        timeout=100,
    )


def test_a_disk_too_small_for_the_first_checkpoint(tmp_path: Path):
    done = cramped(tmp_path, *WIDE, "--epochs", 3)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("Error: The checkpoint ")
    assert "File too large" in done.stderr
    folder = RunFolder(tmp_path / "xor-1")
    assert not list(folder.path.glob("*.pt")) + list(folder.path.glob(".*.tmp"))
    assert summarize(folder).status == "crashed"


@contextmanager
def small_disk(room: int) -> Generator[None]:
    """Let no file of this process become longer than `room` bytes for a while."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_wherever_the_disk_fills_the_reason_is_the_systems_own(tmp_path: Path):
    """The archive's writer fails differently in the middle of a record, between two, and at its end."""
    last, checkpoint = tmp_path / "last.pt", begin(CONFIG).checkpoint(best=False)
    checkpoints.save(last, checkpoint)
    before = last.read_bytes()
    for room in range(500, len(before), 499):
        with small_disk(room), pytest.raises(NnlabError, match="cannot be written: File too large"):
            checkpoints.save(last, checkpoint)
        assert list(tmp_path.iterdir()) == [last]
        assert last.read_bytes() == before


def test_a_disk_that_fills_keeps_the_earlier_checkpoint(tmp_path: Path):
    folder = claim("full", out=tmp_path / "full")
    config = CONFIG.model_copy(update={"training": CONFIG.training.model_copy(update={"epochs": 2})})
    for _ in run(begin(config), folder):
        pass
    before, best = folder.last.read_bytes(), folder.best.read_bytes()
    done = cramped(tmp_path, "train", "--resume", folder.path, "--epochs", 4, "--plain")
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert done.stderr.count("\n") == 1
    assert folder.last.read_bytes() == before
    assert folder.best.read_bytes() == best
    assert not list(folder.path.glob(".*.tmp"))
    last = read_events(folder)[-1]
    assert isinstance(last, RunFinished)
    assert last == summarize(folder).finished
    assert last.best_epoch == summarize(folder).best_epoch == checkpoints.load(folder.best).epoch == 2
    assert checkpoints.load(folder.last).epoch == 2


@contextmanager
def as_nobody() -> Generator[None]:
    """Give root's rights away for a while; others have none to give."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def anyones() -> Generator[Path]:
    """A folder that nobody owns, in a place that nobody may reach."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        if os.geteuid() == 0:
            os.chown(path, 65534, 65534)
        yield path
        path.chmod(0o700)


def until_it_fails(folder: RunFolder, spoil: Callable[[], None]) -> str:
    """Let three epochs pass, spoil something, and return the sentence with which the run then ends."""
    events = run(begin(CONFIG), folder)
    while not (isinstance(event := next(events), EpochEnded) and event.epoch == 3):
        pass
    spoil()
    with pytest.raises(NnlabError) as caught:
        list(events)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_rights_that_are_lost(anyones: Path):
    with as_nobody():
        folder = claim(out=anyones / "run")
        said = until_it_fails(folder, lambda: folder.path.chmod(0o500))
        assert "Permission denied" in said
        assert checkpoints.load(folder.last).epoch == 2  # what was saved before the end of the third was told
        folder.path.chmod(0o700)


def test_a_folder_one_may_not_write_to(anyones: Path):
    with as_nobody():
        folder = claim(out=anyones / "run")
        folder.path.chmod(0o500)
        with pytest.raises(NnlabError, match="Permission denied"):
            next(run(begin(CONFIG), folder))
        folder.path.chmod(0o700)


def test_a_folder_that_goes_while_it_trains(tmp_path: Path):
    folder = claim(out=tmp_path / "run")

    def remove() -> None:
        for path in folder.path.iterdir():
            path.unlink()
        folder.path.rmdir()

    assert "cannot be written" in until_it_fails(folder, remove)


def test_a_runs_folder_that_is_a_file(tmp_path: Path, nnlab: Callable[..., subprocess.CompletedProcess[str]]):
    (tmp_path / "file").touch()
    done = nnlab("train", "xor", "--epochs", 1, "--out", tmp_path / "file" / "run")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
