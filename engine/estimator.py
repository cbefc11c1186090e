"""nnlab's networks as scikit-learn estimators, for pipelines, grid searches and cross-validation.

`NnlabClassifier` and `NnlabRegressor` train with the same loop as `nnlab train`, in memory; their parameters carry the
same names as its flags. scikit-learn checks that they keep its rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from .checkpoint import Checkpoint
from .config import Task, validate
from .data.columns.arrow import labels, numbers
from .data.dataset import Dataset
from .errors import NnlabError, UsageError
from .evaluation.answers import answer, input_of
from .events import EpochEnded
from .models.restore import restore
from .training.session import begin
from .training.train import run
from .training.turns import apart

TARGET = "target"


class _Network(BaseEstimator):
    """What both estimators share: parameters, fitting on arrays, and the network's outputs."""

    def __init__(
        self,
        hidden: Sequence[int] = (64, 32),
        *,
        activation: str = "relu",
        dropout: float = 0.0,
        epochs: int = 100,
        batch_size: int = 32,
        optimizer: str = "adamw",
        lr: float = 0.003,
        weight_decay: float = 0.01,
        scheduler: str = "none",
        early_stop: int | None = None,
        valid_size: float = 0.0,
        random_state: Any = None,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.dropout = dropout
        self.epochs = epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.lr = lr
        self.weight_decay = weight_decay
        self.scheduler = scheduler
        self.early_stop = early_stop
        self.valid_size = valid_size
        self.random_state = random_state

    def _train(self, x: np.ndarray, target: pa.Array, classes: tuple[str, ...]) -> None:
        """Train on rows (n, features) and keep the network as `checkpoint_`; the global generators stay as they are.
        NnlabError where the training diverges."""
        task: Task = "regression" if not classes else "binary" if len(classes) == 2 else "multiclass"
        columns = {f"x{index}": numbers(x[:, index]) for index in range(x.shape[1])}
        table = pa.table({**columns, TARGET: target})
        dataset = Dataset("array", task, table, TARGET, {"train": np.arange(len(x))}, classes)
        seed = int(check_random_state(self.random_state).randint(2**31))
        names = ("epochs", "batch_size", "optimizer", "lr", "weight_decay", "scheduler", "early_stop")
        training = {name: getattr(self, name) for name in names}
        held = {"valid_size": self.valid_size} if self.valid_size else {"valid_split": "none"}
        hidden: Any = self.hidden
        hidden = list(hidden) if isinstance(hidden, Iterable) else hidden
        tree = {
            "data": {"name": "array", "test_split": "none", "split_seed": seed, **held},
            "model": {"hidden": hidden, "activation": self.activation, "dropout": self.dropout},
            "training": {**training, "seed": seed, "device": "cpu", "final": "best" if self.valid_size else "last"},
        }
        with apart():
            session = begin(validate(tree, source=type(self).__name__), dataset=dataset)
            self.history_ = [event for event in run(session) if isinstance(event, EpochEnded)]
            if session.failure:
                raise NnlabError(f"The training diverged. {session.failure}")
            self.checkpoint_: Checkpoint = session.checkpoint(best=bool(self.valid_size))
        self.n_iter_ = session.epoch

    def _outputs(self, x: Any) -> np.ndarray:
        """What the network answers to rows, float64 (rows, outputs): the same for a row whatever stands beside it.
        UsageError for a row whose answer is no number."""
        check_is_fitted(self, "checkpoint_")
        values: Any = validate_data(self, x, reset=False, dtype=np.float64)
        schema = self.checkpoint_.schema
        table = pa.table({f"x{index}": numbers(values[:, index]) for index in range(values.shape[1])})
        module = restore(self.checkpoint_.spec, self.checkpoint_.weights).double()
        stored = input_of(schema)
        inputs = torch.from_numpy(schema.transform(table))
        outputs = answer(module, inputs, lambda part: stored(part).double()).numpy()
        wrong = np.flatnonzero(~np.isfinite(outputs).all(1))
        if len(wrong):
            raise UsageError(f"Row {wrong[0] + 1} of X is too large: what the network answers to it is no number.")
        return outputs


class NnlabClassifier(ClassifierMixin, _Network):
    """A multilayer perceptron that classifies; see `nnlab train --help` for what its parameters mean."""

    def fit(self, X: Any, y: Any) -> NnlabClassifier:  # noqa: N803
        """Train on rows X (n, features) with classes y (n,). ValueError for arrays that scikit-learn would refuse."""
        checked: Any = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(checked[1])
        self.classes_, codes = np.unique(checked[1], return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("A classifier needs at least two classes, and y has one class.")
        names = tuple(str(index) for index in range(len(self.classes_)))
        self._train(checked[0], labels(codes, names), names)
        return self

    def predict_proba(self, X: Any) -> np.ndarray:  # noqa: N803
        """Probabilities (n, classes), in the order of `classes_`."""
        return torch.softmax(torch.from_numpy(self._outputs(X)), 1).numpy()

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """The most probable class of each row."""
        outputs = self._outputs(X)
        return self.classes_[outputs.argmax(1)]


class NnlabRegressor(RegressorMixin, _Network):
    """A multilayer perceptron that predicts a number; see `nnlab train --help` for what its parameters mean."""

    def fit(self, X: Any, y: Any) -> NnlabRegressor:  # noqa: N803
        """Train on rows X (n, features) with values y (n,). ValueError for arrays that scikit-learn would refuse."""
        checked: Any = validate_data(self, X, y, dtype=np.float64, y_numeric=True)
        self._train(checked[0], numbers(checked[1].astype(np.float64)), ())
        return self

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """The value of each row, in y's units."""
        return self.checkpoint_schema.decode_target(self._outputs(X)[:, 0])

    @property
    def checkpoint_schema(self) -> Any:
        """How rows become the network's input, and its output a value."""
        check_is_fitted(self, "checkpoint_")
        return self.checkpoint_.schema
