"""`nnlab sweep --storage`: machines without a common folder of runs work on one study in a database; one is killed,
its trial goes to another one; the winner's network ends up where the sweep was begun; the password nowhere."""

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

from nnlab.engine.network import load

pytest.importorskip("optuna")
Call = Callable[..., CompletedProcess[str]]
Begin = Callable[..., subprocess.Popen[str]]
WORDS = ("sweep", "xor", "--samples", "200", "--lr", "1e-3..1", "--hidden", "8 | 4,4", "--no-halving")
SLOW = ("--epochs", "600", "--checkpoint-every", "0.05s", "--trials", "6", "--jobs", "1")
PASSWORD = "correct-horse-battery"


@pytest.fixture
def begin(own_world: Path) -> Generator[Begin]:
    """Begin a command on a machine of this name: with a folder of runs, and a process group, of its own; whatever is
    left of it in the end is killed."""
    begun: list[subprocess.Popen[str]] = []

    def call(machine: str, *words: str, **environment: str) -> subprocess.Popen[str]:
        argv = [sys.executable, "-m", "nnlab", *words]
        own = {**os.environ, "OMP_NUM_THREADS": "1", "NNLAB_RUNS": str(own_world / machine), **environment}
        with (own_world.parent / f"{machine}.txt").open("a") as told:
            begun.append(subprocess.Popen(argv, stdout=told, stderr=told, text=True, env=own, start_new_session=True))
        return begun[-1]

    own_world.mkdir()
    yield call
    for process in begun:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, own_world: Path) -> str:
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql")
    return f"sqlite:///{own_world.parent}/study.db"


def until(true: Callable[[], Any], what: str) -> None:
    began = monotonic()
    while not true():
        assert monotonic() - began < 120, what
        sleep(0.05)


def events(folder: Path) -> list[dict[str, Any]]:
    file = folder / "sweep.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def worth(folder: Path) -> dict[int, Any]:
    """What came of each trial, each of which has ended once."""
    ends = [body for body in events(folder) if body["event"] == "trial_ended"]
    assert max(Counter(body["trial"] for body in ends).values()) == 1
    return {body["trial"]: (body["point"], body["outcome"], body["value"], body["epochs"]) for body in ends}


@pytest.mark.long
def test_machines_share_a_study_and_one_that_vanishes_gives_its_trial_back(
    nnlab: Call, own_world: Path, begin: Begin, url: str, monkeypatch: pytest.MonkeyPatch
):
    name = f"shared-{url.partition(':')[0]}"
    with monkeypatch.context() as patch:
        patch.setenv("NNLAB_RUNS", str(own_world / "alone"))
        assert nnlab(*WORDS, *SLOW, "--name", "alone").returncode == 0
    first = begin("first", *WORDS, *SLOW, "--json", "--name", name, NNLAB_STORAGE=url)
    until(lambda: "trial_started" in str(events(own_world / "first" / name)), "nothing has begun")
    second = begin("second", "sweep", "--join", name, "--jobs", "1", NNLAB_STORAGE=url)
    third = begin("third", "sweep", "--join", name, "--jobs", "1", "--storage", url)
    until(lambda: list((own_world / "second").glob(f"{name}-0*/last.pt")), "the second trains nothing")
    os.killpg(second.pid, signal.SIGKILL)
    assert first.wait(240) == 0, (own_world.parent / "first.txt").read_text()
    assert third.wait(60) == 0, (own_world.parent / "third.txt").read_text()
    trials = worth(own_world / "first" / name)
    assert trials == worth(own_world / "alone" / "alone")
    assert worth(own_world / "third" / name) == trials
    log = events(own_world / "first" / name)
    # Who is killed before its second sign of life is never told of; `engine/sweep/test_shared.py` has who is gone.
    assert {body["trainers"] for body in log if body["event"] == "member_changed"} - {0} == {1}
    ended = log[-1]
    assert ended["test"] == events(own_world / "alone" / "alone")[-1]["test"]
    monkeypatch.setenv("NNLAB_RUNS", str(own_world / "first"))
    assert load(ended["places"][0]["run"]).evaluate(split="test").metrics == ended["test"]
    where = [path for machine in ("first", "third") for path in (own_world / machine).glob(f"{name}-0?/best.pt")]
    assert len({path.parent.name for path in where}) == 6
    assert "has the last word" in (own_world.parent / "third.txt").read_text()


