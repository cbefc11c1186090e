"""`nnlab eval --learning-curve`: how long it takes, a line a training, the curve, and a clean end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Call = Callable[..., CompletedProcess[str]]


def test_it_says_how_long_it_takes_and_draws_the_curve(nnlab: Call, own_world: Path):
    assert nnlab("train", "auto-mpg", "--epochs", 2, "--name", "mpg", "--quiet").returncode == 0
    done = nnlab("eval", "mpg", "--learning-curve")
    assert done.returncode == 0, done.stderr
    first, *lines = [line for line in done.stderr.splitlines() if line]
    assert first.startswith("note: training 4 parts of the train rows, 3 times each: about")
    assert [line.split()[0] for line in lines] == [f"{place}/12" for place in range(1, 13)]
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "more rows   RMSE on 48 validation rows, by train rows" in done.stdout
    assert "from 135 rows to all 270 the RMSE went" in " ".join(done.stdout.split())
    assert [path.name for path in own_world.iterdir()] == ["mpg"]
    told = json.loads(nnlab("eval", "mpg", "--learning-curve", "--json").stdout)["learning_curve"]
    assert set(told) == {"measure", "valid_rows", "parts", "verdict", "unfinished", "sentence"}
    assert set(told["parts"][0]) == {"rows", "each", "mean", "low", "high"}
    assert [len(part["each"]) for part in told["parts"]] == [3, 3, 3, 3]
    assert json.loads(nnlab("eval", "mpg", "--json").stdout)["learning_curve"] is None


@pytest.mark.parametrize(
    ("data", "train", "argv", "said"),
    [
        ("xor", ["--samples", "60"], [], "are too few: it takes 80"),
        ("xor", ["--valid-split", "none"], [], "this training had none"),
        ("xor", [], ["moons"], "trains on the network's own data"),
    ],
)
def test_what_has_no_curve_is_refused_before_anything_is_told(
    nnlab: Call, data: str, train: list[str], argv: list[str], said: str
):
    assert nnlab("train", data, *train, "--epochs", 1, "--name", "one", "--quiet").returncode == 0
    done = nnlab("eval", "one", *argv, "--learning-curve")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_ctrl_c_ends_it_with_a_sentence(nnlab: Call, own_world: Path):
    words = ("--epochs", 400, "--early-stop", 400, "--batch-size", 4, "--name", "slow", "--quiet")
    assert nnlab("train", "xor", "--samples", 600, *words).returncode == 0
    argv = [sys.executable, "-m", "nnlab", "eval", "slow", "--learning-curve", "--json"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("  1/"):
                break
        process.send_signal(signal.SIGINT)
        assert "Interrupted; " in process.stderr.read()
        assert process.wait() == 130
        assert process.stdout is not None
        told = json.loads(process.stdout.read())
    assert told["metrics"]  # which was known before the curve
    assert told["learning_curve"] is None
    assert [path.name for path in own_world.iterdir()] == ["slow"]
