"""Gradient boosting learns of the very train rows, with categories and missing values as they are, and of no others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from nnlab.engine.config import Config, validate
from nnlab.engine.data.prepare import complete, divide_rows, prepare, with_target
from nnlab.engine.data.schema import Schema
from nnlab.engine.data.sources import load
from nnlab.engine.errors import UsageError
from nnlab.engine.evaluation.boosting import boost, check_boosting
from nnlab.engine.evaluation.raw_rows import RawRows


def table(path: Path, rows: int = 400, *, shares: bool = False) -> Path:
    """Rows of numbers, some missing, a category that adds to them, yes and no, and a date."""
    draw = np.random.default_rng(1)
    size, kind = draw.normal(size=rows), draw.choice(list("abcd"), size=rows)
    answer = size + np.where(np.isin(kind, ["a", "d"]), 1, -1) + 0.1 * draw.normal(size=rows)
    lines = [
        ",".join(
            [
                "" if index % 9 == 0 else f"{one:.4f}",
                str(of),
                "yes" if index % 2 else "no",
                f"2020-01-{1 + index % 28:02d}",
                ("up" if value > 0 else "down") if shares else f"{value:.4f}",
            ]
        )
        for index, (one, of, value) in enumerate(zip(size, kind, answer, strict=True))
    ]
    path.write_text("\n".join(["size,kind,open,day,answer", *lines]) + "\n", encoding="utf-8")
    return path


def parts(path: Path, **sections: Any) -> tuple[Config, Schema, dict[str, RawRows]]:
    """The config, the schema and the splits of a table."""
    sections.setdefault("data", {}).update(name=str(path), target="answer")
    config = validate(sections, source="test")
    dataset, _ = complete(with_target(load(config.data, config.prepare), config.data), config.data, config.prepare)
    schema = prepare(load(config.data, config.prepare), config).schema
    split = divide_rows(dataset, config.data)
    named = {"train": split.train, "valid": split.valid, "test": split.test}
    return config, schema, {name: RawRows(dataset, schema, rows) for name, rows in named.items() if rows is not None}


def by_hand(rows: RawRows) -> np.ndarray:
    """The columns as anybody would give them to scikit-learn: dates aside."""
    frame = rows.dataset.table.take(rows.numbers).to_pandas()
    codes = frame["kind"].map({name: float(place) for place, name in enumerate("abcd")})
    return np.stack([frame["size"].astype(float), codes, frame["open"].astype(float)], axis=1)


@pytest.mark.parametrize("shares", [False, True])
def test_it_is_scikit_learns_on_the_train_rows(tmp_path: Path, shares: bool):
    path = table(tmp_path / "rows.csv", shares=shares)
    _, schema, own = parts(path, data={"drop": ["day"]})
    width = len(schema.classes) or 1
    outputs = np.zeros((len(own["test"]), width))
    found = boost(outputs, own["test"], own["train"], own["valid"], network_seconds=2.0)
    kind = HistGradientBoostingClassifier if shares else HistGradientBoostingRegressor
    mask = [False, True, False]
    told: dict[str, Any] = {"early_stopping": True, "categorical_features": mask}
    model = kind(max_iter=500, random_state=0, **told)
    model.fit(by_hand(own["train"]), own["train"].targets, X_val=by_hand(own["valid"]), y_val=own["valid"].targets)
    x, y = by_hand(own["test"]), own["test"].targets
    assert found.rounds == model.n_iter_
    assert found.train_rows == len(own["train"])
    if isinstance(model, HistGradientBoostingClassifier):
        assert found.scores["accuracy"] == pytest.approx(model.score(x, y))
        assert found.scores["accuracy"] > 0.85
    else:
        assert found.scores["r2"] == pytest.approx(model.score(x, y))
        assert found.scores["r2"] > 0.8
    assert {one.verdict for one in found.differences} == {"worse"}
    assert "The network is worse by" in found.sentence()
    assert "2.0 s" in found.sentence()


def test_dates_and_texts_are_columns_too_and_derived_ones(tmp_path: Path):
    path = table(tmp_path / "rows.csv")
    _, schema, own = parts(path, data={"features": ["size", "kind", "day", "size^2"]})
    assert {"size^2", "day"} <= {column.name for column in schema.columns}
    found = boost(np.zeros((len(own["test"]), 1)), own["test"], own["train"], own["valid"])
    assert found.scores["r2"] > 0.8


def test_rows_that_are_judged_are_never_learnt_of(tmp_path: Path):
    """Of noise nothing can be learnt, unless the very rows are."""
    draw = np.random.default_rng(0)
    path = tmp_path / "noise.csv"
    lines = [",".join(f"{value:.5f}" for value in row) for row in draw.normal(size=(300, 3))]
    path.write_text("\n".join(["a,b,answer", *lines]) + "\n", encoding="utf-8")
    _, _, own = parts(path, data={"valid_split": "none"})
    found = boost(np.zeros((len(own["test"]), 1)), own["test"], own["train"])
    assert found.scores["r2"] < 0.2
    assert found.rounds == 100
    assert boost(np.zeros((len(own["train"]), 1)), own["train"], own["train"]).scores["r2"] > 0.4


def test_with_refit_it_learns_of_the_validation_rows_too(tmp_path: Path):
    _, _, own = parts(table(tmp_path / "rows.csv"))
    outputs = np.zeros((len(own["test"]), 1))
    once = boost(outputs, own["test"], own["train"], own["valid"])
    again = boost(outputs, own["test"], own["train"], own["valid"], refit=True)
    assert again.rounds == once.rounds
    assert again.scores != once.scores


def test_many_categories_are_told_apart_as_far_as_trees_can(tmp_path: Path):
    path = tmp_path / "codes.csv"
    draw = np.random.default_rng(0)
    codes = draw.integers(0, 300, size=6000)
    lines = [
        f"k{code},{0.1 * value:.3f},{3 * (code % 3 == 0) + 0.1 * value:.3f}"
        for code, value in zip(codes, draw.normal(size=6000), strict=True)
    ]
    path.write_text("\n".join(["code,other,answer", *lines]) + "\n", encoding="utf-8")
    _, schema, own = parts(path)
    assert any(len(getattr(column, "categories", [])) > 255 for column in schema.columns)
    found = boost(np.zeros((len(own["test"]), 1)), own["test"], own["train"], own["valid"])
    assert found.scores["r2"] > 0.5
    assert any("254 most frequent categories of 'code'" in note for note in found.notes)


def test_what_trees_cannot_learn_of_is_refused():
    from nnlab.engine.data.schema import Image

    with pytest.raises(UsageError, match="answers images"):
        check_boosting(Schema(task="binary", target="y", classes=["a", "b"], image=Image(shape=(1, 8, 8))))
    with pytest.raises(UsageError, match="too long for 101 classes"):
        check_boosting(Schema(task="multiclass", target="y", classes=[str(place) for place in range(101)]))
