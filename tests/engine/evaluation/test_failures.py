"""A slice that fails is found, of data without any none is told, and worst rows are those of the file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import binomtest, fisher_exact, mannwhitneyu

from nnlab.engine.data.columns.encoders import Date, Flag, Number, OneHot
from nnlab.engine.data.dataset import Dataset
from nnlab.engine.data.reading.readings import BooleanReading, CategoryReading, DateReading, NumberReading
from nnlab.engine.data.schema import Image, Schema
from nnlab.engine.errors import UsageError
from nnlab.engine.evaluation import slices as module
from nnlab.engine.evaluation.failures import failures
from nnlab.engine.evaluation.raw_rows import RawRows
from nnlab.engine.evaluation.slices import slices

KINDS = list("abcde")


def drawn(rows: int, seed: int = 0, *, classes: bool = False) -> RawRows:
    """Two columns of numbers, one of them sometimes missing, a category and yes and no; the target is nought."""
    draw = np.random.default_rng(seed)
    small = np.where(draw.random(rows) < 0.1, np.nan, draw.normal(size=rows))
    table = pa.table(
        {
            "size": draw.normal(size=rows),
            "small": pa.array(small, from_pandas=True),
            "kind": draw.choice(KINDS, size=rows).tolist(),
            "open": (draw.random(rows) < 0.5).tolist(),
            "y": ["no"] * rows if classes else np.zeros(rows),
        }
    )
    target = CategoryReading(name="y") if classes else NumberReading(name="y")
    schema = Schema(
        task="binary" if classes else "regression",
        target="y",
        classes=["no", "yes"] if classes else [],
        columns=[
            Number(name="size", fill=0),
            Number(name="small", fill=0),
            Flag(name="open"),
            OneHot(name="kind", categories=KINDS),
        ],
        readings=[
            NumberReading(name="size"),
            NumberReading(name="small"),
            CategoryReading(name="kind"),
            BooleanReading(name="open"),
            target,
        ],
    )
    dataset = Dataset("drawn", schema.task, table, "y", {}, tuple(schema.classes))
    return RawRows(dataset, schema, np.arange(rows))


def column(rows: RawRows, name: str) -> np.ndarray:
    return rows.dataset.table.column(name).to_numpy(zero_copy_only=False)


@pytest.mark.parametrize("shares", [True, False])
def test_where_there_is_no_such_slice_none_is_told(shares: bool):
    """Each of 60 evaluations may tell one with a probability of 0.05; eleven are less probable than 0.001."""
    told = 0
    for seed in range(60):
        rows, draw = drawn(600, seed), np.random.default_rng(1000 + seed)
        error = (draw.random(600) < 0.15).astype(float) if shares else np.abs(draw.standard_t(3, size=600))
        found, tried = slices(rows, error, shares=shares)
        told += bool(found)
        assert tried > 50
    assert told < 11


@pytest.mark.parametrize("shares", [True, False])
def test_a_slice_that_fails_is_found_with_its_figures(shares: bool):
    rows, draw = drawn(1000), np.random.default_rng(7)
    bad = column(rows, "kind") == "c"
    error = (draw.random(1000) < np.where(bad, 0.4, 0.1)).astype(float)
    error = error if shares else np.abs(draw.normal(size=1000)) * np.where(bad, 2, 1)
    found, _ = slices(rows, error, shares=shares)
    assert found[0].said == "kind = c"
    assert (found[0].columns, found[0].rows) == (["kind"], int(bad.sum()))
    assert found[0].error == pytest.approx(error[bad].mean())
    assert found[0].others == pytest.approx(error[~bad].mean())
    assert found[0].others < found[0].low < found[0].error < found[0].high
    if shares:
        expected = binomtest(int(error[bad].sum()), int(bad.sum())).proportion_ci(method="wilson")
        assert (found[0].low, found[0].high) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize("shares", [True, False])
def test_two_columns_together_are_found_where_either_alone_is_not_the_reason(shares: bool):
    rows, draw = drawn(3000), np.random.default_rng(7)
    bad = (column(rows, "kind") == "c") & column(rows, "open").astype(bool)
    error = (draw.random(3000) < np.where(bad, 0.6, 0.1)).astype(float)
    error = error if shares else np.abs(draw.normal(size=3000)) * np.where(bad, 3, 1)
    found, _ = slices(rows, error, shares=shares)
    assert found[0].said in ("kind = c and open = true", "open = true and kind = c")
    assert found[0].rows == int(bad.sum())


def test_quartiles_and_what_is_missing_are_slices():
    rows, draw = drawn(2000), np.random.default_rng(7)
    size, lacking = column(rows, "size"), np.isnan(column(rows, "small"))
    edge = np.quantile(size, 0.75)
    error = (draw.random(2000) < np.where((size > edge) | lacking, 0.5, 0.1)).astype(float)
    said = [one.said for one in slices(rows, error, shares=True)[0]]
    assert f"size > {edge:.6g}" in said
    assert "small is missing" in said


def test_chances_are_those_of_scipys_tests():
    draw = np.random.default_rng(2)
    codes = draw.integers(0, 3, size=400)
    for shares in (True, False):
        error = (draw.random(400) < 0.2).astype(float) if shares else np.abs(draw.normal(size=400))
        parts = module._Parts("x", ["x = 0", "x = 1", "x = 2"], codes)
        scores = error if shares else error.argsort().argsort() + 1.0
        found = module._single(parts, scores, shares=shares).chances
        for code, chance in enumerate(found.tolist()):
            inside, others = error[codes == code], error[codes != code]
            if shares:
                counts = [[inside.sum(), len(inside) - inside.sum()], [others.sum(), len(others) - others.sum()]]
                test: Any = fisher_exact(counts, alternative="greater")
            else:
                test = mannwhitneyu(inside, others, alternative="greater", use_continuity=False, method="asymptotic")
            assert chance == pytest.approx(test.pvalue)


def test_worst_rows_are_numbered_as_in_the_data_with_truth_and_values():
    rows = drawn(50)
    outputs = np.zeros((50, 1))
    outputs[[7, 30]] = [[5.0], [-9.0]]
    told = failures(outputs, rows, 3).worst
    assert [(one.row, one.answer, one.off) for one in told[:2]] == [(31, -9.0, 9.0), (8, 5.0, 5.0)]
    assert told[0].values["kind"] == column(rows, "kind")[30]
    assert told[0].values["open"] in (True, False)
    assert (told[0].truth, told[0].probability) == (0.0, None)
    part = RawRows(rows.dataset, rows.schema, np.array([3, 30]))
    assert failures(outputs[[3, 30]], part, 1).worst[0].row == 31


def test_of_classes_the_most_surely_wrong_rows_are_worst():
    rows = drawn(40, classes=True)
    outputs = np.tile([2.0, 0.0], (40, 1))
    outputs[5] = [0.0, 3.0]
    outputs[9] = [np.nan, 0.0]
    told = failures(outputs, rows, 2)
    assert [one.row for one in told.worst] == [10, 6]
    assert (told.worst[1].truth, told.worst[1].answer) == ("no", "yes")
    assert told.worst[1].probability == pytest.approx(1 / (1 + np.exp(3)))
    assert told.measure == "error_rate"


def test_few_rows_have_no_slices_and_what_makes_no_sense_is_refused():
    few = failures(np.ones((20, 1)), drawn(20))
    assert (few.slices, few.tried) == ([], 0)
    with pytest.raises(UsageError, match="--worst cannot be 0"):
        failures(np.ones((20, 1)), drawn(20), 0)
    images = Schema(task="binary", target="y", classes=["a", "b"], image=Image(shape=(1, 8, 8)))
    with pytest.raises(UsageError, match="answers images"):
        failures(np.ones((20, 2)), RawRows(drawn(20).dataset, images, np.arange(20)))


def test_dates_are_told_as_they_are_written():
    dates = [datetime(2020, 8, 11), datetime(2020, 8, 11, 6, 30), None]
    table = pa.table({"when": pa.array(dates, pa.timestamp("us")), "y": [0.0, 0.0, 0.0]})
    schema = Schema(
        task="regression",
        target="y",
        columns=[Date(name="when")],
        readings=[DateReading(name="when"), NumberReading(name="y")],
    )
    rows = RawRows(Dataset("dated", "regression", table, "y", {}, ()), schema, np.arange(3))
    told = failures(np.array([[3.0], [2.0], [1.0]]), rows)
    assert [one.values["when"] for one in told.worst] == ["2020-08-11", "2020-08-11 06:30:00", None]
