"""An evaluation made by a process of its own is what `nnlab eval` says; nobody waits for it in vain."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from nnlab.engine.errors import NnlabError
from nnlab.tui.runs.evaluator import EvaluationProcess

Call = Callable[..., CompletedProcess[str]]


@pytest.fixture
def iris(nnlab: Call, own_world: Path) -> Path:
    """The checkpoint of a run that has learnt a little."""
    done = nnlab("train", "iris", "--epochs", "3", "--name", "iris", "--quiet")
    assert done.returncode == 0, done.stderr
    return own_world / "iris" / "best.pt"


def test_it_says_what_eval_says(nnlab: Call, iris: Path):
    evaluating = EvaluationProcess(iris)
    found = evaluating.result()
    evaluating.close()
    assert isinstance(found, dict)
    told = json.loads(nnlab("eval", "iris", "--explain", "--errors", "--json").stdout)
    assert found.pop("epoch") in (1, 2, 3)
    assert told.pop("learning_curve") is None
    assert found == {**told, "checkpoint": str(iris)}
    assert len(found["importance"]) == 4


def test_what_cannot_be_evaluated_is_a_sentence(own_world: Path):
    own_world.mkdir()
    (own_world / "best.pt").write_text("not a checkpoint", encoding="utf-8")
    evaluating = EvaluationProcess(own_world / "best.pt")
    found = evaluating.result()
    evaluating.close()
    assert isinstance(found, NnlabError)
    assert "is not an nnlab checkpoint" in str(found)


def test_one_that_nobody_wants_any_more_is_gone_at_once(iris: Path):
    evaluating = EvaluationProcess(iris)
    evaluating.close()
    assert isinstance(evaluating.result(), NnlabError)


def test_it_ends_when_the_one_who_waits_for_it_is_gone(iris: Path):
    evaluating = EvaluationProcess(iris)
    child = evaluating._child
    assert child.stdin is not None
    child.stdin.close()
    assert child.wait(60) in (0, 1)
    evaluating.close()
