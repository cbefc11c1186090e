"""A process of several that dies, hangs or is told to stop ends the training within seconds, and nothing is lost."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic

import pytest
import torch
from processes import Nnlab, only_run, wait_until

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.events import RunFinished, RunStarted
from nnlab.engine.runs.log import read_events

WORDS = ("train", "xor", "--samples", 300, "--checkpoint-every", "1e", "--processes", 2, "--quiet")
SECONDS = 40.0  # by which it has ended; the machine may be busy, and a process that hangs has 8 of them


def ranks(started: Nnlab) -> list[int]:
    """The processes that train, by their ranks."""
    said = subprocess.run(["ps", "-o", "pid=", "--ppid", str(started.process.pid)], capture_output=True, text=True)
    return sorted(int(word) for word in said.stdout.split())


def begun(runs: Path, *words: object) -> tuple[Nnlab, list[int]]:
    """A training of two processes that has saved an epoch, and its processes."""
    started = Nnlab(runs, *WORDS, *words)
    wait_until(lambda: any(runs.glob("*/best.pt")) or started.process.poll() is not None)
    return started, ranks(started)


@pytest.mark.long
@pytest.mark.parametrize(
    ("rank", "number"), [(1, signal.SIGKILL), (0, signal.SIGKILL), (1, signal.SIGSTOP)], ids=["one", "first", "hangs"]
)
def test_a_rank_that_is_gone_ends_the_training_and_is_named(rank: int, number: int, tmp_path: Path):
    started, processes = begun(tmp_path, "--epochs", 100_000)
    os.kill(processes[rank], number)
    began = monotonic()
    code, said = started.end()
    assert monotonic() - began < SECONDS
    assert code == 1
    assert f"Rank {rank} (process {processes[rank]}" in said
    assert "To go on: nnlab train --resume" in said
    assert said.count("Error:") == 1
    assert "Traceback" not in said
    run = only_run(tmp_path)
    last = checkpoints.load(run.last)
    assert all(bool(weights.isfinite().all()) for weights in last.weights.values())
    assert not any(Path(f"/proc/{process}").exists() for process in processes)
    resumed = Nnlab(tmp_path, "train", "--resume", "latest", "--epochs", last.epoch + 1, "--quiet")
    assert resumed.end() == (0, "")


@pytest.mark.long
@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux takes memory from a process that runs")
@pytest.mark.parametrize("rank", [1, 0])
def test_a_rank_that_runs_out_of_memory_is_named_and_nothing_is_lost(rank: int, tmp_path: Path):
    wide = ("--samples", 60_000, "--batch-size", 60_000, "--hidden", "512,512")  # steps of large allocations
    started, processes = begun(tmp_path, "--epochs", 100_000, *wide)
    size = int(Path(f"/proc/{processes[rank]}/statm").read_text().split()[0]) * resource.getpagesize()
    resource.prlimit(processes[rank], resource.RLIMIT_AS, (size // 2, size // 2))
    began = monotonic()
    code, said = started.end()
    assert monotonic() - began < SECONDS
    assert code == 1
    assert "There is not enough memory for this network and batches of 60,000 rows" in said
    assert f"Rank {rank} gave up: " in said
    assert said.count("Error:") == 1
    assert "Traceback" not in said
    last = checkpoints.load(only_run(tmp_path).last)
    assert all(bool(weights.isfinite().all()) for weights in last.weights.values())
    assert not any(Path(f"/proc/{process}").exists() for process in processes)
    resumed = Nnlab(tmp_path, "train", "--resume", "latest", "--epochs", last.epoch + 1, "--quiet")
    assert resumed.end() == (0, "")


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_ends_all(number: int, tmp_path: Path):
    started, processes = begun(tmp_path, "--epochs", 100_000)
    started.process.send_signal(number)
    code, _ = started.end()
    assert code == 128 + number
    ended = read_events(only_run(tmp_path))[-1]
    assert isinstance(ended, RunFinished)
    assert ended.stopped_by == ("interrupt" if number == signal.SIGINT else "terminated")
    assert not any(Path(f"/proc/{process}").exists() for process in processes)


@pytest.mark.long
def test_who_started_them_may_be_killed(tmp_path: Path):
    started, processes = begun(tmp_path, "--epochs", 100_000)
    started.process.kill()
    started.end()
    wait_until(lambda: not any(Path(f"/proc/{process}").exists() for process in processes))
    ended = read_events(only_run(tmp_path))[-1]
    assert isinstance(ended, RunFinished)
    assert ended.stopped_by == "terminated"


@pytest.mark.long
def test_others_take_the_place_of_those_that_died(tmp_path: Path):
    words = ("--epochs", 60, "--dropout", 0.2)
    assert Nnlab(tmp_path / "whole", *WORDS, *words).end()[0] == 0
    started, processes = begun(tmp_path / "parted", *words, "--max-restarts", 2)
    os.kill(processes[1], signal.SIGKILL)
    code, said = started.end()
    assert code == 0, said
    run = only_run(tmp_path / "parted")
    started_events = [event for event in read_events(run) if isinstance(event, RunStarted)]
    assert [event.processes for event in started_events] == [2, 2]
    one, other = (checkpoints.load(only_run(tmp_path / name).last) for name in ("whole", "parted"))
    assert one.epoch == other.epoch == 60
    assert all(torch.equal(one.weights[name], other.weights[name]) for name in one.weights)


def test_what_cannot_be_several_is_refused(tmp_path: Path):
    for words, said in (
        (("--processes", 2, "--folds", 3), "--folds"),
        (("--max-restarts", 2), "--processes 2"),
        (("--processes", 2, "--lr", "x"), "--lr"),
    ):
        code, errors = Nnlab(tmp_path, "train", "xor", *words).end()
        assert code == 2
        assert said in errors
        assert errors.count("Error:") <= 1


@pytest.mark.long
def test_a_rank_that_reads_other_rows_is_named(tmp_path: Path):
    for rank in (0, 1):
        rows = "".join(f"{(rank + 2) * row * row % 31}.5,{row % 17}.25\n" for row in range(100))
        (tmp_path / f"{rank}").mkdir()
        (tmp_path / f"{rank}" / "t.csv").write_text(f"a,y\n{rows}", encoding="utf-8")
    (tmp_path / "elsewhere.py").write_text(
        "import os, sys\n"
        f"os.chdir(os.path.join({str(tmp_path)!r}, os.environ['RANK']))\n"
        "from nnlab.__main__ import main\n"
        "sys.argv = ['nnlab', 'train', 't.csv', '--target', 'y', '--quiet']\n"
        "sys.exit(main())\n",
        encoding="utf-8",
    )
    words = ["--standalone", "--local-addr", "localhost", "--nproc-per-node", "2", str(tmp_path / "elsewhere.py")]
    environment = {**os.environ, "NNLAB_RUNS": str(tmp_path / "runs"), "OMP_NUM_THREADS": "1"}
    argv = [sys.executable, "-m", "torch.distributed.run", *words]
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "Error: Rank 1 gave up: its rows are others than those of rank 0" in done.stderr
