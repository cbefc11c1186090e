"""New rows beside those of the training: a shift is found, chance is not taken for one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError
from scipy import stats

from nnlab.engine.config import validate
from nnlab.engine.data.drift import MOST, Drift, Drifts, Seen, at_least, seen
from nnlab.engine.data.prepare import prepare
from nnlab.engine.data.sources import load

DRAWS = 300


def column(values: object, kind: pa.DataType | None = None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, kind, from_pandas=True)])


def beside(known: Seen, *blocks: np.ndarray) -> Drift:
    drifts = Drifts.of([known])
    for block in blocks:
        drifts.count(known.name, column(block))
    return drifts.found()[0]


@pytest.mark.parametrize(
    ("count", "rows", "a", "b"), [(3, 20, 2, 99), (0, 5, 2, 9), (20, 20, 2, 1), (90, 1000, 12, 989)]
)
def test_the_probability_is_the_beta_binomial_tail(count: int, rows: int, a: int, b: int):
    assert at_least(count, rows, a, b) == pytest.approx(float(stats.betabinom.sf(count - 1, rows, a, b)), rel=1e-6)


@pytest.mark.parametrize(("new", "rows", "old", "train"), [(4, 50, 3, 200), (1, 10, 0, 100), (30, 30, 5, 40)])
def test_of_missing_values_it_is_fishers_exact_test(new: int, rows: int, old: int, train: int):
    exact = float(stats.hypergeom.sf(new - 1, rows + train, new + old, rows))
    assert at_least(new, rows, old + 1, train - old) == pytest.approx(exact, rel=1e-6)


def test_of_more_rows_than_it_takes_the_shares_stand_for_them():
    assert at_least(5 * MOST, 10**10, 12, 989) == pytest.approx(at_least(500, MOST, 12, 989))


KINDS = [
    (name, train, rows)
    for name in ("normal", "heavy", "counts", "few", "constant nearly", "missing")
    for train, rows in ((60, 40), (60, 3000), (2000, 1), (2000, 500))
]


def draw(random: np.random.Generator, name: str, rows: int) -> np.ndarray:
    match name:
        case "normal":
            return random.normal(size=rows)
        case "heavy":
            return random.standard_cauchy(rows)
        case "counts":
            return random.poisson(0.2, rows).astype(float)
        case "few":
            return random.integers(0, 3, rows).astype(float)
        case "constant nearly":
            return (random.random(rows) < 0.003).astype(float)
        case _:
            return np.where(random.random(rows) < 0.1, np.nan, random.normal(size=rows))


@pytest.mark.parametrize(("name", "train", "rows"), KINDS)
def test_rows_that_were_only_drawn_again_are_like_the_old(name: str, train: int, rows: int):
    """In 1 of 1,000 files something may be told; 3 of 300 would be a hundred times less likely than none."""
    random = np.random.default_rng(7)
    told = [
        bool(beside(seen("x", column(draw(random, name, train))), draw(random, name, rows)).unlike)
        for _ in range(DRAWS)
    ]
    assert sum(told) <= 2


@pytest.mark.parametrize(("shift", "stretch"), [(2.0, 1.0), (-2.0, 1.0), (0.0, 3.0), (0.8, 1.0)])
def test_a_column_that_was_shifted_or_stretched_is_told(shift: float, stretch: float):
    random = np.random.default_rng(3)
    told = [
        bool(beside(seen("x", column(random.normal(size=1000))), random.normal(shift, stretch, 500)).unlike)
        for _ in range(100)
    ]
    assert sum(told) >= 99


def test_values_that_are_missing_thrice_as_often_are_told_and_twice_is_not():
    random = np.random.default_rng(3)

    def gaps(rows: int, share: float) -> np.ndarray:
        return np.where(random.random(rows) < share, np.nan, random.normal(size=rows))

    known = seen("x", column(gaps(2000, 0.05)))
    assert beside(known, gaps(5000, 0.2)).unlike
    assert not beside(known, gaps(5000, 0.1)).unlike
    words = seen("w", column(["a", "b", None] + ["a"] * 97))
    assert words.low is None
    drifts = Drifts.of([words])
    drifts.count("w", column(["a"] * 60 + [None] * 40, pa.string()))
    assert drifts.found()[0].unlike == ("40 of 100 values are missing, as 1.0% of the train rows' were",)


def letters(random: np.random.Generator, shares: list[float], rows: int) -> pa.ChunkedArray:
    return column([f"c{code}" for code in random.choice(len(shares), rows, p=shares)], pa.string())


def told_of(known: Seen, rows: pa.ChunkedArray) -> tuple[str, ...]:
    drifts = Drifts.of([known])
    drifts.count("kind", rows)
    return drifts.found()[0].unlike


@pytest.mark.parametrize(("train", "rows"), [(60, 40), (60, 3000), (2000, 1), (2000, 500), (300, 3000)])
@pytest.mark.parametrize("kinds", [2, 5, 40, 400])
def test_shares_of_categories_that_were_only_drawn_again_are_like_the_old(kinds: int, train: int, rows: int):
    random = np.random.default_rng(kinds)
    shares = (1 / np.arange(1, kinds + 1) / (1 / np.arange(1, kinds + 1)).sum()).tolist()
    told = [
        bool(told_of(seen("kind", letters(random, shares, train)), letters(random, shares, rows)))
        for _ in range(DRAWS // 3)
    ]
    assert sum(told) <= 1


def test_a_category_twice_or_half_as_often_is_told_and_one_a_little_more_often_is_not():
    random = np.random.default_rng(1)
    known = seen("kind", letters(random, [0.7, 0.2, 0.1], 1000))
    assert known.values == ["c0", "c1", "c2"]
    assert told_of(known, letters(random, [0.65, 0.25, 0.1], 1000)) == ()
    (said,) = told_of(known, letters(random, [0.45, 0.45, 0.1], 400))
    assert "of 400 values are 'c1', as 20." in said
    assert any("'c0'" in one for one in told_of(known, letters(random, [0.1, 0.2, 0.7], 400)))


def test_yes_and_no_have_shares_too_and_blocks_count_as_the_whole():
    known = seen("open", column([True] * 80 + [False] * 20))
    assert (known.values, known.counts) == (["true", "false"], [80, 20])
    drifts = Drifts.of([known])
    for _ in range(3):
        drifts.count("open", column([False] * 70 + [True] * 30))
    (found,) = drifts.found()
    assert found.values == [90, 210]
    assert found.to_json()["values"][1] == {"value": "false", "rows": 210, "trained": 0.2}
    assert len(found.unlike) == 2


def test_rare_values_and_free_texts_are_not_kept():
    many = column([f"text {row}" for row in range(500)] + ["x"] * 9, pa.string())
    assert seen("w", many).values == []
    words = column(["yes please"] * 300, pa.string())
    assert seen("w", words).values == ["yes please"]
    assert seen("w", words, free=True).values == []


@pytest.mark.parametrize(
    "odd",
    [{"values": ["a"], "counts": []}, {"values": ["a", "a"], "counts": [1, 1]}, {"values": ["a"], "counts": [11]}],
)
def test_counts_that_cannot_be_are_refused(odd: dict[str, list[object]]):
    with pytest.raises(ValidationError, match="contradict"):
        Seen.model_validate({"name": "kind", "rows": 10, **odd})


def test_blocks_count_as_the_whole():
    random = np.random.default_rng(0)
    known, rows = seen("x", column(random.normal(size=400))), random.normal(1, 2, 999)
    assert beside(known, rows) == beside(known, *np.array_split(rows, 13))


def test_dates_are_told_as_dates():
    days = np.arange("2020-01-01", "2021-01-01", dtype="datetime64[D]").astype("datetime64[us]")
    known = seen("day", column(days))
    drifts = Drifts.of([known])
    drifts.count("day", column(days + np.timedelta64(400, "D")))
    found = drifts.found()[0]
    assert found.unlike[0].startswith("366 of 366 values are above 2020-12-24")
    assert found.to_json()["low"] == "2020-01-08"


@pytest.mark.parametrize(
    "wrong",
    [
        {"rows": 3, "missing": 4},
        {"rows": 3, "low": 1.0},
        {"rows": 3, "low": 2.0, "high": 1.0},
        {"rows": 3, "low": float("nan"), "high": 1.0},
        {"rows": -1},
        {"rows": 10**13},
        {"rows": 3, "code": "x"},
    ],
)
def test_what_a_strangers_file_says_of_a_column_is_checked(wrong: dict[str, object]):
    with pytest.raises(ValidationError):
        Seen.model_validate({"name": "x", **wrong})


def test_any_finite_quantile_of_a_strangers_file_is_written():
    assert all(end.startswith(("-", "1")) for end in Seen(name="x", rows=9, low=-1e308, high=1e308, date=True).span)


def test_the_schema_keeps_what_the_train_rows_of_each_input_held(tmp_path: Path):
    table = tmp_path / "t.csv"
    lines = [f"{n * 7 % 101},{n % 3 or ''},{'ab'[n % 2]},{n * 2}" for n in range(300)]
    table.write_text("\n".join(["a,b,c,y", *lines]) + "\n", encoding="utf-8")
    config = validate({"data": {"name": str(table), "target": "y"}}, source="test")
    prepared = prepare(load(config.data, config.prepare), config)
    held = {one.name: one for one in prepared.schema.seen}
    assert list(held) == prepared.schema.inputs
    assert {one.rows for one in held.values()} == {len(prepared.train)}
    assert held["b"].missing > 0 == held["a"].missing
    assert held["a"].low is not None
    assert held["c"].low is None
    again = type(prepared.schema).model_validate(prepared.schema.model_dump(mode="json"))
    assert again == prepared.schema
    with pytest.raises(ValidationError, match="of its columns"):
        type(prepared.schema).model_validate({**prepared.schema.model_dump(), "seen": [{"name": "no", "rows": 1}]})
