"""Whole numbers that are codes are found by the train rows, and taken as categories wherever rows come from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nnlab.engine.api import fit
from nnlab.engine.config import Config, Tree, read_toml, write_toml
from nnlab.engine.data.codes import are_codes
from nnlab.engine.data.settled import settled
from nnlab.engine.data.sources import load
from nnlab.engine.evaluation.evaluate import evaluate
from nnlab.engine.resolve import resolve
from nnlab.engine.training.folds import cross_validate
from nnlab.engine.training.interrupt import StopRequest

ROWS = 1_500
LITTLE: Tree = {"model": {"members": 2, "hidden": [4]}, "training": {"epochs": 1}}


def places(rows: int = ROWS, codes: int = 100) -> pd.DataFrame:
    """Rows of places, whose codes say nothing by their size."""
    generator = np.random.default_rng(1)
    of_place = generator.normal(size=codes)
    frame = pd.DataFrame({"place": generator.integers(0, codes, rows) * 7 + 1, "age": generator.integers(18, 90, rows)})
    frame["price"] = of_place[frame["place"] // 7] + np.sin(frame["age"] / 10) + generator.normal(size=rows)
    return frame


def of_file(frame: pd.DataFrame, folder: Path, **told: Any) -> Config:
    frame.to_csv(folder / "t.csv", index=False)
    return resolve(str(folder / "t.csv"), flags={"data": {"target": "price"}, **LITTLE, **told})


def found(config: Config) -> dict[str, str]:
    return {**settled(config, load(config.data, config.prepare))[0].data.kinds}


def test_codes_are_taken_as_categories_and_that_is_said(tmp_path: Path):
    config = of_file(places(), tmp_path)
    whole, dataset, said = settled(config, load(config.data, config.prepare))
    assert whole.data.kinds == {"place": "category"}
    assert dataset.kinds["place"].kind == "category"
    assert said.startswith("1,200 rows to train and validate on, 1 number, 1 other column: ")
    assert said.endswith("; whole numbers that act as codes, taken as categories: 'place'")


@pytest.mark.parametrize("task", ["values", "classes"])
@pytest.mark.parametrize(
    ("name", "are"), [("code", True), ("smooth", False), ("idle", False), ("steps", False), ("few", False)]
)
def test_what_acts_as_codes(task: str, name: str, are: bool):
    generator = np.random.default_rng(3)
    values = generator.integers(0, 150, 4_000)
    says = {
        "code": generator.normal(size=150)[values],
        "smooth": 3 * np.sin(values / 8),
        "idle": 0 * values,
        "steps": 2.0 * (values > 70),
        "few": generator.normal(size=150)[values % 10],
    }[name]
    values = values % 10 if name == "few" else values
    targets = says + generator.normal(size=4_000)
    columns = (targets > 0)[:, None] == np.array([False, True]) if task == "classes" else targets[:, None]
    assert are_codes(values.astype(float), columns.astype(float)) is are
    rare = np.where(np.arange(4_000) % 50 == 0, np.nan, values)
    assert are_codes(rare, columns.astype(float)) is are


@pytest.mark.parametrize("values", [[], [1.0], [1.0] * 100, [float("nan")] * 50, [*range(100)]])
def test_columns_of_which_nothing_is_to_be_told_are_no_codes(values: list[float]):
    assert not are_codes(np.array(values, dtype=float), np.zeros((len(values), 1)))


def test_codes_are_told_by_the_train_rows_alone(tmp_path: Path):
    frame = places()
    config = of_file(frame, tmp_path, data={"target": "price", "train_split": "train[:100]"})
    assert not found(config)


@pytest.mark.parametrize(
    "told",
    [
        {"data": {"target": "price", "kinds": {"place": "number"}}},
        {"prepare": {"scales": {"place": "standard"}}},
        {"model": {}, "training": {"quality": "quick"}},
    ],
)
def test_what_somebody_said_is_left_as_it_is(told: Tree, tmp_path: Path):
    assert found(of_file(places(), tmp_path, **told)).get("place") != "category"


def test_the_network_answers_the_same_however_rows_come(tmp_path: Path):
    frame = places()
    choices: dict[str, Any] = {"target": "price", "members": 2, "hidden": [4], "epochs": 2}
    frame.to_csv(tmp_path / "t.csv", index=False)
    of_csv, of_frame = fit(str(tmp_path / "t.csv"), **choices), fit(frame, **choices)
    assert of_csv.checkpoint.spec == of_frame.checkpoint.spec
    assert of_csv.schema.columns == of_frame.schema.columns
    answers = of_csv.predict(frame)
    odd = frame.astype({"place": float})
    odd.to_csv(tmp_path / "odd.csv", index=False)
    odd.assign(place=odd["place"].map("+{:.2f}".format)).to_csv(tmp_path / "odder.csv", index=False)
    for rows in (tmp_path / "t.csv", tmp_path / "odd.csv", tmp_path / "odder.csv", odd, frame.to_dict("records")):
        assert np.array_equal(of_csv.predict(rows), answers)
    with pytest.warns(UserWarning, match="not categories that the network knows"):
        assert np.isfinite(of_csv.predict(frame.assign(place=10**6))).all()
    assert evaluate(of_csv.checkpoint, trusted=True).metrics == pytest.approx(of_frame.evaluate().metrics)


def test_the_config_of_a_run_trains_the_same_once_more(tmp_path: Path):
    config = of_file(places(), tmp_path)
    whole, dataset, _ = settled(config, load(config.data, config.prepare))
    (tmp_path / "whole.toml").write_text(write_toml(whole), encoding="utf-8")
    again = resolve(None, flags={}, file=tmp_path / "whole.toml")
    assert read_toml(tmp_path / "whole.toml")["data"]["kinds"] == {"place": "category"}
    column = load(again.data, again.prepare).table.column("place")
    assert column.to_pylist() == dataset.table.column("place").to_pylist()


def test_folds_find_their_own(tmp_path: Path):
    done = list(cross_validate(of_file(places(), tmp_path), 2, lambda _: None, StopRequest()))
    assert all("'place'" in fold.chosen for fold in done)
