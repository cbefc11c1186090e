"""A schema is learnt on train alone, is plain data, and gives the tutorial's matrix."""

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
import torch.nn.functional as F
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from nnlab.engine.config import Config, DataConfig, PrepareConfig, validate
from nnlab.engine.data.columns.arrow import labels
from nnlab.engine.data.columns.encoders import Column, Date, Hashed, Number, OneHot
from nnlab.engine.data.dataset import Dataset
from nnlab.engine.data.prepare import prepare
from nnlab.engine.data.reading.readings import CategoryReading, DateReading, NumberReading, Reading
from nnlab.engine.data.schema import Schema, fit
from nnlab.engine.data.sources import load
from nnlab.engine.errors import UsageError
from nnlab.engine.resolve import resolve


def cars(**columns: list[Any]) -> Dataset:
    table = pa.table({"speed": [1.0, 2.0, None, 5.0], "brand": ["b", "a", "b", None], "price": [1, 2, 3, 4], **columns})
    return Dataset("cars", "regression", table, "price", {"train": np.arange(4)})


def fitted(config: PrepareConfig | None = None, rows: list[int] | None = None) -> Schema:
    data = cars()
    return fit(data, np.array(rows or [0, 1, 2, 3]), ["speed", "brand"], config or PrepareConfig())


def test_auto_mpgs_matrix_is_the_tutorials():
    config = resolve(None, recipe="tutorial/auto-mpg", flags={})
    prepared = prepare(load(config.data), config)
    frame: Any = load(DataConfig(name="auto-mpg")).table.to_pandas().drop(columns="Car Name")
    parts: list[Any] = train_test_split(frame.dropna().reset_index(drop=True), train_size=0.8, random_state=1)
    train, test = parts
    numeric = ["Cylinders", "Displacement", "Horsepower", "Weight", "Acceleration"]
    scaler = StandardScaler().fit(train[numeric])
    for part, ours in ((train, prepared.train), (test, prepared.test)):
        year = torch.bucketize(torch.tensor(part["Model Year"].to_numpy()), torch.tensor([73, 76, 79]), right=True)
        origin = F.one_hot(torch.tensor(part["Origin"].to_numpy()) % 3)
        scaled = torch.from_numpy(scaler.transform(part[numeric]))
        expected = torch.cat([scaled, year[:, None], origin], 1).float()
        assert ours is not None
        torch.testing.assert_close(ours.x, expected, rtol=0, atol=1e-6)
        assert torch.equal(ours.y, torch.tensor(part["MPG"].to_numpy()).float())


def test_the_schema_is_plain_data():
    schema = fitted(PrepareConfig(embed={"brand": 3}))
    assert Schema.model_validate(json.loads(json.dumps(schema.model_dump(mode="json")))) == schema
    assert schema.embeddings == [(3, 3)]


def test_statistics_come_from_the_given_rows_alone():
    schema = fitted(rows=[0, 1])
    assert schema.columns[0].model_dump()["mean"] == 1.5
    assert schema.columns[1].model_dump()["categories"] == ["a", "b"]
    assert schema.target_mean == 1.5


def test_missing_numbers_are_filled_with_the_median_and_missing_categories_are_nothing():
    schema = fitted()
    matrix = schema.transform(cars().table)
    assert schema.columns[0].model_dump()["fill"] == 2.0
    assert matrix[2, 0] == matrix[1, 0]
    assert matrix[3, 1:].tolist() == [0, 0]


def test_an_unseen_category_has_a_place_of_its_own():
    table = pa.table({"brand": ["z"], "speed": [2]})
    assert fitted().transform(table)[0, 1:].tolist() == [0, 0]
    assert fitted(PrepareConfig(embed={"brand": 3})).transform(table)[0, 1] == 2


def test_columns_are_found_by_name_and_text_may_be_numbers():
    table = pa.table({"brand": ["a", "b"], "extra": [0, 0], "speed": [" 1.0", "2"]})
    expected = fitted().transform(pa.table({"speed": [1.0, 2.0], "brand": ["a", "b"]}))
    assert np.array_equal(fitted().transform(table), expected)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (pa.table({"sped": [1], "brand": ["a"]}), "lack the column 'speed' .is it 'sped'"),
        (pa.table({"x": [1]}), "lack the columns 'speed', 'brand'"),
        (pa.table({"speed": ["1", "fast"], "brand": ["a", "a"]}), "Row 2: the column 'speed' is 'fast'"),
    ],
)
def test_rows_that_do_not_fit_are_named(table: pa.Table, said: str):
    with pytest.raises(UsageError, match=said):
        fitted().transform(table)


def test_a_long_table_is_encoded_in_chunks_as_in_one(monkeypatch: pytest.MonkeyPatch):
    table = pa.table({"speed": ["1", "2", "3", "4", "5"], "brand": ["a", "b", None, "a", "c"]})
    expected = fitted().transform(table)
    monkeypatch.setattr("nnlab.engine.data.schema.CHUNK", 2)
    assert np.array_equal(fitted().transform(table), expected)
    with pytest.raises(UsageError, match="Row 4: the column 'speed' is 'fast', which is not a number"):
        fitted().transform(table.set_column(0, "speed", [["1", "2", "3", "fast", "5"]]))


