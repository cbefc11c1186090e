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
from nnlab.engine.data.prepared import Prepared
from nnlab.engine.runs.lookup import find_run

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


NET = """
import torch


class Net(torch.nn.Sequential):
    def __init__(self, in_features, out_features, hidden=4):
        super().__init__(torch.nn.Linear(in_features, hidden), torch.nn.Tanh(), torch.nn.Linear(hidden, out_features))
"""


def test_a_network_of_ones_own_may_have_moved_or_changed_when_it_is_named(tmp_path: Path, nnlab: Call):
    (tmp_path / "net.py").write_text(NET, encoding="utf-8")
    own = ("--model", f"{tmp_path / 'net.py'}:Net", "--model-arg", "hidden=5")
    for name in ("r", "through"):
        nnlab("train", "xor", *own, "--epochs", 2 if name == "r" else 6, "--name", name)
    moved = (tmp_path / "net.py").rename(tmp_path / "moved.py")
    assert "say where it is" in refusal(nnlab("train", "--resume", "r", "--epochs", 4))
    done = nnlab("train", "--resume", "r", "--epochs", 4, "--model", f"{moved}:Net", "--plain")
    assert (done.returncode, "is not the text" in done.stdout) == (0, False), done.stderr
    moved.write_text(NET.replace("class Net", "# the same\n\n\nclass Other"), encoding="utf-8")
    assert "has changed since it was trained" in refusal(nnlab("train", "--resume", "r", "--epochs", 6))
    done = nnlab("train", "--resume", "r", "--epochs", 6, "--model", f"{moved}:Other", "--plain")
    assert f"note: {moved} is not the text that the network was trained with" in done.stdout, done.stderr
    ours, theirs = checkpoints.load(find_run("r").last), checkpoints.load(find_run("through").last)
    assert (ours.epoch, ours.spec.file, ours.spec.class_name) == (6, str(moved), "Other")
    assert all(torch.equal(ours.weights[key], theirs.weights[key]) for key in theirs.weights)
    assert nnlab("eval", "r").returncode == 0
    done = nnlab("train", "--resume", "r", "--resume-weights-only", "--model", f"{moved}:Other", "--lr", 0.1)
    assert done.returncode == 0, done.stderr


def test_a_network_of_another_shape_does_not_go_on(tmp_path: Path, nnlab: Call):
    (tmp_path / "net.py").write_text(NET, encoding="utf-8")
    own = ("--model", f"{tmp_path / 'net.py'}:Net")
    nnlab("train", "xor", *own, "--epochs", 2, "--name", "r")
    (tmp_path / "net.py").write_text(NET.replace("hidden=4", "hidden=6"), encoding="utf-8")
    assert "does not fit this training" in refusal(nnlab("train", "--resume", "r", "--epochs", 4, *own))


def test_test_rows_that_changed_are_told(stopped: Path, nnlab: Call):
    """Rows of no other split are: those go on to be trained on as before."""
    lines = stopped.read_text(encoding="utf-8").splitlines()
    for place in range(1, len(lines)):
        changed = [*lines]
        changed[place] = changed[place].rpartition(",")[0] + ",77"
        stopped.write_text("\n".join(changed) + "\n", encoding="utf-8")
        done = nnlab("train", "--resume", "r", "--epochs", 3 + place, "--plain")
        if done.returncode == 0:
            assert "the test rows have changed since the run was stopped" in done.stdout + done.stderr
            break
        assert "have changed" in refusal(done)
    else:
        pytest.fail("every row is of train or valid")


def test_a_value_that_the_checksum_passes_over_is_noticed(stopped: Path, nnlab: Call, monkeypatch: pytest.MonkeyPatch):
    from nnlab.engine.training import resume

    kept = checkpoints.load(find_run("r").last).state["data"]

    def unchanged(prepared: Prepared) -> dict[str, int]:
        return kept

    monkeypatch.setattr(resume, "fingerprint", unchanged)
    table(stopped, 80, shift=0.25)
    assert "their values are others" in refusal(nnlab("train", "--resume", "r", "--epochs", 4))


def test_rows_that_the_old_weights_were_trained_on_are_told(stopped: Path, nnlab: Call):
    def said(*choices: object) -> str:
        done = nnlab("train", "--resume", "r", "--resume-weights-only", "--epochs", 1, "--plain", *choices)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    assert "whose weights these are" not in said()
    assert re.search(
        r"\d+ of 24 test rows were trained on by the run whose weights these are", said("--test-size", 0.3)
    )
    lines = stopped.read_text(encoding="utf-8").splitlines()
    stopped.write_text("\n".join([lines[0], *lines[:0:-1]]) + "\n", encoding="utf-8")
    assert re.search(r"\d+ of 16 test rows were trained on by the run whose weights these are", said())
