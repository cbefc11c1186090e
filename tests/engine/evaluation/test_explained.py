"""Which columns matter, said without being asked, is left out where it cannot be said or takes long."""

from collections.abc import Callable
from subprocess import CompletedProcess

import pytest

from nnlab.engine.evaluation import explained
from nnlab.engine.network import load

Call = Callable[..., CompletedProcess[str]]


def test_it_is_said_of_tables_and_left_out_of_images(nnlab: Call):
    for name in ("iris", "digits"):
        assert nnlab("train", name, "--name", name, "--epochs", 1, "--quiet").returncode == 0
    iris, digits = load("iris"), load("digits")
    assert iris.evaluate(explain=None).importance == iris.evaluate(explain=True).importance != []
    assert iris.evaluate().importance == []
    assert iris.evaluate(split="test[:1]", explain=None).importance == []
    assert digits.evaluate(explain=None).needs is None
    assert digits.evaluate(explain=True).needs is not None


def test_of_many_columns_it_is_left_out(nnlab: Call, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(explained, "UNASKED", 3)
    assert nnlab("train", "iris", "--name", "iris", "--epochs", 1, "--quiet").returncode == 0
    assert load("iris").evaluate(explain=None).importance == []
    assert len(load("iris").evaluate(explain=True).importance) == 4


def test_of_a_small_table_it_is_quickly_told(nnlab: Call):
    for name, words in {"mpg": ["auto-mpg"], "alone": ["iris", "--test-split", "none"], "digits": ["digits"]}.items():
        assert nnlab("train", *words, "--name", name, "--epochs", 1, "--quiet").returncode == 0
    mpg, alone, digits = (load(name) for name in ("mpg", "alone", "digits"))
    told = explained.importance_unasked(mpg.checkpoint, 392)
    assert told == mpg.evaluate(explain=True).importance
    assert explained.importance_unasked(alone.checkpoint, 150) == alone.evaluate(split="valid", explain=True).importance
    assert explained.importance_unasked(digits.checkpoint, 1797) == []


def test_a_large_table_is_not_read_for_it(nnlab: Call, monkeypatch: pytest.MonkeyPatch):
    def read(_: object) -> None:
        raise AssertionError("it was read")

    assert nnlab("train", "iris", "--name", "iris", "--epochs", 1, "--quiet").returncode == 0
    monkeypatch.setattr(explained, "training_data", read)
    assert explained.importance_unasked(load("iris").checkpoint, explained.SMALL + 1) == []
