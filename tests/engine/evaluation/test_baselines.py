import numpy as np
import pytest
import torch
from sklearn.linear_model import LinearRegression

from nnlab.engine.data.columns.encoders import Embedding, Number
from nnlab.engine.data.prepared import Rows
from nnlab.engine.data.schema import Image, Schema
from nnlab.engine.evaluation.baselines import baselines

A, B = Number(name="a", fill=0), Number(name="b", fill=0)
CLASSES = Schema(task="binary", target="y", classes=["no", "yes"], columns=[A, B])


def test_classes_are_compared_with_the_most_frequent_and_with_logistic_regression() -> None:
    x = torch.randn(200, 2, generator=torch.Generator().manual_seed(0))
    rows = Rows(x, (x.sum(1) > -0.5).long())
    scores = baselines(rows, rows, CLASSES).scores
    assert scores["most_frequent"]["accuracy"] == rows.y.double().mean().item()
    assert scores["most_frequent"]["roc_auc"] == 0.5
    assert scores["logistic_regression"]["accuracy"] > 0.97


def test_values_are_compared_with_the_train_mean_and_with_linear_regression() -> None:
    schema = Schema(task="regression", target="y", target_mean=5, target_std=2, columns=[A, B])
    generator = torch.Generator().manual_seed(0)
    train, test = (
        Rows(x, x[:, 0] + torch.randn(50, generator=generator) / 10) for x in torch.randn(2, 50, 2, generator=generator)
    )
    scores = baselines(train, test, schema).scores
    error = (test.y - train.y.mean()).numpy() * 2
    assert scores["mean"]["mse"] == pytest.approx(np.mean(error**2), rel=1e-5)
    fitted = LinearRegression().fit(train.x, train.y)
    error = (fitted.predict(test.x) - test.y.numpy()) * 2
    assert scores["linear_regression"]["mae"] == pytest.approx(np.abs(error).mean(), rel=1e-4)


def test_embedded_categories_are_what_a_linear_model_sees_one_hot() -> None:
    column = Embedding(name="c", categories=["p", "q", "r"], width=2)
    schema = Schema(task="binary", target="y", classes=["no", "yes"], columns=[column])
    x = torch.arange(60).remainder(3).float()[:, None]
    rows = Rows(x, (x[:, 0] == 1).long())
    assert baselines(rows, rows, schema).scores["logistic_regression"]["accuracy"] == 1.0


def test_images_are_flattened_and_scaled() -> None:
    schema = Schema(
        task="binary", target="y", classes=["no", "yes"], image=Image(shape=(1, 2, 2), shift=99, scale=0.01)
    )
    x = torch.randint(0, 256, (80, 1, 2, 2), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    rows = Rows(x, (x[:, 0, 0, 0] > 128).long())
    assert baselines(rows, rows, schema).scores["logistic_regression"]["accuracy"] > 0.9


def test_large_data_is_thinned_and_says_so() -> None:
    x = torch.randn(200_100, 2, generator=torch.Generator().manual_seed(0))
    train = Rows(x, (x[:, 0] > 0).long())
    assert "200,000 of 200,100 train rows" in baselines(train, Rows(x[:9], train.y[:9]), CLASSES).notes[0]


def test_rows_of_one_class_leave_the_simplest_baseline_alone() -> None:
    train, test = Rows(torch.randn(5, 2), torch.ones(5).long()), Rows(torch.randn(2, 2), torch.tensor([0, 1]))
    found = baselines(train, test, CLASSES)
    assert list(found.scores) == ["most_frequent"]
    assert "one class only" in found.notes[0]


def test_a_class_that_train_rows_lack_costs_a_finite_loss() -> None:
    schema = CLASSES.model_copy(update={"classes": ["a", "b", "c"]})
    train = Rows(torch.randn(6, 2), torch.tensor([0, 1, 0, 1, 0, 1]))
    scores = baselines(train, Rows(torch.randn(3, 2), torch.tensor([0, 1, 2])), schema).scores
    assert all(np.isfinite(score["loss"]) for score in scores.values())
