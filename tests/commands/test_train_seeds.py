"""`nnlab train --seeds`: a run and a line a seed, mean and spread, one JSON object; each is what it is alone."""

from __future__ import annotations

import json
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Call = Callable[..., CompletedProcess[str]]
IRIS = ("train", "iris", "--seeds", "3", "--epochs", "2")


def test_a_line_a_seed_then_mean_and_deviation(nnlab: Call, own_world: Path) -> None:
    lines = nnlab(*IRIS).stdout.splitlines()
    assert [line.split("  ")[0] for line in lines[:5]] == ["seed 1", "seed 2", "seed 3", "mean", "std"]
    assert lines[5] == "The networks took their steps together."
    assert sorted(path.name for path in own_world.iterdir()) == [f"iris-seeds1-seed{n}" for n in (1, 2, 3)]
    assert "iris-seeds2-seed3" in nnlab(*IRIS).stdout
    assert "30 rows of test" in nnlab("eval", "iris-seeds1-seed2").stdout


def test_each_is_what_it_is_alone(nnlab: Call, tmp_path: Path) -> None:
    body = json.loads(nnlab(*IRIS, "--json", "--out", tmp_path / "all").stdout)
    scores = [seed["metrics"]["loss_test"] for seed in body["seeds"]]
    assert body["mean"]["loss_test"] == pytest.approx(statistics.fmean(scores))
    assert body["std"]["loss_test"] == pytest.approx(statistics.stdev(scores))
    for seed, score in zip((1, 2, 3), scores, strict=True):
        alone = nnlab("train", "iris", "--seed", seed, "--epochs", "2", "--json", "--out", tmp_path / str(seed))
        assert json.loads(alone.stdout.splitlines()[-1])["metrics"]["loss_test"] == pytest.approx(score, rel=1e-4)
        assert (tmp_path / "all" / f"seed{seed}" / "best.pt").exists()


def test_what_takes_its_steps_alone_is_said_with_the_reason(nnlab: Call) -> None:
    last = nnlab("train", "iris", "--model", "tabm", "--seeds", "2", "--epochs", "1").stdout.splitlines()[-1]
    assert last == "The networks were trained one after another: a tabm is more than linear layers."


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("iris", "--seeds", "1"), "--seeds"),
        (("iris", "--seeds", "3", "--folds", "3"), "leave out one of them"),
        (("--seeds", "3", "--resume", "latest"), "--seeds starts new runs"),
        (("iris", "--seeds", "3", "--processes", "2"), "leave out --processes"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_leaves_nothing(
    nnlab: Call, own_world: Path, argv: tuple[str, ...], said: str
) -> None:
    done = nnlab("train", *argv)
    assert done.returncode == 2
    assert said in done.stderr
    assert not list(own_world.glob("*"))


def test_an_interrupt_says_which_are_done_and_each_goes_on(nnlab: Call, own_world: Path) -> None:
    words = [sys.executable, "-m", "nnlab", "train", "xor", "--seeds", "2", "--epochs", "100000", "--plain"]
    words += ["--early-stop", "100000"]
    table = own_world / "xor-seeds1-seed2" / "history.csv"
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            end = time.monotonic() + 60
            while not table.exists() and time.monotonic() < end:
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            _, told = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "of 2 seeds these are done: none" in told
    for name in ("xor-seeds1-seed1", "xor-seeds1-seed2"):
        row = nnlab("runs", "show", name).stdout
        assert "interrupted" in row
