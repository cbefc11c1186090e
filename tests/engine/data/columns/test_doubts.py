"""What could be meant otherwise than it is read is told, at training and by `data show`, and nothing is merged."""

import json
from pathlib import Path
from typing import Any

import pytest

from nnlab.engine.config import Config, validate
from nnlab.engine.data.overview.inspect import inspect
from nnlab.engine.data.prepare import prepare
from nnlab.engine.data.sources import load

ROWS = 60
Y = [f"{row * 7 % 11 / 4}" for row in range(ROWS)]
CAFES = ["caf\u00e9", "cafe\u0301", "bar"]


def config_of(folder: Path, x: list[str], y: list[str], **data: Any) -> Config:
    rows = [{"x": x[row % len(x)], "z": row / 7, "y": y[row % len(y)]} for row in range(ROWS)]
    (folder / "own.json").write_text(json.dumps(rows), encoding="utf-8")
    return validate({"data": {"name": str(folder / "own.json"), "target": "y", **data}}, source="test")


def notes_of(config: Config) -> list[str]:
    """What training says, which `data show` says as well, with and without a target."""
    dataset = load(config.data)
    notes = [*prepare(dataset, config).notes]
    shown = inspect(config).warnings
    assert all(f"{note[:1].upper()}{note[1:]}." in shown for note in dataset.notes)
    if any("'x'" in note for note in dataset.notes):
        free = validate({"data": {"name": config.data.name, "kinds": config.data.kinds}}, source="test")
        assert any("'x'" in warning for warning in inspect(free).warnings)
    return notes


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["Oslo", "oslo", "Rom"], "that look alike are kept apart: 'Oslo'/'oslo'"),
        (["new  york", "new york", "Rom"], "that look alike are kept apart: 'new  york'/'new york'"),
        (["new\u00a0york", "new york", "Rom"], r"that look alike are kept apart: 'new york'/'new\xa0york'"),
        (CAFES, r"that look alike are kept apart: 'cafe\u0301'/'café'"),
        ([" Rom", "Rom", "Oslo"], "are ignored, so these are the same: ' Rom'/'Rom'"),
        (["Yes", "yes", "perhaps"], "that look alike are kept apart: 'Yes'/'yes'"),
    ],
)
def test_categories_and_classes_that_look_alike_are_told(values: list[str], said: str, tmp_path: Path):
    as_column = config_of(tmp_path, values, Y)
    assert [note for note in notes_of(as_column) if "'x'" in note and said in note]
    as_target = config_of(tmp_path, ["a", "b"], values)
    assert [note for note in notes_of(as_target) if "'y'" in note and said in note]
    kept = {value.strip() for value in values}
    assert set(load(as_target.data).classes) == kept


def test_yes_and_no_in_several_spellings_are_two_and_told(tmp_path: Path):
    config = config_of(tmp_path, ["Yes", "yes", "no"], ["TRUE", "True", "false"])
    dataset = load(config.data)
    assert (dataset.task, len(dataset.classes)) == ("binary", 2)
    notes = notes_of(config)
    assert any("'x' that look alike are taken for the same: 'Yes'/'yes'" in note for note in notes)
    assert any("'y' that look alike are taken for the same: 'TRUE'/'True'" in note for note in notes)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["12 %", "13 %", "0.5"], "% (40 values), none (20 values)"),
        (["$12", "13", "14"], "$ (20 values), none (40 values)"),
        (["$12", "€13", "EUR 14"], "$ (20 values), € (20 values), EUR (20 values)"),
    ],
)
def test_numbers_of_different_units_are_told(values: list[str], said: str, tmp_path: Path):
    for kinds in ({}, {"x": "number"}):
        assert any(said in note for note in notes_of(config_of(tmp_path, values, Y, kinds=kinds)))
    assert any(said in note for note in notes_of(config_of(tmp_path, ["a", "b"], values, task="regression")))


@pytest.mark.parametrize(
    "values", [["a", "b", "NA", "na"], ["12 %", "13 %"], ["$5", "$6", ""], ["Yes", "no"], ["1", "2", "5"]]
)
def test_nothing_is_told_of_what_can_be_meant_in_one_way(values: list[str], tmp_path: Path):
    assert not [note for note in notes_of(config_of(tmp_path, values, Y)) if "alike" in note or "units" in note]
