"""`nnlab sweep` with real processes: lines, JSON and the winner's command; a parent and trials that are killed."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.runs.log import read_events
from nnlab.engine.runs.progress import progress_of

pytest.importorskip("optuna")
Call = Callable[..., CompletedProcess[str]]
WORDS = ("sweep", "xor", "--samples", "200", "--lr", "1e-3..1", "--hidden", "8 | 4,4", "--epochs", "6")


def lines(done: CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_sweep_and_the_command_that_makes_its_winner(nnlab: Call, own_world: Path):
    told = lines(nnlab(*WORDS, "--trials", 3, "--jobs", 1, "--json"))
    assert [body["event"] for body in told[:2]] == ["sweep_started", "trial_started"]
    trials = {body["run"]: body for body in told if body["event"] == "trial_ended"}
    assert sorted(trials) == ["xor-s1-00", "xor-s1-01", "xor-s1-02"]
    last = told[-1]
    assert (last["event"], last["stopped"], last["outcomes"]) == ("sweep_ended", False, {"complete": 3})
    assert all(len(place["values"]) == 3 for place in last["places"])
    for run in trials:
        finished = progress_of(read_events(RunFolder(own_world / run))).finished
        assert finished is not None
        assert not [name for name in finished.metrics if name.endswith("_test")]
    made = nnlab(*last["command"][1:], "--name", "again", "--json")
    winner = last["places"][0]
    metrics = json.loads(made.stdout.splitlines()[-1])["metrics"]
    assert metrics["loss_valid"] == winner["values"][0]
    assert metrics["loss_test"] == pytest.approx(last["test"]["loss"])
    seen = nnlab("sweep", "--resume", "latest").stdout
    assert f"{winner['run']} on the test rows, looked at once" in seen
    assert shlex.join(last["command"]) in seen
    assert "3 of them done" in seen


def test_a_sweep_in_place_of_a_run_is_called_so(nnlab: Call, own_world: Path):
    assert nnlab("sweep", "xor", "--lr", "1e-3..1e-1", "--epochs", 1, "--trials", 1, "--name", "s").returncode == 0
    for words in (("eval", "s"), ("report", "s"), ("runs", "export", "s", "--csv"), ("predict", "s"), ("serve", "s")):
        done = nnlab(*words)
        assert (done.returncode, done.stdout) == (2, "")
        assert "'s' is a sweep, and this is of one run: name one of its runs, such as 's-00" in done.stderr


def test_a_default_beside_the_space_is_called_so(nnlab: Call):
    told = nnlab("sweep", "xor", "--samples", 100, "--epochs", "1..2", "--trials", 2, "--jobs", 1).stdout
    heads = next(line.split() for line in told.splitlines() if line.endswith("seeds  epochs"))
    rows = [line.split() for line in told.splitlines() if line.startswith(("1 ", "2 "))]
    assert {row[heads.index("run") + 1]: row[-1] for row in rows}["xor-s1-00"] == "default"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("xor",), "There is nothing to try: give a setting a range or choices"),
        (("xor", "--lr", "0..1"), "begins at 0, and a range of rates is tried by factors"),
        (("xor", "--lr", "1..2", "--momentum", "0..0.9"), "--momentum has no effect on the optimizer 'adam'"),
        (("xor", "--lr", "1..2", "--momentum", "0.9"), "--momentum has no effect on the optimizer 'adam'"),
        (("xor", "--lr", "1..2", "--valid-split", "none"), "A sweep chooses by the validation rows"),
        (("xor", "--lr", "1..2", "--measure", "mea"), "did you mean 'mae'?"),
        (("xor", "--label-smoothing", "0..0.2", "--measure", "loss"), "use --measure accuracy"),
        (("xor", "--lr", "1..2", "--time", "5"), "--time cannot be '5': write it as 30s, 10m or 1h."),
        (("xor", "--lr", "1..2", "--epochs", "many"), "--epochs cannot be 'many': it must be a whole number."),
        (("xor", "--lr", "1..2", "--measure", "mae"), "There is no mae of validation rows to choose by: use --measure"),
        (("iris", "--lr", "1..2", "--threshold", "f1"), "--threshold is for two classes, and the target has 3 classes"),
        (("auto-mpg", "--lr", "1..2", "--threshold", "0.3"), "--threshold is for two classes, and the target is a"),
        (("auto-mpg", "--lr", "1..2", "--calibrate"), "--calibrate is for classes, and the target is a number"),
        (("nosuch", "--lr", "1..2"), "There is no data set 'nosuch'"),
        (("--resume", "nosuch"), "There is no sweep 'nosuch'"),
        (("--resume", "nosuch", "--lr", "1..2"), "A sweep that goes on has its lr already: leave it out."),
    ],
)
def test_what_cannot_be_is_one_sentence_and_leaves_nothing(nnlab: Call, own_world: Path, argv: tuple[str], said: str):
    done = nnlab("sweep", *argv)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert not own_world.exists() or not list(own_world.iterdir())


def test_a_file_in_place_of_the_runs_folder(nnlab: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NNLAB_RUNS", str(tmp_path / "file"))
    for argv in (
        ("sweep", "xor", "--lr", "1e-3..1"),
        ("sweep", "xor", "--lr", "1e-3..1", "--name", "mine"),
        ("train", "xor"),
    ):
        done = nnlab(*argv)
        said = f"{tmp_path / 'file'} is a file, where the folder of runs should be: name another by NNLAB_RUNS."
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_a_sweep_is_removed_with_its_trials_and_nothing_else(nnlab: Call, own_world: Path):
    swept = nnlab(*WORDS, "--trials", 2, "--jobs", 1, "--name", "mine")
    assert swept.returncode == 0, swept.stdout + swept.stderr
    nnlab("train", "xor", "--epochs", 1, "--name", "mine-1")
    asked = nnlab("runs", "rm", "mine")
    assert "with 6 runs" in asked.stdout + asked.stderr, swept.stdout
    assert (own_world / "mine" / "sweep.toml").exists()
    (own_world / "mine-00" / "notes.txt").write_text("mine")
    done = nnlab("runs", "rm", "mine", "mine-01", "--yes")
    assert (done.returncode, f"other files are left in {own_world / 'mine-00'}" in done.stdout + done.stderr) == (
        0,
        True,
    )
    assert sorted(entry.name for entry in own_world.iterdir()) == ["mine-00", "mine-1"]
    assert [entry.name for entry in (own_world / "mine-00").iterdir()] == ["notes.txt"]


def test_data_that_cannot_be_learnt_from_leave_nothing(nnlab: Call, own_world: Path, tmp_path: Path):
    (tmp_path / "few.csv").write_text("a,b\n1,2\n")
    done = nnlab("sweep", tmp_path / "few.csv", "--lr", "1e-3..1", "--target", "b")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert not list(own_world.iterdir())


def test_settings_without_effect_beside_others_are_left_out_there(nnlab: Call, own_world: Path):
    argv = ("--optimizer", "sgd | adam", "--momentum", "0.5..0.9", "--dry-run", "--json")
    body = json.loads(nnlab("sweep", "xor", *argv).stdout)
    assert body["space"] == {"optimizer": "sgd | adam", "momentum": "0.5..0.9"}
    assert len(body["first"]) == 8
    assert 0 < body["seconds"] <= body["longest"]
    assert not own_world.exists()


def test_a_file_says_the_space(nnlab: Call, tmp_path: Path):
    file = tmp_path / "space.toml"
    file.write_text(
        '[data]\nname = "xor"\nsamples = 100\n[training]\nlr = "1e-3..1"\nepochs = 3\n[model]\nhidden = "4 | 8"\n'
        '[sweep]\ntrials = 5\ntime = "1h"\n'
    )
    body = json.loads(nnlab("sweep", "--config", file, "--dry-run", "--json", "--hidden", "3").stdout)
    assert (body["space"], body["trials"]) == ({"lr": "0.001..1"}, 5)
    file.write_text(file.read_text().replace("trials", "trails"))
    assert "unknown key 'sweep.trails'" in nnlab("sweep", "--config", file).stderr


def test_without_optuna_a_sentence_says_what_installs_it(nnlab: Call, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    done = nnlab("sweep", "xor", "--lr", "1e-3..1")
    assert done.returncode == 1
    assert "pip install 'nnlab[sweep]'" in done.stderr


def begin(*words: str) -> subprocess.Popen[str]:
    """A sweep in a process group of its own, as a shell starts it."""
    argv = [sys.executable, "-m", "nnlab", *words]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    )


def wait_for(process: subprocess.Popen[str], event: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line)["event"] == event:
            return
    raise AssertionError(process.communicate()[1])


SLOW = ("--epochs", "300", "--no-halving", "--trials", "3", "--checkpoint-every", "0.05s", "--json")


@pytest.mark.long
def test_what_is_killed_or_interrupted_goes_on_and_ends_as_if_nothing_had_been(nnlab: Call, own_world: Path):
    whole = lines(nnlab(*WORDS, *SLOW, "--jobs", 1, "--name", "whole"))
    killed = begin(*WORDS, *SLOW, "--jobs", "2", "--name", "parted")
    wait_for(killed, "trial_ended")
    killed.kill()
    killed.communicate()
    interrupted = begin("sweep", "--resume", "parted", "--json", "--jobs", "1")
    wait_for(interrupted, "trial_started")
    interrupted.send_signal(signal.SIGINT)
    _, said = interrupted.communicate(timeout=60)
    assert interrupted.returncode == 130
    assert "to go on: nnlab sweep --resume parted" in said
    parted = lines(nnlab("sweep", "--resume", "parted", "--json", "--jobs", 1))
    assert reached(parted[-1]) == reached(whole[-1])
    told = [json.loads(line) for line in (own_world / "parted" / "sweep.jsonl").read_text().splitlines()]
    ended = [body["trial"] for body in told if body["event"] == "trial_ended"]
    assert sorted(ended) == [0, 1, 2]
    config = tomllib.loads((own_world / "parted-01" / "config.toml").read_text())
    assert config["training"]["threads"] == 1


def reached(last: dict[str, Any]) -> list[tuple[int, Any, list[float]]]:
    return [(place["trial"], place["point"], place["values"]) for place in last["places"]]
