"""A quality chooses by rows and columns what nobody said, once the rows are read, and leaves nothing open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nnlab.engine import recipes
from nnlab.engine.api import fit
from nnlab.engine.config import Config, Tree, read_toml, validate, write_toml
from nnlab.engine.data.settled import settled
from nnlab.engine.data.sources import load
from nnlab.engine.errors import UsageError
from nnlab.engine.options import Quality
from nnlab.engine.quality import EPOCHS, FEW_ROWS, FEWEST_EPOCHS, Shape, settle
from nnlab.engine.resolve import resolve
from nnlab.engine.training.session import begin

PRICE: Tree = {"data": {"target": "price"}}


def table(folder: Path, rows: int, numbers: int = 3) -> str:
    generator = np.random.default_rng(1)
    frame = pd.DataFrame(generator.normal(size=(rows, numbers)), columns=[f"n{place}" for place in range(numbers)])
    frame["kind"] = generator.choice(["red", "green", "blue"], rows)
    frame["price"] = frame["n0"] * 2 + generator.normal(size=rows)
    path = folder / "table.csv"
    frame.to_csv(path, index=False)
    return str(path)


def of_shape(
    rows: int, numbers: int = 10, others: int = 3, quality: str = "good", *, classes: bool = True, **told: Any
) -> Config:
    config = validate({"data": {"name": "t.csv"}, "training": {"quality": quality}, **told})
    return settle(config, Shape(rows, numbers, others, 3 * others, classes))


def test_a_small_table_gets_the_plain_network_and_a_larger_one_several_members():
    small, large = of_shape(FEW_ROWS - 1), of_shape(FEW_ROWS)
    said = "What --quality good chose for the rows and columns of t.csv."
    tree = {**recipes.read("default"), "description": said, "data": {"name": "t.csv"}, "resolved": True}
    assert small == validate(tree)
    assert large.description == said
    assert (large.model.family, large.model.members > 1, large.prepare.scale) == ("tabm", True, "smooth")
    assert of_shape(FEW_ROWS - 1, quality="best").model.family == "tabm"


@pytest.mark.parametrize("quality", ["good", "best"])
@pytest.mark.parametrize(
    ("rows", "numbers", "others"),
    [(1_000, 5, 0), (5_000, 20, 2), (50_000, 0, 60), (1_000_000, 30, 0), (10_000_000, 100, 100), (3_000, 5_000, 0)],
)
def test_work_is_bounded_whatever_the_table(rows: int, numbers: int, others: int, quality: Quality):
    config = of_shape(rows, numbers, others, quality)
    assert FEWEST_EPOCHS <= config.training.epochs <= EPOCHS[quality]
    smaller = of_shape(max(1_000, rows // 10), numbers, others, quality)
    assert smaller.model.members * smaller.model.hidden[0] >= config.model.members * config.model.hidden[0]


def test_numbers_are_embedded_as_what_is_predicted_wants():
    classes, values = (of_shape(5_000, classes=classes).model for classes in (True, False))
    assert (classes.embedding, values.embedding) == ("piecewise", "both")
    assert of_shape(5_000, quality="best", classes=False).model.embedding == "periodic"
    assert of_shape(5_000, numbers=2_000, classes=False).model.embedding == "none"


def test_best_is_never_less_than_good():
    for rows in (2_000, 20_000, 200_000, 2_000_000):
        good, best = of_shape(rows), of_shape(rows, quality="best")
        assert best.model.members >= good.model.members
        more, less = (one.model.members * one.model.hidden[0] * one.training.epochs for one in (best, good))
        assert more > less


@pytest.mark.parametrize(
    "told",
    [
        {"model": {"hidden": [5]}},
        {"training": {"quality": "good", "epochs": 7, "lr": 0.5}},
        {"prepare": {"scale": "log"}},
        {"model": {"members": 3, "embedding": "none"}},
        {"model": {"activation": "relu"}},
    ],
)
def test_what_is_told_is_left_as_it_is(told: Tree):
    config = of_shape(5_000, **told)
    for section, keys in told.items():
        for key, value in keys.items():
            if key != "quality":
                assert getattr(getattr(config, section), key) == value


def test_members_that_are_asked_for_are_had_of_few_rows_too():
    assert of_shape(100, model={"members": 3}).model.family == "tabm"
    assert of_shape(100, model={"embedding": "piecewise"}).model.family == "tabm"


def test_a_table_of_ones_own_is_left_to_good_and_nothing_else_is(tmp_path: Path):
    name = table(tmp_path, 30)
    assert resolve(name, flags={}).training.quality == "good"
    assert resolve(name, flags={"training": {"quality": "best"}}).training.quality == "best"
    for flags in ({"training": {"quality": "quick"}}, {"model": {"family": "mlp"}}, {"model": {"family": "linear"}}):
        assert resolve(name, flags=flags).training.quality is None
    assert resolve(name, flags={"training": {"quality": "quick"}}) == resolve(name, flags={"model": {"family": "mlp"}})
    assert resolve("iris", flags={}).training.quality is None
    assert resolve("digits", flags={}).training.quality is None


def test_a_config_that_is_left_open_is_written_as_it_was_told_and_read_back(tmp_path: Path):
    config = resolve(table(tmp_path, 30), flags={"training": {"epochs": 7}})
    file = tmp_path / "open.toml"
    file.write_text(write_toml(config), encoding="utf-8")
    assert read_toml(file)["training"] == {"quality": "good", "epochs": 7}
    again = resolve(None, flags={}, file=file)
    assert again == config
    assert settle(again, Shape(5_000, 3, 3, 9, classes=True)) == settle(config, Shape(5_000, 3, 3, 9, classes=True))


def test_a_quality_beside_a_complete_config_is_refused(tmp_path: Path):
    file = tmp_path / "whole.toml"
    file.write_text(write_toml(of_shape(5_000)).replace("t.csv", table(tmp_path, 30)), encoding="utf-8")
    with pytest.raises(UsageError, match="leaves nothing open to choose: leave out --quality"):
        resolve(None, flags={"training": {"quality": "best"}}, file=file)
    assert resolve(None, flags={}, file=file).training.quality is None


def test_what_was_chosen_is_said_and_is_the_runs_config(tmp_path: Path):
    session = begin(
        resolve(table(tmp_path, 1_200), flags={**PRICE, "training": {"epochs": 1}, "model": {"hidden": [4]}})
    )
    assert session.chosen == (
        "960 rows to train and validate on, 3 numbers, 1 other column: 8 networks with shared layers of 4, "
        "periodic embeddings in one half and piecewise-linear ones in the other, 1 epoch at most"
    )
    assert session.config.training.quality is None
    assert session.config.to_dict()["model"]["members"] == session.spec.members == 8


def test_of_few_rows_it_is_said_that_they_get_a_plain_network(tmp_path: Path):
    session = begin(resolve(table(tmp_path, 60), flags=PRICE))
    assert session.config.model.family == "mlp"
    assert session.chosen == "48 rows to train and validate on, which are few: one plain network with layers of 64-32"
    named = begin(resolve(table(tmp_path, 600), flags={**PRICE, "model": {"family": "mlp"}}))
    assert not named.chosen


def test_many_categories_take_as_much_time_as_they_have_inputs(tmp_path: Path):
    few, many = (
        settle(
            validate({"data": {"name": "t.csv"}, "training": {"quality": "good"}}),
            Shape(5_000, 0, 200, inputs, classes=True),
        )
        for inputs in (400, 3_000)
    )
    assert many.model.members * many.training.epochs < few.model.members * few.training.epochs
    generator = np.random.default_rng(1)
    frame = pd.DataFrame({f"c{place}": generator.choice(list("abcdefgh"), 600) for place in range(200)})
    frame["price"] = generator.normal(size=600)
    frame.to_csv(tmp_path / "wide.csv", index=False)
    config = resolve(str(tmp_path / "wide.csv"), flags=PRICE)
    found, _, _ = settled(config, load(config.data))
    alike = settle(config, Shape(600, 0, 200, 200 * 9, classes=False))
    assert (found.model, found.training.epochs) == (alike.model, alike.training.epochs)


@pytest.mark.parametrize("key", ["members", "embedding", "own_weights"])
def test_a_file_that_names_members_is_no_file_for_quick(key: str, tmp_path: Path):
    values = {"members": "4", "embedding": '"periodic"', "own_weights": "true"}
    file = tmp_path / "part.toml"
    file.write_text(f"[model]\n{key} = {values[key]}\n", encoding="utf-8")
    flags = {**PRICE, "training": {"quality": "quick"}}
    with pytest.raises(UsageError, match=f"--{key.replace('_', '-')} has no effect on the model 'mlp'"):
        resolve(table(tmp_path, 30), flags=flags, file=file)
    assert resolve(table(tmp_path, 30), flags=PRICE, file=file).training.quality == "good"


def test_a_frame_gets_what_its_file_gets(tmp_path: Path):
    name = table(tmp_path, 1_100)
    choices: dict[str, Any] = {"target": "price", "members": 2, "hidden": [4], "epochs": 2}
    of_file, of_frame = (fit(data, **choices) for data in (name, pd.read_csv(name)))
    assert of_file.checkpoint.spec == of_frame.checkpoint.spec
    assert np.array_equal(of_file.predict(name), of_frame.predict(name))


def test_a_quality_may_be_asked_for_built_in_data_and_keeps_its_rows():
    config = resolve("auto-mpg", flags={"training": {"quality": "best"}})
    found, _, said = settled(config, load(config.data))
    assert found.model.family == "tabm"
    assert said.startswith("318 rows to train and validate on, 7 numbers: ")


def test_images_get_their_usual_network_and_that_is_said():
    config = resolve("digits", flags={"training": {"quality": "good"}})
    found, _, said = settled(config, load(config.data))
    assert found == resolve("digits", flags={})
    assert said == "images get their usual network, whatever the quality"


def test_a_quality_counts_the_rows_that_there_are_to_learn_from(tmp_path: Path):
    frame = pd.read_csv(table(tmp_path, 3_000))
    frame.loc[200:, "price"] = float("nan")  # few have a target
    few = tmp_path / "few.csv"
    frame.to_csv(few, index=False)
    assert begin(resolve(str(few), flags=PRICE)).config.model.family == "mlp"
    part = {**PRICE, "data": {**PRICE["data"], "train_split": "train[:60]"}}
    assert begin(resolve(table(tmp_path, 3_000), flags=part)).config.model.family == "mlp"


def test_a_recipe_and_a_quality_are_not_both_asked(tmp_path: Path):
    with pytest.raises(UsageError, match="The recipe 'default' leaves nothing open to choose"):
        resolve(table(tmp_path, 60), flags={"training": {"quality": "best"}}, recipe="default")
