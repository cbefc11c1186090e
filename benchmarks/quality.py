"""How good nnlab's defaults are beside tuned scikit-learn models, by five-fold cross-validation.

    python benchmarks/quality.py > docs/quality.md && python -m benchmarks.tables --page

nnlab trains as its default recipe says, which stops early on 15 % of each train fold. The others are tuned by a grid
search with three folds inside each train fold.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from time import perf_counter
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold, cross_val_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nnlab.engine.config import DataConfig
from nnlab.engine.data.columns.values import category_codes
from nnlab.engine.data.sources import load
from nnlab.engine.estimator import NnlabClassifier, NnlabRegressor

NAMES = ("iris", "wine", "breast-cancer", "digits", "moons", "spiral", "diabetes", "auto-mpg")
TREES = {"learning_rate": [0.03, 0.1], "max_leaf_nodes": [7, 31]}
MLPS = {"hidden_layer_sizes": [(64,), (64, 32)], "alpha": [1e-4, 1e-2]}


def arrays(name: str) -> tuple[np.ndarray, np.ndarray, bool]:
    """Rows, answers, and whether they are classes."""
    dataset = load(DataConfig(name=name))
    target = dataset.table.column(dataset.target)
    y = category_codes(target, list(dataset.classes)) if dataset.classes else target.to_numpy()
    if dataset.images is not None:
        return dataset.images.reshape(len(y), -1).astype(float), y, True
    x = dataset.table.select(dataset.features).to_pandas().to_numpy(dtype=float)
    return x, y, bool(dataset.classes)


def models(classes: bool) -> dict[str, Any]:
    """The three that are compared, ready to fit."""
    ours = NnlabClassifier if classes else NnlabRegressor
    trees = (HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor)(random_state=1)
    mlp = (MLPClassifier if classes else MLPRegressor)(max_iter=400, random_state=1)
    scaled = make_pipeline(StandardScaler(), mlp)
    grid = {f"{type(mlp).__name__.lower()}__{key}": values for key, values in MLPS.items()}
    network = ours(dropout=0.1, valid_size=0.15, early_stop=20, random_state=1)
    return {
        "nnlab, default recipe": network,
        "gradient boosting, tuned": GridSearchCV(trees, TREES, cv=3),
        "MLP of scikit-learn, tuned": GridSearchCV(scaled, grid, cv=3),
    }


def shortfall(names: Sequence[str], scores: Sequence[Sequence[float]]) -> str:
    """In words: where nnlab, the first of each row, is behind the best of the others, and by how much."""
    gaps = {name: max(others) - ours for name, (ours, *others) in zip(names, scores, strict=True)}
    behind = [f"{name} {gap:.3f}" for name, gap in sorted(gaps.items(), key=lambda one: -one[1]) if gap >= 0.0005]
    if not behind:
        return "No tuned model is ahead."
    return f"The better of the tuned models is ahead on {len(behind)} of {len(names)}, by: {', '.join(behind)}."


def main() -> None:
    warnings.simplefilter("ignore", ConvergenceWarning)
    print("# How good the defaults are\n")
    print("Accuracy, or R² for regression (diabetes, auto-mpg): mean ± deviation over five folds, the same for all.")
    print("Made by `python benchmarks/quality.py`; seconds are for all five folds, tuning included.\n")
    head = ["data", *models(True)]
    print("| " + " | ".join(head) + " |")
    print("| --- |" + " --- |" * (len(head) - 1))
    means: list[list[float]] = []
    for name in NAMES:
        x, y, classes = arrays(name)
        folds = (StratifiedKFold if classes else KFold)(5, shuffle=True, random_state=1)
        cells = [name]
        means.append([])
        for model in models(classes).values():
            began = perf_counter()
            scores = cross_val_score(make_pipeline(SimpleImputer(strategy="median"), model), x, y, cv=folds)
            cells.append(f"{scores.mean():.3f} ± {scores.std():.3f} ({perf_counter() - began:.0f} s)")
            means[-1].append(float(scores.mean()))
        print("| " + " | ".join(cells) + " |", flush=True)
    print(f"\n{shortfall(NAMES, means)}")


if __name__ == "__main__":
    main()
