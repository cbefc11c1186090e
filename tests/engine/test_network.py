"""A trained network as an object: however rows are handed over it answers the same, and nothing changes it."""

from __future__ import annotations

import csv
import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from torch import nn

from nnlab.engine.api import configure, fit, load_data, train
from nnlab.engine.errors import NnlabError, UsageError
from nnlab.engine.network import Network, load


@pytest.fixture(scope="module")
def cars() -> pd.DataFrame:
    """Cars in an order of their own, under a frame's index that is no number of a row."""
    table: Any = load_data("auto-mpg").table
    frame: pd.DataFrame = table.to_pandas().drop(columns="Car Name").sample(120, random_state=1)
    frame["Make"] = np.where(frame.Weight > 3000, "heavy, and", 'li"ght')
    return frame


@pytest.fixture(scope="module")
def values(cars: pd.DataFrame) -> Network:
    return fit(cars, target="MPG", epochs=3)


@pytest.fixture(scope="module")
def classes(cars: pd.DataFrame) -> Network:
    return fit(cars.drop(columns="MPG"), target="Make", epochs=3)


def test_a_frame_trains_the_network_that_its_file_trains(cars: pd.DataFrame, tmp_path: Path, values: Network):
    cars.to_csv(tmp_path / "cars.csv", index=False)
    others = [
        fit(str(tmp_path / "cars.csv"), target="MPG", epochs=3),
        fit(pa.Table.from_pandas(cars), target="MPG", epochs=3),
    ]
    features = cars.drop(columns="MPG")
    others += [fit(features, cars.MPG, epochs=3), fit((features, cars.MPG), epochs=3)]
    for other in others:
        weights = other.checkpoint.weights
        assert other.schema.inputs == values.schema.inputs
        assert all(torch.equal(weight, weights[name]) for name, weight in values.checkpoint.weights.items())
        assert other.evaluate().metrics == values.evaluate().metrics


def test_rows_are_answered_alike_however_they_are_handed_over(
    cars: pd.DataFrame, values: Network, classes: Network, tmp_path: Path, nnlab: Any
):
    cars.drop(columns="MPG").to_csv(tmp_path / "rows.csv", index=False)
    records: list[Any] = cars.to_dict("records")
    ways: list[Any] = [
        *(cars, pa.Table.from_pandas(cars), records, cars.to_dict("list"), str(tmp_path / "rows.csv")),
        *([tmp_path / "rows.csv"], cars[cars.columns[::-1]], cars.astype({"Make": "category"})),
    ]
    for network, column in ((values, "prediction"), (classes, "probability_heavy, and")):
        expected = network.predict(cars)
        assert expected.shape == (120,)
        for rows in ways:
            assert network.predict(rows).tolist() == expected.tolist()
        assert network.predict(records[5]).tolist() == [expected[5]]
        network.save(tmp_path / "net.pt")
        done = nnlab("predict", tmp_path / "net.pt", tmp_path / "rows.csv")
        lines = list(csv.DictReader(io.StringIO(done.stdout)))
        printed = [float(line[column]) for line in lines]
        told = expected if network is values else network.predict_proba(cars)[:, network.classes.index("heavy, and")]
        assert printed == pytest.approx(told.tolist(), rel=1e-6, abs=1e-6)
        if network is classes:
            assert [line["prediction"] for line in lines] == expected.tolist()


def test_what_is_no_rows_is_refused_and_no_rows_have_no_answers(values: Network, classes: Network, cars: pd.DataFrame):
    for rows in (5, None, [1, 2], np.zeros((2, 3)), np.zeros(3), {"Weight": [1, 2], "Make": ["a"]}, [cars]):
        with pytest.raises(UsageError):
            values.predict(rows)
    for network in (values, classes):
        assert network.predict(cars[:0]).shape == (0,)
        assert network.prepare([]).shape == (0, network.schema.in_features)
    assert classes.predict_proba(cars[:0]).shape == (0, 2)
    with pytest.raises(UsageError, match="have no probabilities"):
        values.predict_proba(cars)


def test_module_and_prepared_rows_give_the_answers(values: Network, classes: Network, cars: pd.DataFrame):
    with torch.no_grad():
        logits = classes.module(classes.prepare(cars))
        numbers = values.module(values.prepare(cars))[:, 0]
    assert logits.softmax(1).numpy() == pytest.approx(classes.predict_proba(cars), abs=1e-5)
    assert values.schema.decode_target(numbers.double()).numpy() == pytest.approx(values.predict(cars), rel=1e-4)
    assert values.prepare(cars).dtype == torch.float32


def test_nothing_that_is_done_with_a_network_changes_it(values: Network, cars: pd.DataFrame):
    before = values.predict(cars)
    nn.init.zeros_(next(values.module.parameters()))
    values.module.train()
    assert np.array_equal(values.predict(cars), before)
    assert np.array_equal(pickle.loads(pickle.dumps(values)).predict(cars), before)
    assert not values.module.training


def test_a_network_of_arrays_finds_columns_by_their_place():
    x = np.random.RandomState(0).normal(size=(80, 4))
    x[:, 1] = 1  # which nothing is learnt from
    network = fit(x, x[:, 3] > 0, epochs=40, lr=0.01)
    assert network.classes == ["false", "true"]
    assert network.evaluate((x, x[:, 3] > 0)).metrics["accuracy"] > 0.9
    assert network.predict(torch.from_numpy(x)).tolist() == network.predict(x).tolist()
    assert network.predict([{"x1": 0, "x3": 0, "x4": 9}]).tolist() == ["true"]
    with pytest.raises(UsageError, match="two dimensions"):
        network.predict(x[0])
    with pytest.raises(UsageError, match="80 rows and 3 answers"):
        fit(x, [1, 2, 3])


