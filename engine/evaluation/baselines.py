"""What the simplest models reach on the same rows, so that a reader sees whether the network earned its keep."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.prepared import spaced
from .metrics import Scores, judge_classes, judge_values, logarithms

if TYPE_CHECKING:
    from torch import Tensor

    from ..data.picked import Picked
    from ..data.prepared import Rows, TableRows
    from ..data.schema import Schema

MOST_VALUES = 16_000_000  # of the matrix that a linear model learns from: seconds, whatever the data set
LARGE = 1_000_000  # values; beyond them a loose tolerance ends the fit early, which on images also generalises better
MOST_ROWS = 200_000
MOST_CATEGORIES = 1_000  # an embedded column with more of them is left out
ITERATIONS = 200


@dataclass(frozen=True)
class Baselines:
    """Scores of each simple model by its name, and what was done to learn them in seconds."""

    scores: dict[str, Scores]
    notes: tuple[str, ...] = ()


def baselines(train: Rows | TableRows, rows: Rows | TableRows, schema: Schema) -> Baselines:
    """Scores on `rows` of models that learn from `train`.

    `most_frequent` (answers the most frequent class, with the classes' shares as probabilities) and
    `logistic_regression` for classes, `mean` and `linear_regression` for values; the linear ones are scikit-learn's,
    over the standardised inputs.
    """
    truth, known = np.asarray(rows.y), np.asarray(train.y)
    if schema.classes:
        shares = np.bincount(known, minlength=len(schema.classes)) / len(known)
        simple = {
            "most_frequent": judge_classes(np.tile(logarithms(shares), (len(truth), 1)), truth, schema.classes).scores
        }
    else:
        mean = np.full(len(truth), schema.decode_target(known.mean(dtype=np.float64)))
        simple = {"mean": judge_values(mean, schema.decode_target(truth.astype(np.float64))).scores}
    scores, notes = _linear(train, rows, schema)
    return Baselines(simple | scores, notes)


def _linear(
    train: Rows | TableRows, rows: Rows | TableRows, schema: Schema
) -> tuple[dict[str, Scores], tuple[str, ...]]:
    """The linear model's scores and notes; no scores where it cannot be fitted."""
    name = "logistic_regression" if schema.classes else "linear_regression"
    most = min(MOST_ROWS, max(500, MOST_VALUES // schema.in_features))
    chosen = spaced(len(train), most)
    x, y = _matrix(_taken(train.x, chosen), schema), np.asarray(train.y)[chosen]
    if not np.isfinite(x).all() or (schema.classes and len(np.unique(y)) < 2):
        return {}, (f"{name} cannot be fitted: its rows hold one class only, or no finite numbers",)
    notes = [f"{name} learnt from {most:,} of {len(train):,} train rows"] if len(train) > most else []
    model = _pipeline(bool(schema.classes), tolerance=1e-2 if x.size > LARGE else 1e-4)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        model.fit(x, y)
    if any(warning.category.__name__ == "ConvergenceWarning" for warning in warned):
        notes.append(f"{name} stopped after {ITERATIONS} iterations")
    truth = np.asarray(rows.y)
    parts = (np.asarray(rows.x[first : first + most]) for first in range(0, len(rows), most))
    if not schema.classes:
        predicted = np.concatenate([model.predict(_matrix(part, schema)) for part in parts]).astype(np.float64)
        true = schema.decode_target(truth.astype(np.float64))
        return {name: judge_values(schema.decode_target(predicted), true).scores}, tuple(notes)
    probabilities = np.zeros((len(rows), len(schema.classes)))
    probabilities[:, model.classes_] = np.concatenate([model.predict_proba(_matrix(part, schema)) for part in parts])
    return {name: judge_classes(logarithms(probabilities), truth, schema.classes).scores}, tuple(notes)


def _pipeline(classes: bool, tolerance: float) -> Any:
    """scikit-learn's standardisation and linear model."""
    linear: Any = import_module("sklearn.linear_model")
    scaler: Any = import_module("sklearn.preprocessing").StandardScaler()
    model = linear.LogisticRegression(max_iter=ITERATIONS, tol=tolerance) if classes else linear.LinearRegression()
    return import_module("sklearn.pipeline").make_pipeline(scaler, model)


def _taken(x: Tensor | Picked | np.ndarray, rows: np.ndarray) -> np.ndarray:
    if isinstance(x, np.ndarray):
        return x[rows]
    import torch

    return x[torch.from_numpy(rows)].numpy()


def _matrix(x: np.ndarray, schema: Schema) -> np.ndarray:
    """What a linear model can learn from: float32 (rows, features), images flat, embedded categories one-hot."""
    dense = schema.in_features - len(schema.embeddings)
    shift, scale = (schema.image.shift, schema.image.scale) if schema.image else (0.0, 1.0)
    numbers = x.reshape(len(x), -1)[:, :dense].astype(np.float32)
    blocks = [numbers if (shift, scale) == (0.0, 1.0) else (numbers - np.float32(shift)) * np.float32(scale)]
    for column, (count, _) in enumerate(schema.embeddings, dense):
        if count <= MOST_CATEGORIES:
            blocks.append((x[:, column, None] == np.arange(count)).astype(np.float32))
    return np.concatenate(blocks, axis=1)
