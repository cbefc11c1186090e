"""`nnlab eval --baseline` and `--errors`: what a network is worth beside trees, and where it fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from subprocess import CompletedProcess

import pytest

Call = Callable[..., CompletedProcess[str]]


@pytest.fixture
def planted(nnlab: Call, own_world: Path, tmp_path: Path) -> Path:
    """A table in which answers of kind c are noise, and a run named planted of it."""
    draw = Random(4)
    path = tmp_path / "planted.csv"
    rows = [(draw.gauss(0, 1), draw.choice("abcd"), draw.gauss(0, 1)) for _ in range(900)]
    lines = [f"{size:.4f},{kind},{size + (3 if kind == 'c' else 0.1) * other:.4f}" for size, kind, other in rows]
    lines[4] = "1.5,a,"  # a row without an answer is left out, and numbers go on
    path.write_text("\n".join(["size,kind,answer", *lines]) + "\n", encoding="utf-8")
    told = ("--target", "answer", "--model", "linear", "--epochs", 30, "--lr", 0.02, "--name", "planted", "--quiet")
    done = nnlab("train", path, *told)
    assert done.returncode == 0, done.stderr
    return path


def test_baseline_puts_boosting_beside_the_network_and_says_which_is_better(nnlab: Call, planted: Path):
    assert "boosting" not in nnlab("eval", "planted").stdout
    said = nnlab("eval", "planted", "--baseline").stdout
    assert max(map(len, said.splitlines())) <= 80
    assert "Gradient boosting learnt of" in said
    assert "in RMSE" in " ".join(said.split())
    told = json.loads(nnlab("eval", "planted", "--baseline", "--json").stdout)
    assert set(told["baseline"]) == {"mean", "linear_regression", "gradient_boosting"}
    beside = told["boosting"]
    wanted = {"scores", "train_rows", "rounds", "seconds", "network_seconds", "differences"}
    assert set(beside) == wanted
    assert beside["scores"] == told["baseline"]["gradient_boosting"]
    keys = {"measure", "network", "other", "difference", "low", "high", "verdict"}
    assert [set(one) for one in beside["differences"]] == [keys]
    assert beside["differences"][0]["network"] == pytest.approx(told["metrics"]["rmse"])
    assert json.loads(nnlab("eval", "planted", "--json").stdout)["boosting"] is None


def test_of_classes_loss_and_accuracy_are_compared(nnlab: Call):
    assert nnlab("train", "moons", "--epochs", 20, "--name", "m", "--quiet").returncode == 0
    told = json.loads(nnlab("eval", "m", "--baseline", "--json").stdout)
    assert [one["measure"] for one in told["boosting"]["differences"]] == ["loss", "accuracy"]
    for one in told["boosting"]["differences"]:
        assert one["network"] == pytest.approx(told["metrics"][one["measure"]])
        assert one["other"] == pytest.approx(told["baseline"]["gradient_boosting"][one["measure"]])


def test_errors_tells_the_slice_that_fails_and_the_worst_rows_by_their_numbers(nnlab: Call, planted: Path):
    assert "worst rows" not in nnlab("eval", "planted").stdout
    said = nnlab("eval", "planted", "--errors", "--worst", 3).stdout
    assert max(map(len, said.splitlines())) <= 80
    assert "kind = c" in said
    told = json.loads(nnlab("eval", "planted", "--errors", "--json").stdout)["failures"]
    assert set(told) == {"measure", "worst", "slices", "tried", "rows"}
    assert told["slices"][0]["said"] == "kind = c"
    assert set(told["slices"][0]) == {"said", "columns", "rows", "error", "low", "high", "others"}
    assert len(told["worst"]) == 10
    lines = planted.read_text(encoding="utf-8").splitlines()
    for one in told["worst"]:
        assert set(one) == {"row", "truth", "answer", "off", "probability", "values"}
        size, kind, answer = lines[one["row"]].split(",")
        assert one["values"] == {"size": float(size), "kind": kind}
        assert one["truth"] == pytest.approx(float(answer), rel=1e-5)
    other = json.loads(nnlab("eval", "planted", planted, "--errors", "--worst", 20, "--json").stdout)["failures"]
    for one in other["worst"]:
        assert lines[one["row"]].startswith(f"{one['values']['size']:.4f}")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--worst", "5"], "name both"),
        (["--errors", "--worst", "0"], "--worst cannot be 0"),
        (["--errors", "--worst", "1001"], "from 1 to 1,000"),
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_is_refused_in_a_sentence(nnlab: Call, argv: list[str], said: str):
    assert nnlab("train", "xor", "--epochs", 1, "--name", "xor", "--quiet").returncode == 0
    done = nnlab("eval", "xor", *argv)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize("flag", ["--baseline", "--errors"])
def test_images_are_refused_in_a_sentence(nnlab: Call, flag: str):
    assert nnlab("train", "digits", "--epochs", 1, "--name", "d", "--quiet").returncode == 0
    done = nnlab("eval", "d", flag)
    assert (done.returncode, done.stdout) == (2, "")
    assert flag in done.stderr
    assert "answers images" in done.stderr


def test_trees_need_the_rows_of_the_training(nnlab: Call, planted: Path):
    other = planted.with_name("other.csv")
    planted.rename(other)
    assert "cannot be read" in nnlab("eval", "planted", other).stderr
    done = nnlab("eval", "planted", other, "--baseline")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--baseline trains on the rows that the network was trained on" in done.stderr
