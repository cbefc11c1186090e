"""A signal before there is anything to save ends any command at once, wherever it hits; nothing half-made is left.

Each hits at an exact moment, and where an exception would have no effect.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from processes import LONG, Moment, hit

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.runs.summary import summarize

CODES = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}
ENDLESS = ("train", "xor", "--epochs", 1000000, "--quiet")


@pytest.mark.parametrize("signal", CODES)
@pytest.mark.parametrize("module", ["typer", "pydantic", "numpy", "torch", "torch._C", "nnlab.engine.training.train"])
def test_training_ends_at_once_and_quietly_whatever_is_imported(signal: str, module: str, tmp_path: Path):
    done = hit(Moment("import", module, signal), tmp_path / "runs", *ENDLESS)
    assert (done.returncode, done.stdout, done.stderr) == (CODES[signal], "", "")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("numpy", ("train", "iris", "--folds", 3)),
        ("pyarrow", ("eval", "kept")),
        ("numpy", ("predict", "kept", "--row", "x1=0,x2=0")),
        ("pyarrow", ("predict", "kept", "--stream")),
        ("torch", ("train", "--resume", "kept", "--epochs", 5)),
        ("torch", ("train", "--resume", "kept", "--resume-weights-only", "--epochs", 5)),
        ("numpy", ("data", "show", "xor")),
        ("nnlab.engine.runs.log", ("runs", "list")),
        ("torch", ("model", "show", "mlp", "--data", "xor")),
        ("subprocess", ("doctor",)),
    ],
    ids=str,
)
def test_so_does_every_other_command(module: str, words: tuple[object, ...], kept: Path):
    before = {path: path.read_bytes() for path in kept.rglob("*") if path.is_file()}
    done = hit(Moment("import", module, "SIGINT"), kept, *words)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
    after = {path: path.read_bytes() for path in kept.rglob("*") if path.is_file() and path.name != "lock"}
    assert after == {path: content for path, content in before.items() if path.name != "lock"}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs that holds a short one."""
    runs = tmp_path_factory.mktemp("kept") / "runs"
    moment = Moment("import", "no such module")
    assert hit(moment, runs, "train", "xor", "--epochs", 2, "--name", "kept", "--quiet").returncode == 0
    return runs


@pytest.mark.parametrize(
    "module", [f"nnlab.commands.workers.{name}" for name in ("trainer", "data_reader", "evaluator")]
)
def test_so_do_the_processes_that_a_screen_starts(module: str, tmp_path: Path):
    waiting = subprocess.Popen(["sleep", "100"], stdout=subprocess.PIPE)
    try:
        for signal, code in CODES.items():
            done = hit(Moment("import", "numpy", signal), tmp_path, "xor", module=module, stdin=waiting.stdout)
            assert (done.returncode, done.stderr) == (code, "")
    finally:
        waiting.kill()
        waiting.wait()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("signal", "event", "text"),
    [
        ("SIGINT", "os.mkdir", "xor-1"),
        ("SIGTERM", "open", "xor-1/lock"),
        ("SIGHUP", "open", "xor-1/config.toml"),
        ("SIGINT", "open", "xor-1/events.jsonl"),
        ("SIGTERM", "open", "xor-1/history.csv"),
        ("SIGHUP", "open", "xor-1/.last.pt"),
        ("SIGINT", "os.rename", "xor-1/.last.pt"),
    ],
)
def test_once_there_is_a_folder_the_run_is_whole_before_it_ends(signal: str, event: str, text: str, tmp_path: Path):
    done = hit(Moment(event, text, signal), tmp_path, *LONG)
    said = "Saved; to go on: nnlab train --resume xor-1; to test it: nnlab eval xor-1\n"
    assert (done.returncode, done.stderr) == (CODES[signal], said)
    folder = RunFolder(tmp_path / "xor-1")
    assert summarize(folder).status == "interrupted"
    assert checkpoints.load(folder.last).epoch == 0
    assert not list(folder.path.glob(".*"))


def test_folds_are_whole_too_and_none_is_begun_after_it(tmp_path: Path):
    words = ("train", "iris", "--folds", 3, "--epochs", 3, "--plain", "--step", "eager")  # one after another
    done = hit(Moment("os.mkdir", "iris-cv1-fold2"), tmp_path, *words)
    assert done.returncode == 143
    assert done.stderr == "Interrupted; of 3 folds these are done: 1.\n"
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["iris-cv1-fold1", "iris-cv1-fold2"]
    assert [summarize(RunFolder(tmp_path / name)).status for name in names] == ["finished", "interrupted"]


def test_folds_that_are_trained_together_are_stopped_together(tmp_path: Path):
    done = hit(Moment("os.mkdir", "iris-cv1-fold3"), tmp_path, "train", "iris", "--folds", 3, "--epochs", 9, "--plain")
    assert done.returncode == 143
    assert done.stderr == "Interrupted; of 3 folds these are done: none.\n"
    for number in (1, 2, 3):
        folder = RunFolder(tmp_path / f"iris-cv1-fold{number}")
        assert summarize(folder).status == "interrupted"
        assert checkpoints.load(folder.last).state


def test_answers_half_written_leave_no_file(kept: Path, tmp_path: Path):
    words = ("predict", "kept", "--row", "x1=0,x2=0", "--output", tmp_path / "answers.csv")
    for event, text in (("open", ".answers.csv"), ("os.rename", ".answers.csv")):
        done = hit(Moment(event, text), kept, *words)
        assert (done.returncode, done.stdout, done.stderr) == (143, "", "")
        assert not list(tmp_path.iterdir())


def test_a_second_signal_ends_it_where_no_exception_could(tmp_path: Path):
    code = (
        "import os, signal\n"
        "from nnlab.engine.training.interrupt import stop_on_signals\n"
        "class Dying:\n"
        "    def __del__(self): os.kill(os.getpid(), signal.SIGTERM)\n"
        "with stop_on_signals() as stop:\n"
        "    stop.patient = True\n"
        "    print('printed before', end='')\n"
        "    Dying()\n"
        "    assert stop.reason == 'terminated'\n"
        "    Dying()\n"
        "print('too late')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (143, "printed before", "")


def test_under_nohup_a_hang_up_in_the_first_second_does_not_matter(tmp_path: Path):
    words = ("train", "xor", "--epochs", 2, "--quiet")
    done = hit(Moment("import", "torch", "SIGHUP"), tmp_path, *words, wrapper=("nohup",), stdin=subprocess.DEVNULL)
    assert done.returncode == 0
    assert summarize(RunFolder(tmp_path / "xor-1")).status == "finished"
