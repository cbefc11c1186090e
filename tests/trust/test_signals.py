"""Real signals to real processes, in every phase: what was trained is saved, and the exit code tells the signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from processes import LONG, Nnlab, only_run, wait_until

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.runs.summary import summarize
from nnlab.engine.training.interrupt import stop_on_signals


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_the_first_signal_saves_and_says_how_to_go_on(name: str, code: int, tmp_path: Path):
    nnlab = Nnlab(tmp_path, *LONG)
    nnlab.line("epoch")
    nnlab.process.send_signal(signal.Signals[name])
    finished = nnlab.line("run_finished")
    ended, errors = nnlab.end()
    assert ended == code
    assert errors == "Saved; to go on: nnlab train --resume xor-1; to test it: nnlab eval xor-1\n"
    assert finished["stopped_by"] == ("interrupt" if name == "SIGINT" else "terminated")
    folder = only_run(tmp_path)
    assert checkpoints.load(folder.last).epoch == finished["epochs"]
    assert summarize(folder).status == "interrupted"


def test_the_second_stops_at_once_and_a_checkpoint_is_there(tmp_path: Path):
    nnlab = Nnlab(tmp_path, *LONG)
    nnlab.line("run_started")
    wait_until(lambda: only_run(tmp_path).last.exists())
    for _ in range(5):
        nnlab.process.send_signal(signal.SIGINT)
    code, errors = nnlab.end()
    assert code == 130
    assert "Traceback" not in errors
    checkpoints.load(only_run(tmp_path).last)


def test_while_data_are_loaded_nothing_is_left_behind(tmp_path: Path):
    nnlab = Nnlab(tmp_path / "runs", *LONG)
    maps = Path(f"/proc/{nnlab.process.pid}/maps")
    wait_until(lambda: not maps.exists() or "libtorch_cpu" in maps.read_text())
    nnlab.process.send_signal(signal.SIGINT)
    code, errors = nnlab.end()
    assert (code, errors) == (130, "")
    assert not (tmp_path / "runs").exists()


def test_while_saving_the_checkpoint_stays_whole(tmp_path: Path):
    nnlab = Nnlab(tmp_path, *LONG, "--checkpoint-every", "1e")
    for _ in range(7):
        nnlab.line("checkpoint")
    nnlab.process.send_signal(signal.SIGTERM)
    code, _ = nnlab.end()
    assert code == 143
    folder = only_run(tmp_path)
    assert checkpoints.load(folder.last).epoch >= checkpoints.load(folder.best).epoch >= 1
    assert not list(folder.path.glob(".*.tmp"))


def test_while_it_evaluates_the_end_is_still_told(tmp_path: Path):
    nnlab = Nnlab(tmp_path, "train", "xor", "--epochs", 2, "--json")
    nnlab.line("epoch")
    nnlab.line("epoch")
    nnlab.process.send_signal(signal.SIGINT)
    finished = nnlab.line("run_finished")
    code, _ = nnlab.end()
    assert code in (0, 130)  # 0 where the signal came after the last word
    assert finished["epochs"] == checkpoints.load(only_run(tmp_path).last).epoch == 2


def test_under_nohup_a_lost_line_does_not_matter(tmp_path: Path):
    nnlab = Nnlab(tmp_path, *LONG, wrapper=("nohup",), stdin=subprocess.DEVNULL)
    nnlab.line("epoch")
    nnlab.process.send_signal(signal.SIGHUP)
    for _ in range(50):
        nnlab.line("epoch")
    nnlab.process.send_signal(signal.SIGTERM)
    assert nnlab.end()[0] == 143


def test_a_reader_that_goes_is_no_reason_to_lose_anything(tmp_path: Path):
    nnlab = Nnlab(tmp_path, *LONG)
    nnlab.line("epoch")
    assert nnlab.process.stdout is not None
    nnlab.process.stdout.close()
    assert nnlab.process.stderr is not None
    errors = nnlab.process.stderr.read()
    nnlab.process.wait(60)
    assert errors == ""
    folder = only_run(tmp_path)
    assert checkpoints.load(folder.last).epoch >= 1
    assert summarize(folder).status == "interrupted"


def test_closed_and_full_outputs(tmp_path: Path):
    short = ["train", "xor", "--epochs", "2", "--plain"]
    command = f"{sys.executable} -m nnlab {' '.join(short)}"
    environment = {**os.environ, "NNLAB_RUNS": str(tmp_path)}
    closed = subprocess.run(f"{command} >&- 2>&- <&-", shell=True, env=environment, timeout=100)
    assert closed.returncode == 0
    assert checkpoints.load(tmp_path / "xor-1" / "last.pt").epoch == 2
    log = (tmp_path / "xor-1" / "events.jsonl").read_text(encoding="utf-8")
    assert all(line.startswith('{"event":') for line in log.splitlines())
    full = subprocess.run(
        f"{command} >/dev/full", shell=True, env=environment, timeout=100, stderr=subprocess.PIPE, text=True
    )
    assert full.returncode == 1
    assert full.stderr.count("\n") == 1
    assert "No space left" in full.stderr
    checkpoints.load(tmp_path / "xor-2" / "last.pt")


def test_handlers_are_put_back():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    with stop_on_signals() as stop:
        stop.patient = True
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.reason == "terminated"
    assert {number: signal.getsignal(number) for number in before} == before
