"""What gradient boosting reaches on the same rows: scikit-learn's, trained on the very train rows of a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from time import perf_counter
from typing import Any

import numpy as np

from ..data.columns.encoders import Column as SchemaColumn
from ..data.columns.encoders import Date, Embedding, Flag, Hashed, Missing, OneHot
from ..data.drift import numbers_of
from ..data.prepared import spaced
from ..data.schema import Schema
from ..errors import UsageError, number_of
from ..wording import duration, metric_name, number, percent
from .differences import Difference, of_classes, of_values
from .metrics import Scores, judge_classes, judge_values, log_softmax, logarithms
from .raw_rows import RawRows

MOST_VALUES = 50_000_000  # that the trees learn from: 400 megabytes
MOST_CLASSES = 100  # each takes a tree a round
MOST_CATEGORIES = 255  # of a column, which scikit-learn's trees can part
ROUNDS, MOST_ROUNDS = 100, 500  # without validation rows, and with them


@dataclass(frozen=True)
class Beside:
    """A network beside gradient boosting on the same rows: its scores there, of how many train rows it learnt, in how
    many rounds and seconds; how long the network's epochs took (None where that was not kept), and of each measure
    the difference. `notes` say what was left aside."""

    scores: Scores
    train_rows: int
    rounds: int
    seconds: float
    network_seconds: float | None
    differences: list[Difference]
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return {
            **{name: value for name, value in vars(self).items() if name != "notes"},
            "differences": [one.to_json() for one in self.differences],
        }

    def sentence(self) -> str:
        """Which of the two is better, as far as that is sure."""
        took = f"{number_of(self.train_rows, 'row')} in {duration(self.seconds)}"
        if self.network_seconds is not None:
            took += f" (the network's epochs: {duration(self.network_seconds)})"
        return f"Gradient boosting learnt of {took}. " + (
            " ".join(map(_told, self.differences)) or "The network gives no number for some rows, and is not compared."
        )


def check_boosting(schema: Schema) -> None:
    """Raise UsageError for a network whose rows trees cannot learn from."""
    if schema.image is not None:
        raise UsageError(
            "--baseline trains gradient boosting on the columns of a table, and this network answers images: leave it "
            "out."
        )
    if len(schema.classes) > MOST_CLASSES:
        raise UsageError(
            f"--baseline takes a tree for each class and round, too long for {len(schema.classes):,} classes: leave it "
            f"out, or train on at most {MOST_CLASSES}."
        )


def boost(
    outputs: np.ndarray,
    judged: RawRows,
    train: RawRows,
    valid: RawRows | None = None,
    *,
    refit: bool = False,
    class_weights: str | Sequence[float] = "none",
    network_seconds: float | None = None,
) -> Beside:
    """A network's outputs (rows, out_features) for the judged rows, beside what trees of the train rows answer there.

    As the network's best epoch, the number of trees is chosen on the validation rows, where there are any; with
    `refit` they then learn of both. Categories are categories, and missing values stay missing. Raises UsageError for
    rows that they cannot learn from.
    """
    schema = judged.schema
    check_boosting(schema)
    learnt = train.take(spaced(len(train), max(1_000, MOST_VALUES // max(1, schema.in_features))))
    if schema.classes and len(np.unique(learnt.targets)) < 2:
        raise UsageError("--baseline cannot train: the train rows are of one class.")
    columns = _Columns.of(learnt)
    started = perf_counter()
    model = _fitted(columns, learnt, valid, refit=refit, class_weights=class_weights)
    seconds = perf_counter() - started
    scores, differences = _judged(model, columns.matrix(judged), outputs, judged.targets, schema)
    notes = list(columns.notes)
    if len(learnt) < len(train):
        notes.append(f"gradient boosting learnt from {len(learnt):,} of {len(train):,} train rows")
    about = (len(learnt), int(model.n_iter_), seconds, network_seconds)
    return Beside(scores, *about, differences, tuple(notes))


def _fitted(
    columns: _Columns, train: RawRows, valid: RawRows | None, *, refit: bool, class_weights: str | Sequence[float]
) -> Any:
    """The trained trees."""
    ensemble: Any = import_module("sklearn.ensemble")
    classes = bool(train.schema.classes)
    common: dict[str, Any] = {"categorical_features": columns.categorical, "random_state": 0}
    if classes:
        balanced = isinstance(class_weights, str)
        weights = class_weights if balanced else dict(enumerate(class_weights))
        common["class_weight"] = None if class_weights == "none" else weights
    kind = ensemble.HistGradientBoostingClassifier if classes else ensemble.HistGradientBoostingRegressor
    x, y, w = columns.matrix(train), train.targets, train.weights
    held = valid if valid is None or not classes else valid.take(np.flatnonzero(np.isin(valid.targets, y)))
    if held is None or not len(held):
        return kind(max_iter=ROUNDS, early_stopping=False, **common).fit(x, y, sample_weight=w)
    also, answers = columns.matrix(held), held.targets
    model = kind(max_iter=MOST_ROUNDS, early_stopping=True, **common)
    model.fit(x, y, sample_weight=w, X_val=also, y_val=answers, sample_weight_val=held.weights)
    if not refit:
        return model
    model = kind(max_iter=int(model.n_iter_), early_stopping=False, **common)
    both = None if w is None or held.weights is None else np.concatenate([w, held.weights])
    return model.fit(np.concatenate([x, also]), np.concatenate([y, answers]), sample_weight=both)


def _judged(
    model: Any, x: np.ndarray, outputs: np.ndarray, targets: np.ndarray, schema: Schema
) -> tuple[Scores, list[Difference]]:
    """The trees' scores, and by how much the network's differ."""
    if schema.classes:
        shares = np.zeros((len(x), len(schema.classes)))
        shares[:, model.classes_] = model.predict_proba(x)
        logs = logarithms(shares)
        differences = of_classes(log_softmax(outputs.astype(np.float64)), logs, targets)
        return judge_classes(logs, targets, schema.classes).scores, differences
    truth = schema.decode_target(targets.astype(np.float64))
    answers = schema.decode_target(model.predict(x).astype(np.float64))
    ours = schema.decode_target(outputs[:, 0].astype(np.float64))
    return judge_values(answers, truth).scores, of_values(ours, answers, truth)


@dataclass(frozen=True)
class _Columns:
    """How columns become what trees take. `kept` has for each column of too many categories what becomes of each code:
    the frequent ones keep one of their own."""

    schema: Schema
    kept: Mapping[str, np.ndarray]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, train: RawRows) -> _Columns:
        """As the train rows tell."""
        kept, notes = dict[str, np.ndarray](), list[str]()
        for column in train.schema.columns:
            if not isinstance(column, OneHot | Embedding) or len(column.categories) <= MOST_CATEGORIES:
                continue
            codes = column.codes(train.read(column.name))
            counts = np.bincount(codes[codes >= 0], minlength=len(column.categories))
            often = np.argsort(-counts, kind="stable")[: MOST_CATEGORIES - 1]
            places = np.full(len(counts), MOST_CATEGORIES - 1.0)
            places[often] = np.arange(len(often))
            kept[column.name] = places
            notes.append(
                f"gradient boosting tells the {len(often)} most frequent categories of {column.name!r} apart, of "
                f"{len(counts):,}"
            )
        return cls(train.schema, kept, tuple(notes))

    @property
    def categorical(self) -> list[bool]:
        """Which columns of the matrix are categories."""
        return [isinstance(one, OneHot | Embedding) for one in self._used for _ in range(self._width(one))]

    def matrix(self, rows: RawRows) -> np.ndarray:
        """float64 (rows, columns), NaN where a value is missing."""
        found = np.empty((len(rows), len(self.categorical)))
        start = 0
        for column in self._used:
            width = self._width(column)
            found[:, start : start + width] = self._values(column, rows)
            start += width
        return found

    @property
    def _used(self) -> list[SchemaColumn]:
        return [column for column in self.schema.columns if not isinstance(column, Missing)]

    def _width(self, column: SchemaColumn) -> int:
        return column.span if isinstance(column, Date | Hashed) else 1

    def _values(self, column: SchemaColumn, rows: RawRows) -> np.ndarray:
        """float64 (rows, width)."""
        read = rows.read(column.name)
        if isinstance(column, OneHot | Embedding):
            codes = column.codes(read)
            found = self.kept[column.name][codes] if column.name in self.kept else codes.astype(np.float64)
            return np.where(codes < 0, np.nan, found)[:, None]
        if isinstance(column, Date):
            return np.where(np.isnan(column.days(read))[:, None], np.nan, column.encode(read))
        if isinstance(column, Hashed):
            return column.encode(read)
        if isinstance(column, Flag):
            known = column.encode(read)
            return np.where(known == 0, np.nan, known)
        values = numbers_of(read)
        assert values is not None, f"{column.name} is read as numbers"
        return np.where(np.isfinite(values), values, np.nan)[:, None]


def _told(one: Difference) -> str:
    """A difference in a sentence."""
    shown = percent if one.measure == "accuracy" else number
    what = metric_name(one.measure)
    values = f"{shown(one.network)} beside {shown(one.other)}"
    if one.verdict == "unsure":
        return f"Its {what} is not surely another than the network's: {values}, and chance may explain that."
    ends = sorted((abs(one.low), abs(one.high)))
    between = f"{shown(abs(one.difference))} ({shown(ends[0])} to {shown(ends[1])} with 95 %)"
    return f"The network is {one.verdict} by {between} in {what}: {values}."
