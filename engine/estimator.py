"""nnlab's networks as scikit-learn estimators, for pipelines, grid searches and cross-validation.

`NnlabClassifier` and `NnlabRegressor` train with the same loop as `nnlab train`, in memory; their parameters carry the
same names as its flags. Rows are arrays, in which NaN is a missing value, or data frames, whose columns may be
categories, texts and dates as well. scikit-learn checks that they keep its rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_consistent_length, check_is_fitted, validate_data

from .api import fit_session
from .choices import own_of
from .config import Config, KindName, Task, validate
from .data.columns.arrow import from_numpy, labels
from .data.columns.column_kind import UNUSED
from .data.columns.kinds import judge
from .data.columns.values import is_number
from .data.dataset import Dataset
from .data.reading.memory import is_frame, table_of
from .data.sources import MEMORY
from .data.user_table import parsed
from .errors import UsageError
from .events import EpochEnded, Event
from .models.naming import name_of
from .network import Network
from .training.session import begin
from .training.turns import apart
from .warn import warn

TARGET = "target"
VALID_SIZE = 0.15  # share of the rows that validate where a quality chooses


USUAL: dict[str, Any] = {
    "hidden": (64, 32),
    "activation": "relu",
    "dropout": 0.0,
    "epochs": 100,
    "batch_size": 32,
    "optimizer": "adamw",
    "lr": 0.003,
    "weight_decay": 0.01,
    "scheduler": "none",
    "early_stop": None,
}
"""What a parameter of None is, where no quality chooses it."""


class _Estimator(BaseEstimator):
    """What both estimators share: parameters, fitting, and the network's answers.

    `network_` is the trained network, `history_` the epochs, `n_iter_` their number. `module`, the class of an
    `nn.Module` or a function that makes one, takes the place of the layers; it is given those of `in_features`,
    `out_features` and the like that it has parameters for. With `warm_start` a fit begins with the weights of the one
    before it. A parameter of None is as in `USUAL`, or what the `quality` chooses; `early_stop=False` turns that off.
    """

    def __init__(
        self,
        hidden: Sequence[int] | None = None,
        *,
        activation: str | None = None,
        dropout: float | None = None,
        module: Any = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        optimizer: str | None = None,
        lr: float | None = None,
        weight_decay: float | None = None,
        scheduler: str | None = None,
        early_stop: int | bool | None = None,
        valid_size: float = 0.0,
        warm_start: bool = False,
        quality: str | None = None,
        random_state: Any = None,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.dropout = dropout
        self.module = module
        self.epochs = epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.lr = lr
        self.weight_decay = weight_decay
        self.scheduler = scheduler
        self.early_stop = early_stop
        self.valid_size = valid_size
        self.warm_start = warm_start
        self.quality = quality
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn should know: missing values are welcome."""
        tags: Any = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def _checked(self, x: Any, y: Any, weights: Any, *, y_numeric: bool) -> tuple[Any, np.ndarray, np.ndarray | None]:
        """Rows, answers (rows,) and float32 weights of mean 1, without rows that weigh nothing. ValueError for what
        scikit-learn would refuse."""
        if _is_mixed(x):
            validate_data(self, x, skip_check_array=True)
            y = column_or_1d(y, warn=True)
            check_consistent_length(x, y)
        else:
            x, y = validate_data(self, x, y, dtype=np.float64, ensure_all_finite="allow-nan", y_numeric=y_numeric)
        if weights is None:
            return x, y, None
        weights = _check_sample_weight(weights, y, dtype=np.float64, ensure_non_negative=True)
        kept = np.flatnonzero(weights)
        x = table_of(x).take(from_numpy(kept)) if _is_mixed(x) else x[kept]
        return x, y[kept], (weights[kept] / weights[kept].mean()).astype(np.float32)

    def _train(self, x: Any, target: pa.Array, classes: tuple[str, ...], weights: np.ndarray | None) -> None:
        """Train on rows and keep the network; the global generators stay as they are. NnlabError where the training
        diverges."""
        self._mixed = _is_mixed(x)
        dataset = _dataset(table_of(x) if self._mixed else _table(x), target, classes, weights)
        history: list[EpochEnded] = []

        def watch(event: Event) -> None:
            if isinstance(event, EpochEnded):
                history.append(event)

        before = self.network_.checkpoint if self.warm_start and hasattr(self, "network_") else None
        with apart():
            session = begin(self._config(), dataset=dataset, own=own_of(self.module), weights=before)
            for note in session.prepared.notes if self._mixed else ():
                warn(note)
            self.network_: Network = fit_session(session, watch=watch)
        self.history_, self.n_iter_ = history, len(history)

    def _config(self) -> Config:
        seed = int(check_random_state(self.random_state).randint(2**31))
        said = {name: value for name in USUAL if (value := getattr(self, name)) is not None}
        chosen: dict[str, Any] = said if self.quality else {**USUAL, **said}
        if chosen.get("early_stop") is False:
            chosen["early_stop"] = None
        model = {name: chosen.pop(name) for name in ("hidden", "activation", "dropout") if name in chosen}
        if isinstance(model.get("hidden"), Iterable):
            model["hidden"] = list(model["hidden"])
        training = chosen | ({"quality": self.quality} if self.quality else {})
        valid_size = self.valid_size or (VALID_SIZE if self.quality else 0.0)
        held = {"valid_size": valid_size} if valid_size else {"valid_split": "none"}
        if self.module is not None:
            model = {"family": "custom", "class_name": name_of(self.module)}
        tree = {
            "data": {"name": MEMORY, "test_split": "none", "split_seed": seed, **held},
            "model": model,
            "training": {**training, "seed": seed, "device": "cpu", "final": "best" if valid_size else "last"},
        }
        return validate(tree, source=type(self).__name__)

    def _answers(self, x: Any, *, probabilities: bool) -> np.ndarray:
        """The network's probabilities float64 (rows, classes), or its values (rows,): the same for a row whatever
        stands beside it. UsageError for a row whose answer is no number."""
        check_is_fitted(self, "network_")
        if self._mixed:
            validate_data(self, x, reset=False, skip_check_array=True)
        else:
            checked: Any = validate_data(self, x, reset=False, dtype=np.float64, ensure_all_finite="allow-nan")
            x = _table(checked)
        answers = self.network_.predict_proba(x) if probabilities else self.network_.predict(x)
        wrong = np.flatnonzero(~np.isfinite(answers.reshape(len(answers), -1)).all(1))
        if len(wrong):
            raise UsageError(f"Row {wrong[0] + 1} of X is too large: what the network answers to it is not a number.")
        return answers


