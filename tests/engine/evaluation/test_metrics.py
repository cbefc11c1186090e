import math

import numpy as np
import pytest
import torch
from sklearn.metrics import balanced_accuracy_score, log_loss, roc_auc_score

from nnlab.engine.data.schema import Schema
from nnlab.engine.evaluation.metrics import full, quick

TWO = Schema(task="binary", target="y", classes=["no", "yes"])
THREE = Schema(task="multiclass", target="y", classes=["a", "b", "c"])
MILES = Schema(task="regression", target="mpg", target_mean=20.0, target_std=4.0)


def test_quick_accuracy_is_the_share_of_rows_answered_rightly() -> None:
    outputs = torch.tensor([[2.0, 1.0], [0.0, 1.0], [3.0, 0.0], [0.0, 0.5]])
    assert quick(outputs, torch.tensor([0, 1, 1, 1]), TWO) == {"accuracy": 0.75}


def test_quick_errors_are_in_the_targets_own_units() -> None:
    outputs, targets = torch.tensor([[0.0], [1.0]]), torch.tensor([0.5, -1.0])
    assert quick(outputs, targets, MILES) == pytest.approx({"mse": (2.0**2 + 8.0**2) / 2, "mae": 5.0})


def test_the_account_of_two_classes_counted_by_hand() -> None:
    probabilities = torch.tensor([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7], [0.8, 0.2]])
    account = full(probabilities.log(), torch.tensor([0, 0, 1, 1]), TWO)
    assert account.confusion == [[1, 1], [1, 1]]
    assert account.scores["accuracy"] == 0.5
    assert account.scores["loss"] == pytest.approx(-np.log([0.9, 0.4, 0.7, 0.2]).mean(), rel=1e-6)
    assert account.scores["roc_auc"] == 0.75
    assert account.per_class["yes"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 2}


def test_the_account_of_three_classes_agrees_with_scikit_learn() -> None:
    generator = torch.Generator().manual_seed(0)
    outputs, truth = torch.randn(200, 3, generator=generator), torch.randint(0, 3, (200,), generator=generator)
    probabilities = torch.softmax(outputs.double(), 1).numpy()
    scores = full(outputs, truth, THREE).scores
    assert scores["loss"] == pytest.approx(log_loss(truth, probabilities), rel=1e-9)
    assert scores["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(truth, outputs.argmax(1)))
    assert scores["roc_auc"] == pytest.approx(roc_auc_score(truth, probabilities, multi_class="ovr"))


def test_a_class_that_does_not_occur_leaves_the_rest_defined() -> None:
    account = full(torch.eye(3)[[0, 1, 2]], torch.tensor([0, 1, 1]), THREE)
    assert math.isnan(account.scores["roc_auc"])
    assert account.scores["balanced_accuracy"] == 0.75
    assert account.per_class["c"]["support"] == 0
    assert math.isnan(account.per_class["c"]["recall"])


def test_what_a_class_is_worth_that_never_is_answered_or_never_occurs_is_no_number() -> None:
    account = full(torch.eye(3)[[0, 0, 0]], torch.tensor([0, 0, 1]), THREE)
    never_answered, nowhere = account.per_class["b"], account.per_class["c"]
    assert math.isnan(never_answered["precision"])
    assert (never_answered["recall"], never_answered["f1"]) == (0, 0)
    assert all(math.isnan(nowhere[name]) for name in ("precision", "recall", "f1"))
    assert account.scores["balanced_accuracy"] == 0.5
    assert account.scores["f1_macro"] == pytest.approx(0.4)  # of the two classes that occur or are answered


def test_the_account_of_values_undoes_the_standardisation() -> None:
    outputs, targets = torch.tensor([[0.0], [1.0], [0.0]]), torch.tensor([0.5, 1.0, -1.0])
    scores = full(outputs, targets, MILES).scores
    mse = (2.0**2 + 0.0 + 4.0**2) / 3
    variance = np.var([22.0, 24.0, 16.0])
    assert scores == pytest.approx({"mse": mse, "rmse": mse**0.5, "mae": 2.0, "r2": 1 - mse / variance})


def test_one_row_or_no_number_gives_nan_not_an_exception() -> None:
    assert math.isnan(full(torch.tensor([[1.0]]), torch.tensor([0.0]), MILES).scores["r2"])
    assert math.isnan(full(torch.tensor([[math.nan]]), torch.tensor([0.0]), MILES).scores["mse"])
    assert math.isnan(full(torch.full((2, 2), math.nan), torch.tensor([0, 1]), TWO).scores["loss"])
