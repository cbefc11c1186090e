"""Evaluations for tests of the runs page: what they say, and a stand-in for the process that makes them."""

import math
from pathlib import Path
from queue import Queue
from typing import Any

from nnlab.engine.errors import NnlabError

SHARES = [0.35 + 0.05 * place for place in range(13)]


def curve(power: float) -> dict[str, Any]:
    """A curve of ten points."""
    xs = [place / 10 for place in range(11)]
    return {"area": 1 / (power + 1), "x": xs, "y": [x**power for x in xs]}


def judged(threshold: float) -> dict[str, Any]:
    """What a threshold is worth."""
    counts = {"true_positives": 71, "false_positives": 12, "false_negatives": 9, "true_negatives": 308}
    return {"threshold": threshold, "precision": 0.855, "recall": 0.888, "f1": 0.871, "accuracy": 0.948, **counts}


def column(name: str, worth: float, *alike: str) -> dict[str, Any]:
    """What a column is worth."""
    return {"column": name, "worth": worth, "low": worth - 0.02, "high": worth + 0.02, "alike": list(alike)}


def worst(row: int, truth: str | float, answer: str | float, share: float | None) -> dict[str, Any]:
    """A row that is answered badly."""
    values = {"age": 30.0 + row, "town": "Bern", "blood pressure": 140.25, "pulse": None}
    return {"row": row, "truth": truth, "answer": answer, "off": 3.5, "probability": share, "values": values}


def failures(measure: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Where a network fails."""
    bad = {"said": "age > 71", "columns": ["age"], "rows": 52, "error": 0.31, "low": 0.2, "high": 0.44, "others": 0.05}
    return {"measure": measure, "worst": rows, "slices": [bad], "tried": 35, "rows": 400}


def effect(answer: str | None, scale: float) -> list[dict[str, Any]]:
    """What two columns do."""
    rise = [scale * place / 10 for place in range(11)]
    above = [[value + scale / 10 for value in rise], [value * 0.8 for value in rise]]
    age = {"column": "age", "kind": "number", "answer": answer, "at": [20.0 + 6 * at for at in range(11)]}
    town = {"column": "town", "kind": "category", "answer": answer, "at": ["Bern", "Wien"]}
    return [{**age, "mean": rise, "rows": above}, {**town, "mean": rise[4:6], "rows": [rise[4:6]]}]


COLUMNS = [column("blood pressure", 0.41, "pulse"), column("age", 0.2), column("pulse", 0.05, "blood pressure")]
CLASSES: dict[str, Any] = {
    **{"checkpoint": "best.pt", "data": "clinic.csv", "split": "test", "rows": 400, "task": "binary", "epoch": 12},
    "metrics": {"loss": 0.21, "accuracy": 0.9475, "balanced_accuracy": 0.925, "f1_macro": 0.92, "roc_auc": 0.97},
    "baseline": {
        "most_frequent": {"loss": 0.5, "accuracy": 0.8, "balanced_accuracy": 0.5, "f1_macro": 0.44, "roc_auc": 0.5},
        "logistic_regression": {
            "loss": 0.3,
            "accuracy": 0.9,
            "balanced_accuracy": 0.8,
            "f1_macro": 0.8,
            "roc_auc": 0.9,
        },
    },
    "classes": ["well", "ill"],
    "confusion_matrix": [[308, 12], [9, 71]],
    "per_class": {
        "well": {"precision": 0.972, "recall": 0.963, "f1": 0.967, "support": 320},
        "ill": {"precision": 0.855, "recall": 0.888, "f1": 0.871, "support": 80},
    },
    "notes": ["13 of these 400 rows were trained on"],
    "changes": None,
    "threshold": {
        **{"positive": "ill", "said": "kept with the network", "chosen": judged(0.3), "half": judged(0.5)},
        **{"roc": curve(0.2), "precision_recall": curve(0.1)},
    },
    "reliability": {
        **{"ece": 0.031, "brier": 0.12, "few": False},
        "bins": [{"rows": 30, "said": share, "right": share - 0.04 * math.sin(7 * share)} for share in SHARES],
    },
    "intervals": [{"level": level, "held": level / 100 - 0.01, "margin": None, "size": 1.2} for level in (80, 90, 95)],
    **{"importance": COLUMNS, "drift": None, "target": "state", "points": [], "needs": None, "boosting": None},
    "failures": failures("error_rate", [worst(7, "ill", "well", 0.03), worst(118, "well", "ill", 0.11)]),
    "effects": effect("ill", 0.9),
}
NUMBERS: dict[str, Any] = {
    **CLASSES,
    **{"data": "houses.csv", "task": "regression", "notes": [], "target": "rent"},
    "metrics": {"mse": 9.0, "rmse": 3.0, "mae": 2.1, "r2": 0.91},
    "baseline": {"mean": {"mse": 100.0, "rmse": 10.0, "mae": 8.0, "r2": 0.0}},
    **{"classes": [], "confusion_matrix": [], "per_class": {}, "threshold": None, "reliability": None},
    "intervals": [{"level": level, "held": level / 100, "margin": level / 20, "size": None} for level in (80, 90, 95)],
    "failures": failures("mae", [worst(7, 12.5, 41.0, None)]),
    "effects": effect(None, 60.0),
    "points": [[place, place + 3 * math.sin(place)] for place in range(10, 60)],
}


class Judging:
    """Stands for the process that evaluates a checkpoint: it has an answer as soon as the test gives it one."""

    def __init__(self, checkpoint: Path) -> None:
        self.checkpoint, self.closed = checkpoint, False
        self._came = Queue[dict[str, Any] | NnlabError]()

    def answer(self, body: dict[str, Any] | NnlabError) -> None:
        self._came.put(body)

    def result(self) -> dict[str, Any] | NnlabError:
        return self._came.get()

    def close(self) -> None:
        self.closed = True
        self._came.put(NnlabError("it was closed"))


class Court:
    """Begins evaluations, and remembers them."""

    def __init__(self) -> None:
        self.begun = list[Judging]()

    def __call__(self, checkpoint: Path) -> Judging:
        self.begun.append(Judging(checkpoint))
        return self.begun[-1]


def at_once(_: Path) -> Judging:
    """An evaluation that has its answer already."""
    judging = Judging(Path())
    judging.answer(CLASSES)
    return judging
