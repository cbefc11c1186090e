"""What a resumed run keeps, and how it is said when something no longer fits."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
import torch

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.run_lookup import find_run

Call = Callable[..., CompletedProcess[str]]


def table(path: Path, rows: int, *, shift: float = 0.0) -> Path:
    """A small regression: y = a + b."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b", "y"])
        writer.writerows([n % 7 + shift * (n % 3 == 0), n % 5, n % 7 + n % 5] for n in range(rows))
    return path


@pytest.fixture
def stopped(tmp_path: Path, nnlab: Call) -> Path:
    """The table of a run named `r` that has trained two epochs."""
    path = table(tmp_path / "sums.csv", 80)
    done = nnlab("train", path, "--target", "y", "--epochs", 2, "--name", "r", "--plain")
    assert done.returncode == 0, done.stderr
    return path


def refusal(done: CompletedProcess[str]) -> str:
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    return done.stderr


def test_the_same_choices_may_be_said_again(stopped: Path, nnlab: Call):
    done = nnlab("train", stopped, "--resume", "r", "--target", "y", "--epochs", 3, "--plain")
    assert done.returncode == 0, done.stderr
    assert checkpoints.load(find_run("r").last).epoch == 3


def test_other_choices_are_named(stopped: Path, nnlab: Call):
    said = refusal(nnlab("train", "--resume", "r", "--epochs", 4, "--lr", 0.5, "--hidden", "3"))
    assert re.search(r"training\.lr was 0\.\d+ and is 0\.5", said)
    assert re.search(r"model\.hidden was \[\d+, \d+\] and is \[3\]", said)
    assert "--resume-weights-only" in said
    assert "leave out --name" in refusal(nnlab("train", "--resume", "r", "--name", "s"))
    assert "--epochs 4" in refusal(nnlab("train", "--resume", "r"))
    assert "--resume" in refusal(nnlab("train", "xor", "--resume-weights-only"))


def test_other_data_are_noticed(stopped: Path, nnlab: Call):
    before = find_run("r").last.read_bytes()
    table(stopped, 90)
    assert "train rows, and there were" in refusal(nnlab("train", "--resume", "r", "--epochs", 4))
    table(stopped, 80, shift=0.25)
    assert "have changed" in refusal(nnlab("train", "--resume", "r", "--epochs", 4))
    stopped.unlink()
    assert "sums.csv" in refusal(nnlab("train", "--resume", "r", "--epochs", 4))
    assert find_run("r").last.read_bytes() == before


def test_weights_alone_go_into_a_new_run(stopped: Path, nnlab: Call):
    table(stopped, 90)
    old = checkpoints.load(find_run("r").last)
    done = nnlab(
        "train", "--resume", "r", "--resume-weights-only", "--epochs", 1, "--lr", 1e-12, "--name", "s", "--plain"
    )
    assert done.returncode == 0, done.stderr
    new = checkpoints.load(find_run("s").last)
    assert new.epoch == 1
    assert all(torch.allclose(new.weights[name], old.weights[name], atol=1e-6) for name in old.weights)
    said = refusal(nnlab("train", "--resume", "r", "--resume-weights-only", "--hidden", "3"))
    assert re.search(r"its hidden is \[\d+, \d+\], not \[3\]", said)
