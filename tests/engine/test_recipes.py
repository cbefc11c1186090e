"""Recipes are complete, valid, and found by a data set's name."""

from __future__ import annotations

import pytest

from nnlab.engine import recipes
from nnlab.engine.config import validate
from nnlab.engine.data.catalog import CATALOG
from nnlab.engine.errors import UsageError
from nnlab.engine.options import FAMILIES


@pytest.mark.parametrize("name", recipes.names())
def test_every_recipe_is_a_valid_config_with_a_description(name: str):
    config = validate(recipes.read(name), source=name)
    assert config.description.endswith(".")
    assert config.data.name in CATALOG or name.startswith("default")


@pytest.mark.parametrize("name", [name for name in recipes.names() if name.startswith("tutorial/")])
def test_tutorial_recipes_validate_on_test_and_say_so(name: str):
    config = validate(recipes.read(name), source=name)
    assert config.data.valid_split == config.data.test_split
    assert "alidates on the test split" in config.description
    assert config.training.final == "last"


@pytest.mark.parametrize("name", CATALOG)
def test_every_built_in_data_set_has_a_default_of_its_own(name: str):
    assert recipes.default_for(name)["data"]["name"] == name


@pytest.mark.parametrize("name", [name for name, info in CATALOG.items() if info.kind == "image"])
def test_image_data_has_a_default_for_convolutions(name: str):
    assert recipes.default_for(name, "cnn")["model"]["family"] == "cnn"


@pytest.mark.parametrize("family", [None, *FAMILIES])
def test_other_data_gets_the_general_default(family: str | None):
    expected = f"default-{family}" if family in ("cnn", "tabm") else "default"
    assert recipes.default_for("cars.csv", family) == recipes.read(expected)


def test_a_data_name_cannot_name_a_tutorial_recipe():
    assert recipes.default_for("tutorial/xor") == recipes.read("default")


def test_an_unknown_recipe_names_the_nearest():
    with pytest.raises(UsageError, match="did you mean 'tutorial/auto-mpg'"):
        recipes.read("tutorial/auto-mgp")
