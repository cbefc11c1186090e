"""A flag that would do nothing is refused; what lies in files and recipes may be idle."""

from pathlib import Path

import pytest

from nnlab.engine.config import Tree
from nnlab.engine.errors import UsageError
from nnlab.engine.resolve import resolve


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"model": {"noise": 0.1}}, "--noise has no effect on the model 'mlp': leave it out, or use --model noisy-mlp"),
        ({"model": {"channels": [3]}}, "--channels"),
        ({"training": {"momentum": 0.9}}, "optimizer 'adam': leave it out, or use --optimizer sgd or rmsprop"),
        ({"training": {"nesterov": True}}, "--nesterov"),
        ({"training": {"scheduler": "one-cycle", "patience": 4}}, "scheduler 'one-cycle'"),
        ({"training": {"step_size": 4}}, "--step-size"),
        ({"training": {"factor": 0.5}}, "--factor"),
    ],
)
def test_a_flag_without_effect_is_refused(flags: Tree, said: str):
    with pytest.raises(UsageError) as caught:
        resolve("xor", flags=flags)
    assert said in str(caught.value)


def test_a_flag_with_effect_or_that_asks_for_nothing_is_taken(tmp_path: Path):
    assert resolve("xor", flags={"training": {"optimizer": "sgd", "momentum": 0.9}}).training.momentum == 0.9
    assert not resolve("xor", flags={"training": {"nesterov": False}}).training.nesterov
    file = tmp_path / "mine.toml"
    file.write_text("[training]\noptimizer = 'sgd'\nmomentum = 0.9\n", encoding="utf-8")
    assert resolve("xor", flags={"training": {"optimizer": "adam"}}, file=file).training.optimizer == "adam"