class NnlabClassifier(ClassifierMixin, _Estimator):
    """A multilayer perceptron that classifies; see `nnlab train --help` for what its parameters mean."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> NnlabClassifier:  # noqa: N803
        """Train on rows X (n, features) with classes y (n,), of which each counts as much as its weight (n,) says.
        ValueError for what scikit-learn would refuse."""
        x, y, weights = self._checked(X, y, sample_weight, y_numeric=False)
        check_classification_targets(y)
        classes, codes = np.unique(y, return_inverse=True)
        if len(classes) < 2:
            raise ValueError("A classifier needs at least two classes, and y has one class.")
        if self.warm_start and hasattr(self, "network_") and not np.array_equal(self.classes_, classes):
            raise ValueError(
                f"With warm_start the classes stay {self.classes_.tolist()}, and y has {classes.tolist()}."
            )
        self.classes_ = classes
        names = tuple(str(index) for index in range(len(classes)))
        self._train(x, labels(codes, names), names, weights)
        return self

    def predict_proba(self, X: Any) -> np.ndarray:  # noqa: N803
        """Probabilities (n, classes), in the order of `classes_`."""
        return self._answers(X, probabilities=True)

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """The most probable class of each row."""
        best = self._answers(X, probabilities=True).argmax(1)
        return self.classes_[best]


class NnlabRegressor(RegressorMixin, _Estimator):
    """A multilayer perceptron that predicts a number; see `nnlab train --help` for what its parameters mean."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> NnlabRegressor:  # noqa: N803
        """Train on rows X (n, features) with values y (n,), of which each counts as much as its weight (n,) says.
        ValueError for what scikit-learn would refuse."""
        x, y, weights = self._checked(X, y, sample_weight, y_numeric=True)
        self._train(x, from_numpy(y.astype(np.float64)), (), weights)
        return self

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """The value of each row, in y's units."""
        return self._answers(X, probabilities=False)


def _is_mixed(x: Any) -> bool:
    """Whether this is a frame with a column of anything else than numbers."""
    return is_frame(x) and not all(is_number(kind) or pa.types.is_boolean(kind) for kind in table_of(x).schema.types)


def _table(x: np.ndarray) -> pa.Table:
    return pa.table({f"x{index}": from_numpy(x[:, index]) for index in range(x.shape[1])})


def _dataset(table: pa.Table, target: pa.Array, classes: tuple[str, ...], weights: np.ndarray | None) -> Dataset:
    """A data set of rows that all train; columns of numbers are numbers, what others are is judged."""
    task: Task = "regression" if not classes else "binary" if len(classes) == 2 else "multiclass"
    told: dict[str, KindName] = {name: "number" for name in table.column_names if is_number(table.column(name).type)}
    mixed = len(told) < table.num_columns
    kinds = judge(table, told, (), (), None) if mixed else {}
    columns = {
        name: parsed(table.column(name), kinds[name]) if mixed else table.column(name) for name in table.column_names
    }
    name = TARGET
    while name in columns:
        name += "_"
    native = {"train": np.arange(len(table))}
    unused = tuple(column for column, kind in kinds.items() if kind.kind in UNUSED)
    rows = pa.table({**columns, name: target})
    return Dataset("the rows", task, rows, name, native, classes, ignore=unused, kinds=kinds, weights=weights)
