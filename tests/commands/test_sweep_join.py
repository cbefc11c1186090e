"""`nnlab sweep --join` with real processes: several work on one sweep, one is killed, one leaves, the host stops."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path
from subprocess import CompletedProcess
from time import monotonic, sleep
from typing import Any

import pytest

from nnlab.engine.events import RunFinished, RunStarted
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.runs.log import read_events

pytest.importorskip("optuna")
Call = Callable[..., CompletedProcess[str]]
Begin = Callable[..., subprocess.Popen[str]]
WORDS = ("sweep", "xor", "--samples", "200", "--lr", "1e-3..1", "--hidden", "8 | 4,4", "--no-halving")
SLOW = ("--epochs", "600", "--checkpoint-every", "0.05s", "--trials", "6", "--jobs", "1", "--json")


@pytest.fixture
def begin(own_world: Path) -> Generator[Begin]:
    """Begin a command in a process group of its own; whatever is left of it in the end is killed."""
    begun: list[subprocess.Popen[str]] = []

    def call(*words: str) -> subprocess.Popen[str]:
        argv = [sys.executable, "-m", "nnlab", *words]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        with (own_world.parent / f"{len(begun)}.txt").open("w") as told:
            begun.append(
                subprocess.Popen(argv, stdout=told, stderr=told, text=True, env=environment, start_new_session=True)
            )
        return begun[-1]

    yield call
    for process in begun:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(true: Callable[[], Any], what: str) -> None:
    began = monotonic()
    while not true():
        assert monotonic() - began < 120, what
        sleep(0.05)


def log(world: Path, sweep: str) -> list[dict[str, Any]]:
    file = world / sweep / "sweep.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def worth(world: Path, sweep: str) -> dict[int, Any]:
    """What came of each trial, each of which has ended once."""
    ends = [body for body in log(world, sweep) if body["event"] == "trial_ended"]
    assert max(Counter(body["trial"] for body in ends).values()) == 1
    return {body["trial"]: (body["point"], body["outcome"], body["value"], body["epochs"]) for body in ends}


def live(world: Path, sweep: str, count: int) -> Callable[[], bool]:
    """Whether so many have joined, each of which has been asked for a run that has a checkpoint."""

    def look() -> bool:
        asked = [json.loads(path.read_text()) for path in (world / sweep).glob("joined/*/asked-0")]
        return sum((world / body["train"][-1] / "last.pt").exists() for body in asked if "train" in body) >= count

    return look


@pytest.mark.long
def test_several_processes_work_on_one_sweep_and_one_that_vanishes_gives_its_trial_back(
    nnlab: Call, own_world: Path, begin: Begin
):
    assert nnlab(*WORDS, *SLOW, "--name", "alone").returncode == 0
    host = begin(*WORDS, *SLOW, "--name", "shared")
    until((own_world / "shared" / "host").exists, "no host")
    members = [begin("sweep", "--join", "shared", "--jobs", "1") for _ in range(2)]
    until(live(own_world, "shared", 2), "nobody has joined")
    os.killpg(members[0].pid, signal.SIGKILL)
    assert host.wait(120) == 0
    assert members[1].wait(30) == 0
    assert worth(own_world, "shared") == worth(own_world, "alone")
    changed = [body["trainers"] for body in log(own_world, "shared") if body["event"] == "member_changed"]
    assert sorted(changed) == [0, 1, 1]
    assert "trains shared-" in (own_world.parent / "2.txt").read_text()
    for run in sorted(own_world.glob("shared-*")):
        told = list(read_events(RunFolder(run)))
        starts = [event.first_epoch for event in told if isinstance(event, RunStarted)]
        assert starts[0] == 1
        assert all(first > 1 for first in starts[1:])
        ends = [event.stopped_by for event in told if isinstance(event, RunFinished)]
        assert [end for end in ends if end != "terminated"] == ["epochs"]
    assert not (own_world / "shared" / "host").exists()


@pytest.mark.long
def test_who_leaves_saves_and_a_host_that_is_killed_is_noticed(own_world: Path, begin: Begin):
    host = begin(*WORDS, *SLOW, "--name", "left")
    until((own_world / "left" / "host").exists, "no host")
    member = begin("sweep", "--join", "left", "--jobs", "1")
    until(live(own_world, "left", 1), "nobody has joined")
    member.send_signal(signal.SIGINT)
    assert member.wait(30) == 130
    assert "Left left; its runs are saved." in (own_world.parent / "1.txt").read_text()
    assert not list((own_world / "left" / "joined").iterdir())
    other = begin("sweep", "--join", "left", "--jobs", "1")
    until(live(own_world, "left", 1), "nobody has joined")
    os.killpg(host.pid, signal.SIGKILL)
    host.wait()
    assert other.wait(60) == 1
    assert "`nnlab sweep --resume left` goes on" in (own_world.parent / "2.txt").read_text()


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--join", "nosuch"), "There is no sweep 'nosuch'"),
        (("--join", "done"), "Nobody is at work on the sweep 'done'"),
        (("xor", "--join", "done"), "Who joins a sweep has its data: leave them out."),
        (("--join", "done", "--lr", "1..2"), "Who joins a sweep does as that does: leave out --lr."),
        (("--join", "done", "--time", "1m"), "Who joins a sweep does as that does: leave out --time."),
        (("--join", "done", "--resume", "done"), "Who joins a sweep does as that does: leave out --resume."),
        (("--resume", "done", "--at-once", "16"), "A sweep that goes on has its at-once already"),
    ],
)
def test_what_cannot_be_joined_is_one_sentence(nnlab: Call, argv: tuple[str, ...], said: str):
    nnlab("sweep", "xor", "--samples", 100, "--lr", "1e-3..1", "--trials", 1, "--epochs", 1, "--name", "done")
    done = nnlab("sweep", *argv)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
