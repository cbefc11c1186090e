"""Whole scripts with scikit-learn: `python -m benchmarks.peers.whole_sklearn xor`, or table, row, file, eval."""

from __future__ import annotations

import sys
from typing import Any

import joblib
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from . import whole_rows as rows


def trained(name: str, parts: rows.Parts) -> Any:
    """A pipeline after its epochs; it measures no epoch on rows that are held back."""
    widths, activation = rows.WIDTHS[name][1:-1], "tanh" if name == "xor" else "relu"
    kind: Any = MLPClassifier
    steps = {"batch_size": rows.BATCH[name], "max_iter": rows.EPOCHS[name], "n_iter_no_change": 1000}
    model = make_pipeline(StandardScaler(), kind(widths, activation=activation, **steps)).fit(*parts.train)
    print("test accuracy", model.score(*parts.test))
    return model


def main(task: str, *words: str) -> None:
    match task, *words:
        case "xor", *_:
            trained("xor", rows.xor())
        case "table", path, kept:
            joblib.dump(trained("table", rows.divided(*rows.read(path))), f"{kept}.joblib")
        case "row", kept, text:
            print(joblib.load(f"{kept}.joblib").predict_proba(rows.row(text)))
        case "file", kept, path, out:
            rows.write(joblib.load(f"{kept}.joblib").predict_proba(rows.read(path)[0]), out)
        case "eval", kept, path:
            x, y = rows.read(path)
            print(rows.judged(joblib.load(f"{kept}.joblib").predict_proba(x), y))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
