"""Trainers as processes: one trains run after run, and ends when nobody wants it any more."""

from collections.abc import Generator
from pathlib import Path
from time import monotonic, sleep

import pytest

from nnlab.engine.errors import NnlabError
from nnlab.engine.runs.control import send
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.runs.summary import summarize
from nnlab.tui.trainer.launch import Launch, Starter

pytestmark = pytest.mark.long
ENDLESS = ["spiral", "--epochs", "1000000", "--early-stop", "1000000"]


@pytest.fixture
def starter() -> Generator[Starter]:
    made = Starter()
    made.prepare()
    yield made
    if made.child is not None:
        made.child.kill()


def over(launch: Launch) -> int:
    """Wait until the run is over; its exit code."""
    until = monotonic() + 30
    while (code := launch.code()) is None and monotonic() < until:
        sleep(0.02)
    assert code is not None
    return code


def begun(launch: Launch) -> RunFolder:
    """Wait until the run has a folder."""
    until = monotonic() + 30
    while (folder := launch.folder()) is None and monotonic() < until:
        sleep(0.02)
    assert folder is not None
    return folder


def test_one_process_trains_one_run_after_another(starter: Starter, own_world: Path):
    first = starter(["xor", "--epochs", "2", "--name", "first"])
    assert over(first) == 0
    assert first.folder() == RunFolder(own_world / "first")
    assert summarize(RunFolder(own_world / "first")).status == "finished"
    second = starter(["xor", "--epochs", "2", "--name", "second", "--seed", "2"])
    assert second.child is first.child
    assert over(second) == 0
    alone = starter(["xor", "--epochs", "2", "--name", "alone", "--seed", "1"])
    assert over(alone) == 0
    for name in ("alone", "first"):
        text = RunFolder(own_world / name).history.read_text(encoding="utf-8")
        assert [line.split(",")[1] for line in text.splitlines()] == [
            line.split(",")[1]
            for line in RunFolder(own_world / "first").history.read_text(encoding="utf-8").splitlines()
        ]


def test_the_next_run_begins_at_once_when_the_one_before_is_stopped(starter: Starter):
    first = starter([*ENDLESS, "--name", "first"])
    folder = begun(first)
    second = starter([*ENDLESS, "--name", "second"])
    send(folder, "stop")
    began = monotonic()
    begun(second)
    assert monotonic() - began < 1.0  # some 0.15 s where nothing else goes on
    assert first.code() is not None
    assert second.code() is None


def test_what_is_wrong_with_the_words_is_said_and_the_next_run_is_trained(starter: Starter):
    wrong = starter(["xor", "--optimizer", "adamm"])
    assert over(wrong) == 2
    with pytest.raises(NnlabError, match=r"^--optimizer cannot be 'adamm'") as caught:
        wrong.folder()
    assert caught.value.exit_code == 2
    wrong.tidy()
    assert over(starter(["xor", "--epochs", "1"])) == 0


@pytest.mark.parametrize("words", [[], ["--paused"]])
def test_a_run_saves_and_stops_when_its_screen_is_gone(starter: Starter, words: list[str]):
    folder = begun(starter([*ENDLESS, *words]))
    child = starter.child
    assert child is not None
    starter.close()
    assert child.wait(timeout=10) != 0
    assert summarize(folder).status != "running"


def test_it_ends_when_nobody_ever_wanted_anything(starter: Starter):
    child = starter.child
    assert child is not None
    starter.close()
    child.wait(timeout=10)


def test_a_run_that_is_to_stay_outlives_its_screen_and_gets_no_other_run(starter: Starter):
    first = starter(["xor", "--epochs", "1000000", "--early-stop", "1000000"])
    folder = begun(first)
    first.stay(True)
    second = starter(["xor", "--epochs", "1"])
    assert second.child is not first.child
    assert over(second) == 0
    assert first.code() is None
    send(folder, "stop")
    assert first.child.wait(timeout=10) == 130


def test_another_begins_if_the_one_at_hand_died(starter: Starter):
    dead = starter.child
    assert dead is not None
    dead.kill()
    dead.wait()
    launch = starter(["xor", "--epochs", "none"])
    assert launch.child is not dead
    assert over(launch) == 2
    launch.tidy()
    assert not launch.announced.parent.exists()
