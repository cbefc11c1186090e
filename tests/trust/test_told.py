"""A training that others are told of trains as it always does, tells them, and keeps no address."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from processes import Nnlab, assert_equal_runs, wait_until

from nnlab.engine.runs.folder import RunFolder

SECRET = "t0p-s3cret"


def test_the_run_is_the_same_and_its_folder_does_not_know_whom_it_told(hook: Any, own_world: Path, tmp_path: Path):
    address, sent, _ = hook
    words = ["train", "xor", "--epochs", 3, "--json"]
    log = f"tensorboard={tmp_path / SECRET}"
    told = Nnlab(own_world, *words, "--name", "a", "--notify", address, "--log", log, cwd=tmp_path)
    assert told.process.communicate(timeout=100)[1] == ""
    assert told.process.returncode == 0
    alone = Nnlab(own_world, *words, "--name", "b", cwd=tmp_path)
    assert alone.process.communicate(timeout=100)[1] == ""
    assert_equal_runs(RunFolder(own_world / "a"), RunFolder(own_world / "b"))
    assert len(sent) == 1
    assert "a is done" in sent[0]
    assert list((tmp_path / SECRET / "a").glob("events.out.tfevents.*"))
    files = [path for path in (own_world / "a").rglob("*") if path.is_file()]
    assert len(files) > 4
    assert not [path.name for path in files if SECRET.encode() in path.read_bytes()]


def test_several_processes_tell_as_one_does(hook: Any, own_world: Path, tmp_path: Path):
    address, sent, _ = hook
    words = ["train", "xor", "--samples", 100, "--epochs", 1, "--quiet", "--name", "a", "--processes", 2]
    told = Nnlab(own_world, *words, "--notify", address, "--log", f"tensorboard={tmp_path / 'logs'}", cwd=tmp_path)
    assert told.end() == (0, "")
    assert len(sent) == 1
    assert len(list((tmp_path / "logs" / "a").glob("events.out.tfevents.*"))) == 1


WORDS = ("train", "xor", "--epochs", 2, "--quiet", "--name", "x")


def test_nobody_who_listens_harms_nothing(own_world: Path):
    code, errors = Nnlab(own_world, *WORDS, "--notify", f"http://127.0.0.1:1/{SECRET}").end()
    assert code == 0
    assert "127.0.0.1 could not be told" in errors
    assert SECRET not in errors
    assert "Traceback" not in errors


def test_no_place_to_log_to_is_told_before_anything_is_trained(own_world: Path, tmp_path: Path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    code, errors = Nnlab(own_world, *WORDS, "--log", f"tensorboard={tmp_path / 'file'}").end()
    assert code == 2
    assert str(tmp_path / "file") in errors
    assert not (own_world / "x").exists()


def test_one_that_is_killed_is_told_of(hook: Any, own_world: Path):
    address, sent, _ = hook
    words = ["train", "xor", "--epochs", 1_000_000, "--json", "--name", "x", "--notify", address]
    training = Nnlab(own_world, *words, stderr=None)
    training.line("epoch")
    os.kill(training.process.pid, signal.SIGKILL)
    training.process.wait()
    wait_until(lambda: bool(sent))
    assert "x has crashed" in sent[0]
    assert training.process.stdout is not None
    training.process.stdout.close()


def test_folds_and_seeds_are_logged_each_and_told_of_once(hook: Any, own_world: Path, tmp_path: Path):
    address, sent, _ = hook
    for word in ("--folds", "--seeds"):
        sent.clear()
        logs = tmp_path / word
        words = [
            "train",
            "iris",
            word,
            2,
            "--epochs",
            2,
            "--quiet",
            "--notify",
            address,
            "--log",
            f"tensorboard={logs}",
        ]
        assert Nnlab(own_world, *words, cwd=tmp_path).end() == (0, "")
        assert len(sent) == 1
        assert f"2 {word[2:]} of iris are done" in sent[0]
        assert "On average" in sent[0]
        assert len([*logs.glob("*/events.out.tfevents.*")]) == 2


def test_folds_that_cannot_be_trained_are_told_of(hook: Any, own_world: Path):
    address, sent, _ = hook
    words = ["train", "auto-mpg", "--folds", 2, "--lr", 1000, "--optimizer", "sgd", "--quiet", "--notify", address]
    code, errors = Nnlab(own_world, *words).end()
    assert (code, len(sent)) == (1, 1)
    assert "2 folds of auto-mpg failed" in sent[0]
    assert "diverged" in sent[0]
    assert "diverged" in errors


def test_a_sweeps_trials_are_logged_and_its_end_is_told(hook: Any, own_world: Path, tmp_path: Path):
    pytest.importorskip("optuna")
    address, sent, _ = hook
    words = ["sweep", "xor", "--epochs", 2, "--lr", "1e-3..1e-1", "--trials", 2, "--jobs", 1, "--quiet", "--name", "s"]
    told = Nnlab(own_world, *words, "--notify", address, "--log", f"tensorboard={tmp_path / 'logs'}", cwd=tmp_path)
    assert told.end() == (0, "")
    assert len(sent) == 1
    assert "s is done" in sent[0]
    assert "2 trials in" in sent[0]
    assert {"s-00", "s-01"} <= {path.parent.name for path in (tmp_path / "logs").glob("*/events.out.tfevents.*")}


def test_a_sweep_that_is_killed_is_told_of(hook: Any, own_world: Path):
    pytest.importorskip("optuna")
    address, sent, _ = hook
    words = ["sweep", "xor", "--epochs", 1_000_000, "--lr", "1e-3..1e-1", "--jobs", 1, "--json", "--name", "s"]
    sweep = Nnlab(own_world, *words, "--notify", address, stderr=None)
    sweep.line("trial_started")
    os.kill(sweep.process.pid, signal.SIGKILL)
    sweep.process.wait()
    wait_until(lambda: bool(sent))
    assert "s has crashed" in sent[0]
    assert sweep.process.stdout is not None
    sweep.process.stdout.close()