def test_the_password_stands_nowhere(nnlab: Call, own_world: Path, postgresql: str, monkeypatch: pytest.MonkeyPatch):
    own_world.mkdir()
    own = (*WORDS, "--epochs", 2, "--trials", 2, "--jobs", 1, "--name", "secret")
    done = nnlab(*own, "--storage", postgresql)
    assert done.returncode == 0, done.stderr
    told = [done.stdout, done.stderr]
    again = nnlab(*own, "--storage", postgresql, "--quiet", "--no-halving")
    assert "is there already" in again.stderr
    told += [again.stderr]
    for words in (("--resume", "secret", "--trials", 3), ("--join", "secret")):
        refused = nnlab("sweep", *words)
        assert "whose password is not kept: give the whole address by NNLAB_STORAGE" in refused.stderr
        told += [refused.stderr]
    wrong = nnlab("sweep", "--resume", "secret", "--storage", postgresql.replace(PASSWORD, PASSWORD + "x"))
    assert wrong.returncode == 1
    assert "password authentication failed" in wrong.stderr
    monkeypatch.setenv("NNLAB_STORAGE", postgresql)
    more = nnlab("sweep", "--resume", "secret", "--trials", 3, "--jobs", 1)
    assert (more.returncode, "3 trials, 2 of them done" in more.stdout) == (0, True), more.stderr
    told += [wrong.stderr, more.stdout, more.stderr]
    assert not any(PASSWORD in text for text in told)
    files = [path for path in own_world.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if PASSWORD.encode() in path.read_bytes()]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("xor", "--lr", "1e-3..1", "--storage", "study.db"), "--storage is no address of a database"),
        (("xor", "--lr", "1e-3..1", "--storage", "sqlite:////no/such/study.db"), "cannot be used: unable to open"),
        (("--join", "nosuch", "--storage", "sqlite:///{}/empty.db"), "has no sweep 'nosuch': it has none."),
        (("--resume", "nosuch", "--storage", "sqlite:///{}/empty.db"), "has no sweep 'nosuch': it has none."),
        (("--resume", "local", "--storage", "sqlite:///{}/empty.db"), "is in its folder, not in a database"),
        (("--join", "local", "--storage", "sqlite:///{}/empty.db"), "'local' is a run or a sweep of this machine's"),
    ],
)
def test_what_is_no_shared_sweep_is_one_sentence(nnlab: Call, own_world: Path, argv: tuple[str, ...], said: str):
    words = "sweep", "xor", "--samples", 100, "--lr", "1e-3..1", "--trials", 1, "--epochs", 1, "--name", "local"
    assert nnlab(*words).returncode == 0
    done = nnlab("sweep", *(word.format(own_world.parent) for word in argv))
    assert (done.returncode in (1, 2), said in done.stderr) == (True, True), done.stderr
    assert {path.name for path in own_world.iterdir() if path.is_dir()} == {"local", *_runs(own_world)}


def _runs(world: Path) -> set[str]:
    return {path.name for path in world.glob("local-0*")}


def test_a_sweep_whose_data_are_refused_leaves_nothing_in_the_database(nnlab: Call, own_world: Path):
    own_world.mkdir()
    url = f"sqlite:///{own_world.parent}/study.db"
    refused = nnlab("sweep", "nosuch.csv", "--lr", "1e-3..1", "--storage", url, "--name", "refused")
    assert refused.returncode == 2
    assert not list(own_world.glob("refused*"))
    assert "it has none" in nnlab("sweep", "--join", "refused", "--storage", url).stderr
