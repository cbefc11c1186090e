"""Choices in Python are those of the command's flags, and mean the same."""

from typing import Any

import pytest
from torch import nn

from nnlab.commands.flags import to_tree
from nnlab.engine.choices import configured
from nnlab.engine.errors import UsageError
from nnlab.engine.options import OPTIONS
from nnlab.engine.resolve import resolve


@pytest.mark.parametrize(
    ("choices", "flags"),
    [
        ({"hidden": [8, 4], "lr": 0.1}, {"hidden": "8,4", "lr": 0.1}),
        ({"hidden": "8,4", "features": ["Weight"]}, {"hidden": "8,4", "features": "Weight"}),
        ({"hidden": 8, "features": "Weight,Cylinders"}, {"hidden": "8", "features": "Weight,Cylinders"}),
        ({"one_hot": "Origin"}, {"one_hot": ["Origin"]}),
        ({"one_hot": {"Origin": (3, 1, 2)}}, {"one_hot": ["Origin=3,1,2"]}),
        ({"embed": ["Origin"], "scale": "robust"}, {"embed": ["Origin"], "scale": ["robust"]}),
        ({"embed": {"Origin": 3}, "scale": {"Weight": "log"}}, {"embed": ["Origin=3"], "scale": ["Weight=log"]}),
        ({"bucketize": {"Model Year": [73, 76]}}, {"bucketize": ["Model Year=73,76"]}),
        ({"model": "linear", "seed": 5, "lr": None}, {"model": "linear", "seed": 5}),
        ({"test_size": 0.3, "early_stop": 5}, {"test_size": 0.3, "early_stop": 5}),
    ],
)
def test_a_choice_is_the_flag_of_its_name(choices: dict[str, Any], flags: dict[str, Any]):
    assert configured("auto-mpg", choices)[0] == resolve("auto-mpg", flags=to_tree(flags))


def test_files_of_ones_own_and_how_they_are_read(tmp_path: Any):
    path = tmp_path / "a.csv"
    path.write_text("1,2\n", encoding="utf-8")
    chosen: dict[str, Any] = {"kind": {"column_1": "number"}, "drop": "column_2", "na": -999, "no_header": True}
    flags = {"kind": ["column_1=number"], "drop": ["column_2"], "na": ["-999"], "no_header": True}
    assert configured(str(path), chosen)[0] == resolve(str(path), flags=to_tree(flags))


@pytest.mark.parametrize("word", sorted({option.parameter for option in OPTIONS} - {"model_arg", "folds"}))
def test_every_flag_that_is_a_choice_is_one_in_python(word: str):
    with pytest.raises(UsageError, match="cannot be"):
        configured("xor", {word: object()})


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"epoch": 3}, "no choice 'epoch': did you mean 'epochs'"),
        ({"class_name": "Net"}, "no choice 'class_name'"),
        ({"lr": "fast"}, "--lr cannot be 'fast'"),
        ({"hidden": object()}, "--hidden cannot be"),
        ({"one_hot": 5}, "--one-hot cannot be 5"),
        ({"kind": "zip"}, "--kind cannot be 'zip'"),
        ({"no_header": "yes"}, "no_header cannot be 'yes'"),
        ({"model": "mpl"}, "did you mean 'mlp'"),
        ({"model": nn.Linear(2, 2)}, "or the class of a network"),
        ({"model": 5}, "The model cannot be 5"),
        ({"momentum": 0.9}, "--momentum has no effect"),
        ({"recipe": "tutorial/xr"}, "no recipe"),
        ({"config": "nope.toml"}, r"nope\.toml cannot be read"),
    ],
)
def test_a_wrong_choice_is_said(choices: dict[str, Any], said: str):
    with pytest.raises(UsageError, match=said):
        configured("xor", choices)
