"""The table of options says of every key of the config what the config itself says of it."""

from __future__ import annotations

from typing import Any

import pytest

from nnlab.engine.config import Config
from nnlab.engine.options import AT, OPTIONS, SAID_BY, Option, flag_of

SCHEMA = Config.model_json_schema()
SECTIONS = ("data", "prepare", "model", "training")
WITHOUT_OPTION = {
    ("data", "name"): "the argument of `nnlab train`",
    ("data", "valid_size"): "for who writes a config: --valid-split says which rows",
    ("data", "split_seed"): "for who writes a config: runs stay comparable, as all are divided alike",
    ("data", "stratify"): "for who writes a config",
    ("data", "folds"): "an option of `nnlab train` itself: it makes many runs, and no config of one has it by itself",
    ("prepare", "widest_one_hot"): "for who writes a config: --one-hot and --embed say it of a column",
    ("prepare", "rare"): "for who writes a config",
    ("prepare", "hash_width"): "for who writes a config",
    ("prepare", "standardize_target"): "for who writes a config",
    ("model", "parts"): "of an ensemble, which is made of trained networks and not asked for",
    ("model", "shares"): "of an ensemble, too",
    ("training", "loop_seed"): "for recipes that follow a tutorial to the digit",
    ("training", "huber_delta"): "for who writes a config",
}
"""Keys that no option sets, and why."""


def keys() -> dict[tuple[str, str], dict[str, Any]]:
    """The JSON schema of every key of every section."""
    sections = {name: SCHEMA["properties"][name]["$ref"].rpartition("/")[2] for name in SECTIONS}
    return {
        (section, key): schema
        for section, name in sections.items()
        for key, schema in SCHEMA["$defs"][name]["properties"].items()
    }


def test_every_key_of_the_config_has_an_option_or_a_stated_reason():
    assert set(SCHEMA["properties"]) == {*SECTIONS, "description", "resolved"}  # the two are of files
    told = [*AT, *SAID_BY, *WITHOUT_OPTION]
    assert sorted(told) == sorted(keys())


def test_every_option_is_called_otherwise():
    assert len({option.name for option in OPTIONS}) == len(OPTIONS)


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_an_option_is_of_its_keys_kind(option: Option):
    types = {
        "whole": "integer",
        "number": "number",
        "switch": "boolean",
        "negated": "boolean",
        "names": "array",
        "widths": "array",
        "each": "array",
        "kinds": "object",
        "lists": "object",
        "embeddings": "object",
        "arguments": "object",
    }
    schema = keys()[option.place]
    found: list[dict[str, Any]] = schema.get("anyOf", [schema])
    assert types.get(option.kind, "string") in {one.get("type") for one in found}
    listed = [choice for one in found for choice in one.get("enum", ())]
    assert [choice for choice in listed if choice not in ("ensemble", "custom")] == list(option.choices)


@pytest.mark.parametrize("option", [one for one in OPTIONS if one.needs], ids=lambda option: option.name)
def test_what_an_option_needs_is_there(option: Option):
    other, *fitting = option.needs
    assert set(fitting) < set(AT[option.section, other].choices)


@pytest.mark.parametrize(
    ("place", "flag"), [*SAID_BY.items(), (("data", "header"), "no-header"), (("training", "lr"), "lr")]
)
def test_a_wrong_value_is_told_by_the_option_that_was_typed(place: tuple[str, str], flag: str):
    assert flag_of(*place) == flag
