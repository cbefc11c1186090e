"""A config is validated whole, and what is wrong is said in one sentence with the nearest key."""

from pathlib import Path

import pytest

from nnlab.engine.config import Config, merge, read_toml, validate, write_toml
from nnlab.engine.errors import UsageError


def test_a_config_survives_toml(tmp_path: Path):
    config = validate(
        {"data": {"name": "xor"}, "prepare": {"bucketize": {"Model Year": [73, 76.5]}}, "model": {"hidden": [3]}},
        source="test",
    )
    path = tmp_path / "config.toml"
    path.write_text(write_toml(config), encoding="utf-8")
    assert validate(read_toml(path), source=str(path)) == config.model_copy(update={"resolved": True})


def test_later_trees_win_and_lists_replace():
    assert merge({"a": {"b": 1, "c": [1, 2]}}, {"a": {"c": [3]}}, {"d": 4}) == {"a": {"b": 1, "c": [3]}, "d": 4}


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ({"model": {"hiden": [1]}}, "unknown key 'model.hiden': did you mean 'hidden'"),
        ({"modle": {}}, "did you mean 'model'"),
        ({"training": {"lr": -1}}, "'training.lr' cannot be -1"),
        ({"training": {"optimizer": "adm"}}, "'sgd', 'adam', 'adamw' or 'rmsprop'"),
        ({"training": {"epochs": "many"}}, "'training.epochs' cannot be 'many'"),
        ({"training": {"lr": float("nan")}}, "'training.lr'"),
        ({"training": {"checkpoint_every": "often"}}, "'often': write it as 5e (epochs), 200steps"),
        ({"training": {"class_weights": ["1", "-3"]}}, "'training.class_weights.1' cannot be '-3'"),
        ({"data": 3}, "'data' cannot be 3"),
    ],
)
def test_a_wrong_config_is_one_sentence(tree: dict[str, object], said: str):
    with pytest.raises(UsageError) as caught:
        validate(tree, source="mine.toml")
    assert said in str(caught.value)
    assert str(caught.value).startswith("mine.toml")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_toml_is_named(tmp_path: Path):
    path = tmp_path / "broken.toml"
    path.write_text("a = [1,\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"broken\.toml is not valid TOML"):
        read_toml(path)
    with pytest.raises(UsageError, match=r"missing\.toml cannot be read"):
        read_toml(tmp_path / "missing.toml")


def test_the_defaults_are_a_config():
    assert validate({}, source="nothing") == Config()
