"""Killed at random moments and resumed, a run ends as if nothing had happened; temporary files do not stay."""

from __future__ import annotations

import random
import signal
from pathlib import Path

import pytest
from killing import killed_and_untouched, noisy
from processes import Nnlab, assert_equal_runs, only_run, wait_until

from nnlab.engine.runs.claim import claim
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.training.session import begin
from nnlab.engine.training.train import run


@pytest.mark.parametrize("step", ["eager", "captured"])
def test_ten_kills_leave_no_trace(step: str, tmp_path: Path):
    assert killed_and_untouched(tmp_path, noisy(step), 10, random.Random(7)) >= 5


def test_kills_between_rare_saves(tmp_path: Path):
    assert killed_and_untouched(tmp_path, noisy("auto", every="7e"), 5, random.Random(3)) >= 2


def test_the_command_goes_on_after_a_kill(tmp_path: Path):
    flags = ["--samples", 300, "--dropout", 0.1, "--epochs", 40, "--checkpoint-every", "1e", "--threads", 1]
    whole = Nnlab(tmp_path / "whole", "train", "xor", *flags)
    killed = Nnlab(tmp_path / "killed", "train", "xor", *flags, "--json")
    killed.line("checkpoint")
    killed.process.send_signal(signal.SIGKILL)
    assert killed.end()[0] == -signal.SIGKILL
    resumed = Nnlab(tmp_path / "killed", "train", "--resume", "latest")
    assert resumed.end() == (0, "")
    assert whole.end() == (0, "")
    assert_equal_runs(only_run(tmp_path / "killed"), only_run(tmp_path / "whole"))


def test_what_a_killed_save_left_is_swept(tmp_path: Path):
    folder: RunFolder = claim(out=tmp_path / "run")
    (folder.path / ".last.pt-abc123.tmp").write_bytes(b"half a checkpoint")
    for _ in run(begin(noisy("eager", every="50e")), folder):
        pass
    assert not list(folder.path.glob(".*.tmp"))


def test_killed_before_anything_was_saved_the_way_on_is_said(tmp_path: Path):
    started = Nnlab(tmp_path, "train", "xor", "--json", "--epochs", 100000)
    wait_until(lambda: tmp_path.is_dir() and any(path.is_dir() for path in tmp_path.iterdir()))
    started.process.kill()
    started.end()
    folder = only_run(tmp_path)
    folder.last.unlink(missing_ok=True)
    folder.events.touch()
    code, errors = Nnlab(tmp_path, "train", "--resume", folder.name).end()
    assert code == 2
    assert "nothing was saved" in errors
