"""Trainers as processes: one that waits begins at once and ends when nobody wants it any more."""

from pathlib import Path

import pytest

from nnlab.engine.errors import NnlabError
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.runs.summary import summarize
from nnlab.tui.trainer.launch import Launch, Starter

pytestmark = pytest.mark.long


@pytest.fixture
def starter() -> Starter:
    made = Starter()
    made.prepare()
    return made


def waiting(starter: Starter) -> Launch:
    assert starter.waiting is not None
    return starter.waiting


def test_a_waiting_trainer_trains_with_the_words_it_is_given(starter: Starter, own_world: Path):
    ready = waiting(starter)
    begun = starter(["xor", "--epochs", "2", "--name", "first"])
    assert begun is ready
    assert starter.waiting is None
    assert begun.child.wait() == 0
    assert begun.folder() == RunFolder(own_world / "first")
    assert summarize(RunFolder(own_world / "first")).status == "finished"
    begun.tidy()


def test_what_is_wrong_with_the_words_is_said(starter: Starter):
    begun = starter(["xor", "--optimizer", "adamm"])
    begun.child.wait()
    with pytest.raises(NnlabError, match=r"^--optimizer cannot be 'adamm'") as caught:
        begun.folder()
    assert caught.value.exit_code == 2
    begun.tidy()


def test_it_ends_when_nobody_is_there_any_more(starter: Starter):
    ready = waiting(starter)
    assert ready.child.stdin is not None
    ready.child.stdin.close()
    assert ready.child.wait() == 0
    starter.close()
    assert not ready.announced.parent.exists()


def test_another_begins_if_the_waiting_one_died(starter: Starter):
    ready = waiting(starter)
    ready.child.kill()
    ready.child.wait()
    begun = starter(["xor", "--epochs", "none"])
    assert begun is not ready
    assert begun.child.wait() == 2
    begun.tidy()
    assert not ready.announced.parent.exists()
