"""Whatever the calls from Python are given, they answer or raise UsageError; what diverged is said and not used."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from sklearn.model_selection import GridSearchCV

from nnlab.engine import (
    NnlabClassifier,
    NnlabRegressor,
    configure,
    evaluate,
    load_checkpoint,
    load_data,
    predict,
    train,
)
from nnlab.engine.checkpoint import Checkpoint
from nnlab.engine.config import Config
from nnlab.engine.data.columns.encoders import Date, Flag, Hashed, Number, OneHot
from nnlab.engine.data.schema import Image, Schema
from nnlab.engine.errors import NnlabError, UsageError
from nnlab.engine.models.families import build
from nnlab.engine.models.spec import ModelSpec

X = np.random.RandomState(0).normal(size=(60, 3))
SMALL: dict[str, Any] = {"epochs": 3, "hidden": (4,), "random_state": 0}
KINDS = [Number(name="number", fill=0), OneHot(name="category", categories=["a", "1"]), Flag(name="flag")]
TABLE = Schema(
    task="binary",
    target="y",
    classes=["no", "yes"],
    columns=[*KINDS, Date(name="date", style="%Y-%m-%d", mean=15_000, std=900), Hashed(name="text", width=4)],
)
ANY_NAMES: list[Any] = [None, 5, "", "nope", ["xor"], {}]
ANY_DATA: list[Any] = [{"data": None}, {"data": 5}, {"data": "nope"}]
ANY_TRAININGS: list[Any] = [5, "sgd", ["x"], {"nope": 1}]
ANY_MODELS: list[Any] = ["nope", {"family": 5}, {"hidden": "ab"}]
ANY_SOURCES: list[Any] = [None, 5, "nope", Path("nope.pt")]
ANY_PARTS: list[Any] = [(None, 5), (None, "nope"), (None, "test[5:1]"), ("nope", None), (5, None), (["xor"], None)]
ROW = {"number": 1, "category": "a", "flag": True, "date": "2020-01-01", "text": "a b"}


def network(schema: Schema, **spec: Any) -> Checkpoint:
    torch.manual_seed(3)
    sizes = {"in_features": schema.in_features, "out_features": max(1, len(schema.classes))}
    image = schema.image.shape if schema.image else None
    made = ModelSpec.model_validate({"family": "mlp", "hidden": [5], **sizes, "image_shape": image, **spec})
    return Checkpoint(Config(), schema, made, build(made).state_dict(), 0, [])


@pytest.mark.parametrize("spec", [{"family": "mlp"}, {"family": "cnn", "channels": [2]}])
@pytest.mark.parametrize("rows", [[{"a": 1}], [{"pixels": [[0] * 8] * 8}], pa.table({"a": [1]})])
def test_a_network_of_images_refuses_rows_of_a_table(spec: dict[str, Any], rows: Any):
    schema = Schema(task="binary", target="y", classes=["a", "b"], image=Image(shape=(1, 8, 8)))
    with pytest.raises(UsageError, match="answers images"):
        predict(network(schema, **spec), rows)
    with pytest.raises(UsageError, match="answers images"):
        schema.transform(pa.table({"a": [1]}))


@pytest.mark.parametrize(
    "rows",
    [
        *(None, "x", 5, [1, 2], [None], [ROW, 5], np.zeros((2, 3)), [{1: 2}], [{}], [{"number": 1}]),
        *([{**ROW, "number": value}] for value in ("x", [1], {"a": 1}, 10**5000, object(), b"1")),
        *([{**ROW, "category": value}] for value in ("\ud800", [1], [], {"a": 1}, b"a", object())),
        *([{**ROW, "date": value}] for value in ("\ud800", [1], {"a": 1})),
        [{**ROW, "category": 1}, {**ROW, "category": b"1"}],
        pa.table({**{name: [value] for name, value in ROW.items()}, "number": pa.array([5], pa.duration("s"))}),
        pa.table({**{name: [value] for name, value in ROW.items()}, "category": pa.array([b"a"], pa.large_binary())}),
        pa.table({**{name: [value] for name, value in ROW.items()}, "date": pa.array([5], pa.duration("s"))}),
        pd.DataFrame({"number": [1.0, "x"], "category": "a"}),
    ],
)
def test_rows_that_are_none_are_refused(rows: Any):
    with pytest.raises(UsageError) as refused:
        predict(network(TABLE), rows)
    assert str(refused.value).endswith(".")
    assert len(str(refused.value)) <= 800


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"number": True},
        {"number": float("nan"), "category": None, "flag": None, "date": None, "text": None},
        {"number": 1e308},
        {"number": "1.5", "category": 1, "flag": "yes", "date": pd.Timestamp("2020-01-01").to_pydatetime()},
    ],
)
def test_odd_rows_are_answered_as_from_a_file(changes: dict[str, Any]):
    row = {**ROW, **changes}
    answers = predict(network(TABLE), [row])
    assert predict(network(TABLE), pa.Table.from_pylist([row])) == answers
    assert predict(network(TABLE), pd.DataFrame([row])) == answers
    assert set(answers) <= {"no", "yes", None}


def test_what_is_no_number_is_no_class_and_no_rows_have_no_answers():
    assert predict(network(TABLE), [{**ROW, "number": 1e308}]) == [None]
    assert predict(network(TABLE), []) == []
    assert predict(network(TABLE), pa.table({name: pa.array([], pa.string()) for name in ROW})) == []


@pytest.mark.parametrize(
    "call",
    [
        *(lambda name=name: configure(name) for name in ANY_NAMES),
        *(lambda given=given: configure("xor", training=given) for given in ANY_TRAININGS),
        *(lambda given=given: configure("xor", model=given) for given in ANY_MODELS),
        lambda: configure("xor", recipe="nope"),
        lambda: configure("xor", data={"samples": -5}),
        *(lambda given=given: load_data(**given) for given in ANY_DATA),
        *(lambda given=given: load_data("xor", **given) for given in ({"nope": 1}, {"samples": -5}, {"noise": "x"})),
        *(lambda given=given: load_checkpoint(given) for given in ANY_SOURCES),
    ],
)
def test_wrong_choices_are_usage_errors(call: Any):
    with pytest.raises(UsageError):
        call()


def test_an_evaluation_of_what_is_not_there_is_a_usage_error(tmp_path: Path):
    list(train(configure("xor", data={"samples": 60}, training={"epochs": 1}), tmp_path / "run"))
    for data, split in ANY_PARTS:
        with pytest.raises(UsageError):
            evaluate(tmp_path / "run" / "best.pt", data, split)


@pytest.mark.parametrize("estimator", [NnlabClassifier(**SMALL, lr=1e10), NnlabRegressor(**SMALL, lr=1e12)])
@pytest.mark.parametrize("valid_size", [0.0, 0.3])
def test_an_estimator_that_diverged_raises_and_is_not_fitted(estimator: Any, valid_size: float):
    estimator.set_params(valid_size=valid_size)
    with pytest.raises(NnlabError, match=r"diverged.*no longer a number.*--lr"):
        estimator.fit(X, X[:, 0] > 0)
    with pytest.raises(Exception, match="not fitted"):
        estimator.predict(X)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning", "ignore:One or more of the test scores")
def test_a_grid_search_scores_what_diverged_as_failed():
    estimator = NnlabClassifier(**SMALL).set_params(epochs=60)
    search = GridSearchCV(estimator, {"lr": [1e10, 0.01]}, cv=2).fit(X, X[:, 0] > 0)
    assert np.isnan(search.cv_results_["mean_test_score"]).tolist() == [True, False]
    assert search.best_params_ == {"lr": 0.01}


def test_rows_too_large_for_an_estimator_are_refused_and_not_of_the_first_class():
    for estimator in (NnlabClassifier(**SMALL), NnlabRegressor(**SMALL)):
        fitted: Any = estimator.fit(X, X[:, 0] > 0)
        with pytest.raises(UsageError, match="Row 2 of X is too large"):
            fitted.predict(np.array([[0, 0, 0], [1e300, 0, 0]]))


@pytest.mark.parametrize("wrong", [{"hidden": 5}, {"hidden": "ab"}, {"epochs": 0}, {"optimizer": "x"}, {"lr": "fast"}])
def test_wrong_parameters_of_an_estimator_are_usage_errors(wrong: dict[str, Any]):
    with pytest.raises(UsageError):
        NnlabClassifier(**SMALL).set_params(**wrong).fit(X, X[:, 0] > 0)


@pytest.mark.parametrize("scale", [5e-324, 1e-322, 1e-200, 1e-155])
def test_values_too_small_to_differ_are_refused_in_a_sentence(scale: float):
    tiny = np.round(np.abs(X) * 10 + 1) * scale
    for x, y in ((tiny, X[:, 0]), (X, tiny[:, 0])):
        with pytest.raises(UsageError, match="cannot be told apart"):
            NnlabRegressor(**SMALL).fit(x, y)