@pytest.mark.parametrize(
    ("reading", "column", "values"),
    [
        (
            CategoryReading(name="x", whole=True),
            OneHot(name="x", categories=["0.5", "10000000000", "0"]),
            pa.array([0.5, 1e10, 1e10, 1e10, -0.0]),
        ),
        (DateReading(name="x", order="dmy"), Date(name="x"), pa.array(["25/12/2020", "24/12/2020", "01/02/2020"])),
        (NumberReading(name="x", grouped=True), Number(name="x", fill=0), pa.array(["1", "2,000", "$3", "(4)"])),
        (CategoryReading(name="x"), Hashed(name="x", width=8), pa.array([0.5, 2.0, 3.0, 4.0])),
    ],
)
def test_a_row_is_read_alike_alone_and_among_others(reading: Reading, column: Column, values: pa.Array):
    schema = Schema(task="regression", target="y", columns=[column], readings=[reading])
    whole = schema.transform(pa.table({"x": values}))
    assert whole.any(axis=1).all()
    alone = [schema.transform(pa.table({"x": values.slice(row, 1)})) for row in range(len(values))]
    assert np.array_equal(np.concatenate(alone), whole)


@pytest.mark.parametrize(
    ("prepare_config", "said"),
    [
        (PrepareConfig(bucketize={"sped": [1]}), "bucketize names the column 'sped'.*did you mean 'speed'"),
        (PrepareConfig(bucketize={"speed": [2, 1]}), "must rise"),
        (PrepareConfig(standardize=["wheels"]), "'wheels'"),
        (PrepareConfig(standardize=["brand"]), "Row 1: the column 'brand' is 'b', which is not a number"),
        (PrepareConfig(bucketize={"speed": [2]}, one_hot={"speed": []}), "named by bucketize and one_hot"),
    ],
)
def test_preparations_that_cannot_be_are_refused(prepare_config: PrepareConfig, said: str):
    with pytest.raises(UsageError, match=said):
        fitted(prepare_config)


def test_buckets_are_right_closed_as_torchs():
    schema = fitted(PrepareConfig(bucketize={"speed": [2, 5]}))
    assert schema.transform(pa.table({"speed": [1.9, 2, 4.9, 5], "brand": ["a"] * 4}))[:, 0].tolist() == [0, 1, 1, 2]


def test_classes_are_indices_and_an_unknown_one_is_named():
    data = Dataset(
        "d", "binary", pa.table({"x": [1.0, 2.0], "y": labels(np.array([1, 0]), ("no", "yes"))}), "y", {}, ("no", "yes")
    )
    schema = fit(data, np.array([0, 1]), ["x"], PrepareConfig())
    assert schema.encode_target(data.table.column("y")).tolist() == [1, 0]
    with pytest.raises(UsageError, match=r"Row 2 has the y 'perhaps'"):
        schema.encode_target(pa.chunked_array([["no", "perhaps"]]))


def test_a_standardised_target_is_undone():
    schema = fitted()
    values = schema.encode_target(cars().table.column("price"))
    assert values.mean() == pytest.approx(0, abs=1e-6)
    assert schema.decode_target(values) == pytest.approx([1, 2, 3, 4])


def test_pixels_are_raw_unit_or_standard():
    def image(pixels: str) -> Any:
        config = validate({"data": {"name": "digits"}, "prepare": {"pixels": pixels}}, source="test")
        return prepare(load(config.data), config)

    assert (image("raw").schema.image.shift, image("raw").schema.image.scale) == (0, 1)
    assert image("unit").schema.image.scale == pytest.approx(1 / 255)
    standard = image("standard")
    values = (standard.train.x[:].float() - standard.schema.image.shift) * standard.schema.image.scale
    assert values.mean().item() == pytest.approx(0, abs=1e-4)
    assert values.std().item() == pytest.approx(1, abs=1e-3)


def test_pixels_are_standardised_by_the_train_rows_alone():
    data = load(DataConfig(name="digits"))
    rows = np.array([3, 1, 700])
    assert data.images is not None
    image = fit(data, rows, [], PrepareConfig()).image
    assert image is not None
    assert image.shift == pytest.approx(data.images[rows].mean())
    assert 1 / image.scale == pytest.approx(data.images[rows].std())


@pytest.mark.parametrize("value", [1e308, -1e308])
def test_numbers_beyond_measure_are_named(value: float):
    data = cars(huge=[1.0, value, value, 3.0])
    with pytest.raises(UsageError, match="'huge' has infinite or too large values"):
        fit(data, np.arange(4), ["speed", "huge"], PrepareConfig())


def test_infinite_numbers_are_missing():
    schema = fit(cars(huge=[1.0, float("inf"), float("-inf"), 3.0]), np.arange(4), ["huge"], PrepareConfig())
    assert schema.transform(pa.table({"huge": ["inf", "2", "-Infinity"]}))[:, 0].tolist() == [0, 0, 0]


def test_a_constant_column_is_left_in_scale():
    data = cars(same=[0.1] * 4)
    schema = fit(data, np.arange(4), ["same"], PrepareConfig())
    assert schema.transform(pa.table({"same": [0.1, 1.1]}))[:, 0] == pytest.approx([0, 1])


def test_rows_with_missing_values_are_dropped_on_demand_and_noted():
    config = validate({"data": {"name": "auto-mpg"}, "prepare": {"missing": "drop"}}, source="test")
    prepared = prepare(load(config.data), config)
    assert sum(len(rows) for rows in prepared.splits.values()) == 392
    assert prepared.notes == ("6 of 398 rows have missing values and are left out",)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"features": ["x1", "x3"]}, "'x3'"),
        ({"features": ["label"]}, "is the target"),
        ({"target": "lable"}, "'label'"),
        ({"target": "x1"}, "The target of xor is 'label'"),
        ({"task": "regression"}, "The task of xor is binary, not regression"),
        ({"name": "digits", "features": ["x1"]}, "digits is images"),
    ],
)
def test_what_the_data_cannot_serve_is_named(data: dict[str, Any], said: str):
    config: Config = validate({"data": {"name": "xor", **data}}, source="test")
    with pytest.raises(UsageError, match=said):
        prepare(load(config.data), config)
