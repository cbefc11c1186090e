"""Runs and checkpoints that earlier versions left: they are listed, answer and are judged as they were, and go on.

`tests/early` has what nnlab wrote on 23 November 2026, when checkpoints kept no readings of columns, and on the 26th.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

import nnlab as from_python

Call = Callable[..., CompletedProcess[str]]
EARLY = Path(__file__).parents[1] / "early"


@pytest.fixture(params=["without-readings", "with-readings"])
def early(request: pytest.FixtureRequest, own_world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of an earlier version, with its run among the user's."""
    folder = tmp_path / "early"
    shutil.copytree(EARLY / str(request.param), folder)
    shutil.copytree(folder / "runs", own_world, dirs_exist_ok=True)
    monkeypatch.chdir(folder)
    return folder


def test_an_early_run_is_listed_and_shown(early: Path, nnlab: Call):
    (run,) = json.loads(nnlab("runs", "list", "--json").stdout)
    assert (run["run"], run["status"], run["epochs"]) == ("fruit", "finished", 4)
    assert nnlab("runs", "show", "fruit").returncode == 0


@pytest.mark.parametrize("door", ["the run", "the file"])
def test_an_early_checkpoint_answers_as_it_did(early: Path, nnlab: Call, door: str):
    source = "fruit" if door == "the run" else early / "runs" / "fruit" / "best.pt"
    done = nnlab("predict", source, "fruit.csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert _numbers(done.stdout) == pytest.approx(_numbers((early / "answers.csv").read_text()), abs=1e-5)
    network = from_python.load(str(early / "runs" / "fruit" / "best.pt"))
    assert list(network.predict("fruit.csv")) == pytest.approx(_numbers(done.stdout), abs=1e-5)


def test_an_early_run_is_judged_as_it_was(early: Path, nnlab: Call):
    done = nnlab("eval", "fruit", "--json")
    then, now = json.loads((early / "eval.json").read_text()), json.loads(done.stdout)
    assert now["rows"] == then["rows"]
    for name, score in then["metrics"].items():
        assert math.isclose(now["metrics"][name], score, rel_tol=1e-6), name
    assert "older nnlab, which kept nothing of its rows" in done.stderr


def test_an_early_run_goes_on(early: Path, own_world: Path, nnlab: Call):
    done = nnlab("train", "--resume", "fruit", "--epochs", 6, "--plain")
    assert done.returncode == 0, done.stderr
    assert "epoch 6/6" in done.stdout
    (run,) = json.loads(nnlab("runs", "list", "--json").stdout)
    assert (run["status"], run["epochs"]) == ("finished", 6)


def _numbers(text: str) -> list[float]:
    return [float(line) for line in text.splitlines()[1:]]
