"""How good answers are: a few quick numbers for the loop, and scikit-learn's full account for `eval`."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

    from ..data.schema import Schema

Scores = dict[str, float]
SMALLEST = 1e-15


@dataclass(frozen=True)
class Account:
    """Everything `eval` says of answers.

    `scores` are single numbers, NaN where one is not defined (ROC AUC with a class missing, R2 of one row).
    `per_class` has precision, recall, f1 and support of each class, and `confusion` counts rows: truth down,
    answer across; both are empty for regression.
    """

    scores: Scores
    per_class: dict[str, Scores] = field(default_factory=dict[str, Scores])
    confusion: list[list[int]] = field(default_factory=list[list[int]])


def quick(outputs: Tensor, targets: Tensor, schema: Schema) -> Scores:
    """Accuracy for logits (rows, classes); MSE and MAE in the target's own units for values (rows, 1)."""
    if schema.classes:
        return {"accuracy": (outputs.argmax(1) == targets).sum().item() / len(targets)}
    errors = (outputs.squeeze(1) - targets).double() * schema.target_std
    return {"mse": errors.square().mean().item(), "mae": errors.abs().mean().item()}


def full(outputs: Tensor | np.ndarray, targets: Tensor | np.ndarray, schema: Schema) -> Account:
    """The whole account of logits (rows, classes) or values (rows, 1), computed by scikit-learn.

    Classes: loss (mean cross entropy), accuracy, balanced accuracy, macro F1, ROC AUC (one against the rest where
    there are more than two). Regression: MSE, RMSE, MAE, R2 in the target's own units.
    """
    answers, truth = _array(outputs).astype(np.float64), _array(targets)
    if schema.classes:
        return judge_classes(log_softmax(answers), truth, schema.classes)
    return judge_values(schema.decode_target(answers[:, 0]), schema.decode_target(truth.astype(np.float64)))


def _array(values: Tensor | np.ndarray) -> np.ndarray:
    return values if isinstance(values, np.ndarray) else values.cpu().numpy()


def logarithms(probabilities: np.ndarray) -> np.ndarray:
    """Logarithms, with what is impossible held at a very small probability so that losses stay finite."""
    return np.log(np.clip(probabilities, SMALLEST, 1))


def log_softmax(outputs: np.ndarray) -> np.ndarray:
    """Log probabilities of logits (rows, classes); NaN in rows that hold what is no number."""
    with np.errstate(all="ignore"):
        below = outputs - outputs.max(1, keepdims=True)
        return below - np.log(np.exp(below).sum(1, keepdims=True))


def judge_classes(log_probabilities: np.ndarray, truth: np.ndarray, classes: list[str]) -> Account:
    """The account of answers to classes: log probabilities (rows, classes) against indices (rows,)."""
    metrics = _scikit_learn()
    answers = log_probabilities.argmax(1)
    labels = list(range(len(classes)))
    occurring = np.unique(truth)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        truth, answers, labels=labels, zero_division=math.nan
    )
    scores = {
        "loss": float(-log_probabilities[np.arange(len(truth)), truth].mean()),
        "accuracy": float(metrics.accuracy_score(truth, answers)),
        "balanced_accuracy": float(recall[occurring].mean()),
        "f1_macro": float(metrics.f1_score(truth, answers, average="macro", zero_division=0)),
        "roc_auc": _roc_auc(np.exp(log_probabilities), truth),
    }
    table = {
        name: {"precision": float(p), "recall": float(r), "f1": float(f), "support": int(s)}
        for name, p, r, f, s in zip(classes, precision, recall, f1, support, strict=True)
    }
    return Account(scores, table, metrics.confusion_matrix(truth, answers, labels=labels).tolist())


def judge_values(predicted: np.ndarray, truth: np.ndarray) -> Account:
    """The account of predicted values (rows,) against true ones, both in the target's own units."""
    metrics = _scikit_learn()
    if not np.isfinite(predicted).all():
        return Account({"mse": math.nan, "rmse": math.nan, "mae": math.nan, "r2": math.nan})
    mse = float(metrics.mean_squared_error(truth, predicted))
    r2 = float(metrics.r2_score(truth, predicted)) if np.ptp(truth) > 0 else math.nan
    return Account(
        {"mse": mse, "rmse": math.sqrt(mse), "mae": float(metrics.mean_absolute_error(truth, predicted)), "r2": r2}
    )


def _roc_auc(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Area under the ROC curve; NaN unless every class occurs and every probability is a number."""
    roc_auc_score = _scikit_learn().roc_auc_score
    classes = probabilities.shape[1]
    if len(np.unique(truth)) < classes or not np.isfinite(probabilities).all():
        return math.nan
    if classes == 2:
        return float(roc_auc_score(truth, probabilities[:, 1]))
    return float(roc_auc_score(truth, probabilities / probabilities.sum(1, keepdims=True), multi_class="ovr"))


def _scikit_learn() -> Any:
    """Its metrics, imported when an account is asked for (seconds), not when the loop imports `quick`."""
    return import_module("sklearn.metrics")