def test_whole_numbers_of_an_array_are_numbers():
    x = np.arange(120).reshape(60, 2) % 7
    assert {column.kind for column in fit(x, x[:, 0] * 1.5, epochs=1).schema.columns} == {"number"}


def test_images_are_answered_as_arrays():
    network = fit("digits", epochs=2)
    images: Any = load_data("digits").images
    answers = network.predict(images)
    assert answers.shape == (len(images),)
    assert network.predict(images[:, 0]).tolist() == answers.tolist()
    assert network.predict(images.astype(float)).tolist() == answers.tolist()
    with torch.no_grad():
        assert network.module(network.prepare(images[:5])).argmax(1).tolist() == [int(answer) for answer in answers[:5]]
    for wrong in (images / 255 + 0.5, images[:, :, :4], images - 300.0, [{"a": 1}]):
        with pytest.raises(UsageError, match="images"):
            network.predict(wrong)


def test_an_evaluation_is_of_the_rows_that_were_held_out(values: Network, cars: pd.DataFrame, tmp_path: Path):
    assert values.evaluate().rows == 24
    assert values.evaluate(split="train").notes
    assert {"mean", "linear_regression"} <= set(values.evaluate().baseline)
    everything = values.evaluate(cars)
    assert everything.rows == len(cars)
    assert everything.metrics == values.evaluate((cars.drop(columns="MPG"), cars.MPG)).metrics
    cars.to_csv(tmp_path / "cars.csv", index=False)
    assert values.evaluate(tmp_path / "cars.csv").metrics == pytest.approx(everything.metrics)
    with pytest.raises(UsageError, match="a column 'MPG' already"):
        values.evaluate((cars, cars.MPG))
    with pytest.raises(UsageError, match="no column 'MPG'"):
        values.evaluate(cars.drop(columns="MPG"))


def test_a_network_is_saved_and_loaded(values: Network, cars: pd.DataFrame, tmp_path: Path):
    values.save(tmp_path / "net.pt")
    again = load(tmp_path / "net.pt")
    assert np.array_equal(again.predict(cars), values.predict(cars))
    assert again.evaluate(cars).metrics == values.evaluate(cars).metrics
    with pytest.raises(UsageError, match="a table in memory"):
        again.evaluate()
    with pytest.raises(NnlabError, match="cannot be written"):
        values.save(tmp_path / "nowhere" / "net.pt")
    with pytest.raises(UsageError, match=r"no file.*other\.pt"):
        load(tmp_path / "other.pt")


def test_a_run_is_loaded_by_its_name_its_folder_and_as_the_latest(own_world: Path):
    network = fit("xor", name="demo", epochs=4)
    for source in ("demo", own_world / "demo", "latest"):
        assert load(source).evaluate().metrics == network.evaluate().metrics
    assert list(network.history.epoch) == [1, 2, 3, 4]
    assert {"loss_train", "loss_valid", "lr"} <= set(network.history.columns)


class Own(nn.Module):
    """A network that is in no file."""

    def __init__(self, in_features: int, num_classes: int) -> None:
        super().__init__()
        self.layer = nn.Linear(in_features, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x)


def test_a_class_is_trained_and_saved_without_its_code(tmp_path: Path):
    network = fit("iris", model=Own, epochs=2)
    rows: Any = load_data("iris").table
    assert isinstance(network.module, Own)
    assert network.evaluate().metrics["accuracy"] > 0
    network.save(tmp_path / "own.pt")
    assert np.array_equal(load(tmp_path / "own.pt", model=Own).predict(rows), network.predict(rows))
    with pytest.raises(UsageError, match=r"was given in Python.*path/to/net\.py:Own"):
        load(tmp_path / "own.pt").predict(rows)
    with pytest.raises(UsageError, match="leave out the model"):
        load(fit("iris", epochs=1).checkpoint, model=Own)


def test_other_code_than_was_trained_is_warned_of(tmp_path: Path):
    fit("iris", model=Own, epochs=1).save(tmp_path / "own.pt")
    with pytest.warns(UserWarning, match="trained as Own, and not as Linear"):
        load(tmp_path / "own.pt", model=nn.Linear)
    code = tmp_path / "net.py"
    code.write_text("from torch import nn\n\n\nclass Made(nn.Linear):\n    pass\n")
    fit("iris", model=f"{code}:Made", epochs=1).save(tmp_path / "file.pt")
    code.write_text(code.read_text() + "\n# changed\n")
    with pytest.warns(UserWarning, match="not the text that the network was trained with"):
        load(tmp_path / "file.pt", model=f"{code}:Made")


def test_a_config_takes_no_choices_and_a_name_no_answers():
    with pytest.raises(UsageError, match="leave out 'lr'"):
        list(train(configure("xor"), lr=0.1))
    with pytest.raises(UsageError, match="target="):
        fit("iris", [1, 2])
    with pytest.raises(UsageError, match="The data cannot be 5"):
        fit(5)


def test_what_is_no_table_of_rows_is_refused_in_a_sentence(cars: pd.DataFrame, values: Network):
    with pytest.raises(UsageError, match=r"^There is no column 'MPG'\.$"):
        fit(pd.DataFrame(), target="MPG")
    refused = pytest.raises(UsageError, match=r"^Rows are a data frame, .* and not a Series: write .*\.iloc\[\[0\]\]")
    with refused:
        fit(cars["Weight"], target="MPG")
    with refused:
        values.predict(cars.iloc[0])
