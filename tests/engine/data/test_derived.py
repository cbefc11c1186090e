"""Features derived from columns: what names them, what they are worth, and that a row needs only their sources."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from nnlab.engine.config import DataConfig, PrepareConfig, validate
from nnlab.engine.data.dataset import Dataset
from nnlab.engine.data.derived import derive, named, parse
from nnlab.engine.data.features import choose_features
from nnlab.engine.data.prepare import prepare
from nnlab.engine.data.schema import Schema
from nnlab.engine.data.sources import load
from nnlab.engine.errors import UsageError
from nnlab.engine.evaluation.evaluate import evaluate
from nnlab.engine.prediction.predict import predict
from nnlab.engine.resolve import resolve
from nnlab.engine.training.session import begin
from nnlab.engine.training.train import run


def cars(**columns: list[Any]) -> Dataset:
    table = pa.table(
        {"a": [1.0, 2.0, 3.0], "b c": [2, -1, 0], "kind": ["x", "y", "x"], "y": [1.0, 2.0, 4.0], **columns}
    )
    return Dataset("cars", "regression", table, "y", {"train": np.arange(3)})


def trained(features: list[str], epochs: int = 60) -> Any:
    config = resolve("circles", flags={"data": {"features": features}, "model": {"family": "linear"}})
    config = validate(
        {**config.to_dict(), "training": {**config.to_dict()["training"], "epochs": epochs}}, source="test"
    )
    session = begin(config)
    list(run(session))
    return session.checkpoint(best=False)


@pytest.mark.parametrize(
    ("text", "name", "values"),
    [
        ("a^2", "a^2", [1, 4, 9]),
        (" a * b c ", "a*b c", [2, -2, 0]),
        ("a*a", "a*a", [1, 4, 9]),
        ("sin( a )", "sin(a)", np.sin([1, 2, 3]).tolist()),
        ("b c^2", "b c^2", [4, 1, 0]),
    ],
)
def test_an_expression_is_a_column_of_numbers(text: str, name: str, values: list[float]):
    data = cars()
    assert named(text, data) == name
    assert derive([name], data, data.table.column)[name].column(data.table.column).to_pylist() == values


def test_a_column_of_that_very_name_wins_and_names_may_hold_the_signs():
    data = cars(**{"a^2": [7, 7, 8], "p*q": [1, 2, 3]})
    assert derive([named("a^2", data)], data, data.table.column) == {}
    assert parse("p*q*a", data.table.column_names) == ("product", ["p*q", "a"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "a^3",
            r"'a\^3' is not a column and cannot be derived: there are squares a\^2, products a\*b and sines sin\(a\)",
        ),
        ("b^2", r"'b\^2' is not a column and cannot be derived"),
        ("kin*a", "'kin': did you mean 'kind'"),
        ("kid", "no column 'kid': did you mean 'kind'"),
        ("kind^2", "derived from 'kind', which is not a column of numbers"),
        ("sin(y)", "derived from the target 'y'"),
        ("y", "'y' is the target"),
    ],
)
def test_what_is_no_feature_is_one_sentence(text: str, said: str):
    with pytest.raises(UsageError, match=said):
        choose_features(cars(), DataConfig(features=[text]), PrepareConfig())


def test_columns_stand_in_file_order_and_derived_ones_behind_them():
    assert choose_features(cars(), DataConfig(features=["a*b c", "kind", "a^2", "a", "a ^2"]), PrepareConfig()) == (
        ["a", "kind", "a*b c", "a^2"]
    )


def test_they_are_standardised_and_scaled_like_other_numbers(tmp_path: Path):
    rows = "".join(f"{'' if row == 5 else row / 8};{row % 3}\n" for row in range(60))
    (tmp_path / "own.csv").write_text("a;y\n" + rows.replace(".", ","))
    tree = {"name": str(tmp_path / "own.csv"), "target": "y", "features": ["a^2", "sin(a)"], "test_split": "none"}
    config = validate({"data": tree, "prepare": {"scales": {"a^2": "quantile"}}}, source="test")
    prepared = prepare(load(config.data), config)
    kinds = {(column.name, column.kind) for column in prepared.schema.columns}
    assert kinds == {("a^2", "curve"), ("a^2", "missing"), ("sin(a)", "number"), ("sin(a)", "missing")}
    place = [column.kind for column in prepared.schema.columns].index("number")
    x = prepared.train.x[:][:, place]
    assert abs(float(x.mean())) < 1e-6
    assert abs(float(x.std(correction=0)) - 1) < 1e-6
    assert prepared.schema.inputs == ["a"]


def test_squares_let_a_line_part_circles():
    assert evaluate(trained(["x1^2", "x2^2"])).metrics["accuracy"] > 0.95
    assert evaluate(trained(["x1", "x2"])).metrics["accuracy"] < 0.7


def test_rows_need_only_the_columns_they_come_from(tmp_path: Path):
    checkpoint = trained(["x1", "x1^2", "x2^2", "x1*x2", "sin(x2)"], epochs=2)
    assert checkpoint.schema.inputs == ["x1", "x2"]
    (tmp_path / "rows.csv").write_text("x2,other,x1\n0.5,1,-0.25\n3,2,1e300\n,1,0.5\n")
    notes: list[str] = []
    (many,) = predict(checkpoint, str(tmp_path / "rows.csv"), notes.append)
    (one,) = predict(checkpoint, None, notes.append, rows=["x1=-0.25,x2=0.5"])
    assert many.probabilities is not None
    assert one.probabilities is not None
    assert many.probabilities[:, 0].tolist() == one.probabilities[:, 0].tolist()
    with pytest.raises(UsageError, match="has no column 'x2'"):
        list(predict(checkpoint, None, notes.append, rows=["x1=1"]))


@pytest.mark.parametrize(
    "change",
    [
        {"form": "cube"},
        {"form": "product"},
        {"of": []},
        {"of": [{"name": "a"}] * 3},
        {"of": [{"name": "a", "code": "evil"}]},
        {"of": [{"name": 5}]},
        {"name": "b^2"},
        {"eval": "1"},
    ],
)
def test_damaged_ones_are_refused(change: dict[str, Any]):
    column = {"kind": "number", "name": "a^2", "fill": 0.0}
    derived = {"name": "a^2", "form": "square", "of": [{"name": "a"}]}
    good = {"task": "regression", "target": "y", "columns": [column], "derived": [derived]}
    assert Schema.model_validate(good).inputs == ["a"]
    with pytest.raises(ValidationError):
        Schema.model_validate({**good, "derived": [{**derived, **change}]})
    with pytest.raises(ValidationError):
        Schema.model_validate({**good, "derived": [derived, derived]})
