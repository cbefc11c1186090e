"""What a column does is what scikit-learn's partial dependence says, and what is derived of it moves with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnlab.engine.config import validate
from nnlab.engine.data.prepare import prepare
from nnlab.engine.data.sources import load
from nnlab.engine.evaluation.effects import Effect, effects
from nnlab.engine.evaluation.raw_rows import RawRows


def table(path: Path) -> Path:
    """A number, one that is sometimes missing, a category, yes and no, and a date."""
    draw = np.random.default_rng(1)
    lines = [
        f"{draw.normal():.4f},{'' if row % 7 == 0 else f'{draw.normal():.4f}'},{'abc'[row % 3]},"
        f"{'yes' if row % 2 else 'no'},2020-03-{1 + row % 28:02d},{draw.normal():.4f}"
        for row in range(300)
    ]
    path.write_text("\n".join(["size,small,kind,open,day,answer", *lines]) + "\n", encoding="utf-8")
    return path


def rows_of(path: Path, **data: Any) -> tuple[np.ndarray, RawRows]:
    """Prepared rows, and the same ones raw."""
    config = validate({"data": {"name": str(path), "target": "answer", **data}}, source="test")
    dataset = load(config.data, config.prepare)
    schema = prepare(dataset, config).schema
    numbers = np.arange(len(dataset.table))
    return schema.transform(dataset.table, numbers), RawRows(dataset, schema, numbers)


def by_name(found: list[Effect]) -> dict[str, Effect]:
    return {one.column: one for one in found}


def test_a_sum_has_straight_lines_with_its_slopes(tmp_path: Path):
    x, rows = rows_of(table(tmp_path / "rows.csv"))
    schema = rows.schema
    place = schema.owners.index("size")
    number = next(column for column in schema.columns if column.name == "size")

    def doubled(x: np.ndarray) -> np.ndarray:
        return 2 * x[:, place : place + 1].astype(np.float64)

    (found,) = effects(doubled, x, rows, ["size"])
    at = np.array(found.at, dtype=float)
    assert found.kind == "number"
    assert found.answer is None
    assert len(at) == 25
    assert (np.diff(at) > 0).all()
    expected = schema.decode_target(2 * (at - number.mean) / number.std)  # type: ignore[union-attr]
    assert found.mean == pytest.approx(expected.tolist(), abs=1e-5)
    assert np.array(found.rows) == pytest.approx(np.tile(expected, (5, 1)), abs=1e-5)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_it_is_scikit_learns_partial_dependence(tmp_path: Path):
    from sklearn.inspection import partial_dependence
    from sklearn.neural_network import MLPRegressor

    x, rows = rows_of(table(tmp_path / "rows.csv"), features=["size", "small"], drop=[])
    model: Any = MLPRegressor(hidden_layer_sizes=(8,), max_iter=50, random_state=0).fit(x, rows.targets)

    def answers(x: np.ndarray) -> np.ndarray:
        return np.asarray(model.predict(x))[:, None]

    (found,) = effects(answers, x, rows, ["size"])
    place = rows.schema.owners.index("size")
    column = rows.schema.columns[place]
    grid = np.array([(float(one) - column.mean) / column.std for one in found.at])  # type: ignore[union-attr]
    expected = partial_dependence(model, x, [place], custom_values={place: grid}, kind="both")
    assert found.mean == pytest.approx(rows.schema.decode_target(expected["average"][0]).tolist(), abs=1e-4)
    drawn = rows.schema.decode_target(expected["individual"][0])
    for one in found.rows:
        assert np.abs(drawn - np.array(one)).max(axis=1).min() < 1e-4


def test_every_kind_of_column_has_its_values(tmp_path: Path):
    x, rows = rows_of(table(tmp_path / "rows.csv"))
    weights = np.random.default_rng(0).normal(size=(x.shape[1], 1))
    found = by_name(effects(lambda x: x @ weights, x, rows, ["kind", "open", "day", "small", "size", "never"][:5]))
    assert (found["kind"].kind, found["kind"].at) == ("category", ["a", "b", "c"])
    assert found["open"].at == ["false", "true"]
    assert found["day"].kind == "date"
    assert found["day"].at[0] == "2020-03-01"
    assert all(len(one.mean) == len(one.at) == len(one.rows[0]) for one in found.values())


def test_what_is_derived_of_a_column_changes_with_it(tmp_path: Path):
    x, rows = rows_of(table(tmp_path / "rows.csv"), features=["size", "size^2", "small*size"])
    square = rows.schema.owners.index("size^2")
    (found,) = effects(lambda x: x[:, square : square + 1].astype(np.float64), x, rows, ["size"])
    at, mean = np.array(found.at, dtype=float), np.array(found.mean)
    assert np.corrcoef(at**2, mean)[0, 1] > 0.9999
    (own,) = effects(lambda x: x[:, square : square + 1].astype(np.float64), x, rows, ["size^2"])
    assert np.corrcoef(np.array(own.at, dtype=float), own.mean)[0, 1] > 0.9999


def test_of_several_classes_the_one_that_changes_most_is_told(tmp_path: Path):
    path = tmp_path / "three.csv"
    draw = np.random.default_rng(2)
    lines = [f"{draw.normal():.4f},{'xyz'[row % 3]}" for row in range(90)]
    path.write_text("\n".join(["size,answer", *lines]) + "\n", encoding="utf-8")
    x, rows = rows_of(path)

    def logits(x: np.ndarray) -> np.ndarray:
        return np.concatenate([0 * x, -3 * x, 3 * x], 1)

    (found,) = effects(logits, x, rows, ["size"])
    assert found.answer in ("y", "z")
    assert 0 <= min(found.mean) < max(found.mean) <= 1
