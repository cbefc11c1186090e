"""A checkpoint keeps by how much its answers to validation rows are off, and predicts with intervals."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.checkpoint import Checkpoint
from nnlab.engine.config import validate
from nnlab.engine.errors import UsageError
from nnlab.engine.evaluation.answers import answer, input_of
from nnlab.engine.evaluation.conformal import LEAST, margins_of
from nnlab.engine.evaluation.evaluate import evaluate
from nnlab.engine.network import unheard
from nnlab.engine.prediction.predict import Predictions, predictor_of
from nnlab.engine.prediction.stream import answer_stream
from nnlab.engine.prediction.write import write_csv, write_json
from nnlab.engine.runs.claim import claim
from nnlab.engine.training.session import Session, begin
from nnlab.engine.training.train import run


def trained(folder: Path, name: str, **training: Any) -> tuple[Session, Checkpoint]:
    session = begin(validate({"data": {"name": name}, "training": {"epochs": 5, **training}}, source="test"))
    list(run(session, claim(out=folder)))
    return session, checkpoints.load(folder / "best.pt")


def test_margins_are_those_of_the_kept_networks_answers(tmp_path: Path):
    session, kept = trained(tmp_path / "run", "auto-mpg")
    valid = session.prepared.valid
    assert valid is not None
    outputs = answer(kept.module(), valid.x, input_of(kept.schema)).double().numpy()[:, 0]
    off = np.abs(outputs - valid.y.numpy()) * kept.schema.target_std
    assert list(kept.margins) == pytest.approx(margins_of(off))
    assert not checkpoints.load(tmp_path / "run" / "last.pt").margins


def test_a_network_that_is_trained_once_more_has_those_of_rows_that_it_had_not_seen(tmp_path: Path):
    plain, again = (trained(tmp_path / str(refit), "iris", refit=refit)[1] for refit in (False, True))
    assert again.refit
    assert again.margins
    assert list(again.margins) == list(plain.margins)


def test_eval_tells_how_often_they_held_and_older_checkpoints_have_none(tmp_path: Path):
    kept = trained(tmp_path / "run", "auto-mpg")[1]
    told = evaluate(kept, trusted=True).to_json()["intervals"]
    assert [one["level"] for one in told] == [80, 90, 95][: len(told)]
    assert told[0]["margin"] == kept.margins[80 - LEAST]
    assert 0.6 < told[0]["held"] < 1
    assert evaluate(replace(kept, margins=[]), trusted=True).intervals == []


@pytest.mark.parametrize("margins", [[-1.0], [2.0, 1.0], [float("nan")], [float("inf")], [1.0] * 51, ["a"]])
def test_forged_margins_are_refused(tmp_path: Path, margins: list[float]):
    kept = trained(tmp_path / "run", "iris")[1]
    checkpoints.save(tmp_path / "forged.pt", replace(kept, margins=margins))
    with pytest.raises(UsageError, match="margins"):
        checkpoints.load(tmp_path / "forged.pt")


def rows_of(kept: Checkpoint, count: int = 5) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(count, kept.schema.in_features)).astype(np.float32)


def test_values_have_ends_in_csv_and_json(tmp_path: Path):
    kept = trained(tmp_path / "run", "diabetes")[1]
    found = predictor_of(kept, 90)(rows_of(kept), 1, [])
    csv, lines = io.BytesIO(), io.BytesIO()
    write_csv([found], [], csv, interval=True)
    write_json([found], [], lines)
    head, *rows = csv.getvalue().decode().splitlines()
    assert head == "prediction,lower,upper"
    for row, line in zip(rows, lines.getvalue().splitlines(), strict=True):
        middle, lower, upper = map(float, row.split(","))
        body = json.loads(line)
        assert (body["prediction"], body["lower"], body["upper"]) == (middle, lower, upper)
        assert upper - middle == pytest.approx(kept.margins[90 - LEAST], rel=1e-4)
        assert middle - lower == pytest.approx(kept.margins[90 - LEAST], rel=1e-4)


def test_classes_have_sets_in_csv_and_json(tmp_path: Path):
    kept = replace(trained(tmp_path / "run", "iris")[1], margins=[0.7] * 41)
    found = predictor_of(kept, 90)(np.vstack([rows_of(kept), np.full((1, kept.schema.in_features), np.nan)]), 1, [])
    assert found.probabilities is not None
    csv, lines = io.BytesIO(), io.BytesIO()
    write_csv([found], kept.schema.classes, csv, interval=True)
    write_json([found], kept.schema.classes, lines)
    head, *rows = csv.getvalue().decode().splitlines()
    assert head.endswith(",set")
    for number, (row, line) in enumerate(zip(rows, lines.getvalue().splitlines(), strict=True)):
        shares = found.probabilities[:, number]
        wanted = [name for name, one in zip(kept.schema.classes, shares >= 0.3 - 1e-12, strict=True) if one]
        assert json.loads(line)["set"] == wanted
        assert row.rpartition(",")[2] == "|".join(wanted)


def test_a_set_in_a_cell_can_be_taken_apart_whatever_its_classes_are_called():
    names = ["a|b", "a", "b", "\\", "\\|"]
    for size in range(1, len(names) + 1):
        sets = np.arange(len(names))[:, None] < size
        found = Predictions(1, np.zeros(1, dtype=np.int64), names, np.full((5, 1), 0.2), [], sets=sets)
        csv = io.BytesIO()
        write_csv([found], names, csv, interval=True)
        cell = csv.getvalue().decode().splitlines()[1].rsplit(",", 1)[1]
        parts = re.findall(r"((?:\\.|[^\\|])+)(?:\||$)", cell)
        assert [re.sub(r"\\(.)", r"\1", part) for part in parts] == names[:size]


@pytest.mark.parametrize("name", ["diabetes", "iris"])
def test_a_stream_answers_with_the_same_intervals(tmp_path: Path, name: str):
    kept = trained(tmp_path / "run", name)[1]
    row = dict.fromkeys(kept.schema.inputs, 1.0)
    out = io.BytesIO()

    def again_read() -> Checkpoint:
        return kept

    lines = [
        json.dumps(row).encode(),
        json.dumps({one: [1.0, 1.0] for one in row}).encode(),
        b'"reload"',
        json.dumps(row).encode(),
    ]
    answer_stream(kept, lines, out, unheard, again_read, 80)
    one, many, _, again = map(json.loads, out.getvalue().splitlines())
    for key in ("set",) if kept.schema.classes else ("lower", "upper"):
        assert many[key] == [one[key]] * 2
        assert again[key] == one[key]


def test_an_interval_that_cannot_be_is_refused_before_a_row_is_read(tmp_path: Path):
    kept = trained(tmp_path / "run", "iris")[1]
    with pytest.raises(UsageError, match="--interval"):
        predictor_of(kept, 99)
    with pytest.raises(UsageError, match="keeps no intervals"):
        predictor_of(replace(kept, margins=[]), 90)
