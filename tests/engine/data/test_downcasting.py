"""Large tables lose half of their memory and nothing that a network sees."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch

from nnlab.engine.config import DataConfig, PrepareConfig
from nnlab.engine.data import downcasting
from nnlab.engine.data.downcasting import downcast
from nnlab.engine.data.prepare import select
from nnlab.engine.data.sources import load_like
from nnlab.engine.resolve import resolve
from nnlab.engine.training.session import begin

ROWS = 200
DATA, PREPARE = DataConfig(name="rows.csv"), PrepareConfig()


@pytest.fixture
def all_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downcasting, "LARGE", 0)


def table(**columns: object) -> pa.Table:
    return pa.table({name: pa.array(values) for name, values in columns.items()})


@pytest.mark.usefixtures("all_are_large")
@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([0.1, 0.25, -3.5], pa.float32()),
        ([0.1, None, -3.5], pa.float32()),
        ([1e9 + 0.1, 1e9 + 0.25, 1e9 - 3.5], pa.float64()),
        ([1e300, -1e300, 0.0], pa.float64()),
        ([0.1, float("nan"), 1.0], pa.float64()),
        ([1e-50, 2e-50, 3e-50], pa.float64()),
        ([2**31 - 1, -(2**31), None], pa.int32()),
        ([2**31, 0, 1], pa.int64()),
        (["a", "b", None], pa.string()),
        ([True, False, None], pa.bool_()),
    ],
)
def test_numbers_take_four_bytes_where_nothing_is_lost(values: list[object], kind: pa.DataType) -> None:
    found = downcast(table(x=values), DATA, PREPARE)
    assert found.column("x").type == kind
    if kind == pa.float32():
        assert found.column("x").to_pylist() == [v if v is None else pytest.approx(v, rel=1e-7) for v in values]
    else:
        assert str(found.column("x").to_pylist()) == str(values)


@pytest.mark.usefixtures("all_are_large")
@pytest.mark.parametrize("kind", [pa.float64(), pa.int64()])
def test_a_column_without_a_value_stays_as_it_is(kind: pa.DataType) -> None:
    assert downcast(table(x=pa.nulls(3, kind)), DATA, PREPARE).column("x").type == kind


@pytest.mark.usefixtures("all_are_large")
def test_parts_are_joined_and_columns_keep_their_order() -> None:
    whole = pa.concat_tables([table(b=[0.5, 1.5], a=["x", "y"]), table(b=[2.5], a=["z"])])
    found = downcast(whole, DATA, PREPARE)
    assert found.column_names == ["b", "a"]
    assert found.column("b").num_chunks == 1
    assert found.to_pylist() == whole.to_pylist()


def test_a_small_table_is_left_alone() -> None:
    small = table(x=[0.1, 0.2])
    assert downcast(small, DATA, PREPARE) is small


def test_a_network_sees_the_same_of_a_large_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(1)
    x, y = draw.normal(3, 1, ROWS), draw.integers(0, 1000, ROWS)
    file = tmp_path / "rows.csv"
    rows = (f"{a!r},{b},{'yes' if a > 3 else 'no'}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
    file.write_text("\n".join(["x,y,answer", *rows]), encoding="utf-8")
    config = resolve(str(file), flags={"data": {"target": "answer"}})
    small = begin(config).prepared.train.x[:]
    monkeypatch.setattr(downcasting, "LARGE", 0)
    large = begin(config).prepared.train.x[:]
    assert np.allclose(small.numpy(), large.numpy(), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    "flags",
    [
        {"data": {"target": "y", "task": "binary"}},
        {"data": {"target": "answer", "kinds": {"y": "category"}}},
        {"data": {"target": "answer", "kinds": {"when": "date"}}},
        {"data": {"target": "answer", "features": ["x", "sin(far)", "when*far", "far^2"]}},
        {"data": {"target": "answer", "group": "id"}},
        {"data": {"target": "answer", "time": "far"}},
        {"data": {"target": "answer"}, "prepare": {"scale": "robust"}},
        {"data": {"target": "answer"}, "prepare": {"scales": {"burst": "quantile", "far": "log"}}},
        {"data": {"target": "answer"}, "prepare": {"bucketize": {"burst": [1.6e9 + 20, 1.6e9 + 30]}}},
        {"data": {"target": "answer"}, "prepare": {"one_hot": {"y": []}}},
        {"data": {"target": "answer"}, "prepare": {"embed": {"id": 3}}},
    ],
    ids=str,
)
def test_what_is_more_than_a_plain_number_has_all_of_its_digits(
    flags: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = np.random.default_rng(1)
    columns = {
        "x": draw.normal(3, 1, ROWS),
        "far": draw.uniform(0, 1e8, ROWS),
        "burst": np.where(draw.random(ROWS) < 0.1, 0, 1.6e9 + 50 * draw.random(ROWS)),
        "when": 1_600_000_000 + draw.integers(0, 10**7, ROWS),
        "id": 20_000_001.0 + draw.integers(0, 9, ROWS),
        "y": draw.choice([0.123456789, 0.987654321], ROWS),
        "answer": draw.choice(["yes", "no"], ROWS),
    }
    file = tmp_path / "rows.csv"
    rows = (",".join(map(str, row)) for row in zip(*(column.tolist() for column in columns.values()), strict=True))
    file.write_text("\n".join([",".join(columns), *rows]), encoding="utf-8")
    config = resolve(str(file), flags=flags)
    small = begin(config).prepared
    monkeypatch.setattr(downcasting, "LARGE", 0)
    large = begin(config).prepared
    assert large.schema.classes == small.schema.classes
    assert torch.equal(large.train.y, small.train.y)
    assert np.allclose(small.train.x[:].numpy(), large.train.x[:].numpy(), rtol=0, atol=1e-5)
    again = load_like(config.data, large.schema)
    whole, expected = (select(again, each, np.arange(ROWS)).x[:] for each in (large.schema, small.schema))
    assert np.allclose(whole.numpy(), expected.numpy(), rtol=0, atol=1e-5)
