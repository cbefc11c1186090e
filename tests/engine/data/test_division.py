"""Tables divided once: every row in one part, the same by the same seed, and as asked."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlab.engine.config import DataConfig
from nnlab.engine.data.division import Division, divide_table, write_division
from nnlab.engine.data.reading.tables import read
from nnlab.engine.data.splits import Keys, cut, divide, hold_out
from nnlab.engine.errors import UsageError

DAYS = [f"2024-{1 + day % 12:02}-{1 + day % 28:02}" for day in range(200)]
TABLE = pa.table(
    {
        "x": list(range(200)),
        "who": [f"p{row % 17}" for row in range(200)],
        "day": DAYS,
        "kind": ["rare" if row % 10 == 0 else "usual" for row in range(200)],
        "same": ["a"] * 200,
        "two": ["a", "b"] * 100,
        "today": ["2024-01-05"] * 200,
        "one": [7] * 200,
    }
)


@given(st.integers(0, 1000), st.sampled_from([None, "kind"]), st.sampled_from([None, "who"]))
def test_every_row_is_in_one_part_and_the_seed_decides(seed: int, stratify: str | None, group: str | None):
    division = Division(seed=seed, stratify=stratify, group=group)
    parts = divide_table(TABLE, division)
    assert sorted(np.concatenate(list(parts.values())).tolist()) == list(range(200))
    again = divide_table(TABLE, division)
    assert all(np.array_equal(parts[name], again[name]) for name in parts)


def test_classes_keep_their_shares():
    parts = divide_table(TABLE, Division(stratify="kind"))
    kinds = np.array(TABLE["kind"].to_pylist())
    assert [(kinds[rows] == "rare").mean() for rows in parts.values()] == pytest.approx([0.1] * 3, abs=0.02)


def test_groups_stay_together():
    parts = divide_table(TABLE, Division(group="who"))
    who = np.array(TABLE["who"].to_pylist())
    people = [set(who[rows].tolist()) for rows in parts.values()]
    assert all(people)
    assert sum(map(len, people)) == len(set.union(*people)) == 17


def test_the_latest_rows_are_test():
    parts = divide_table(TABLE, Division(time="day"))
    day = np.array(DAYS, dtype="datetime64[D]")
    assert day[parts["train"]].max() <= day[parts["valid"]].min()
    assert day[parts["valid"]].max() <= day[parts["test"]].min()
    assert len(parts["test"]) == 40


@pytest.mark.parametrize(
    ("division", "said"),
    [
        (Division(group="wh"), "no column 'wh': did you mean 'who'"),
        (Division(group="same"), r"'same' has one value in every row.*: name another --group\."),
        (Division(group="two"), r"'two' has 2 groups, and train, validation and test rows need one each: name another"),
        (Division(time="today"), r"'today' has one value, '2024-01-05': rows cannot be ordered by it\."),
        (Division(time="one"), r"'one' has one value, '7': rows cannot be ordered by it\."),
        (Division(time="who"), "holds no dates and no numbers"),
        (Division(time="x", group="who"), "by group or by time, not by both"),
    ],
)
def test_what_cannot_divide_is_said(division: Division, said: str):
    with pytest.raises(UsageError, match=said):
        divide_table(TABLE, division)


@pytest.mark.parametrize("parquet", [False, True])
def test_parts_are_files_that_read_back(tmp_path: Path, parquet: bool):
    parts = divide_table(TABLE, Division())
    paths = write_division(TABLE, parts, tmp_path / "split", parquet=parquet)
    assert [read(str(path))["x"].to_pylist() for path in paths] == [rows.tolist() for rows in parts.values()]
    with pytest.raises(UsageError, match="exists: choose another folder"):
        write_division(TABLE, parts, tmp_path / "split", parquet=parquet)


def test_one_group_that_is_left_is_no_lack_of_values():
    groups = Keys(groups=np.array([0, 1] * 50), grouped_by="site")
    with pytest.raises(UsageError, match=r"'site' has 2 groups, .* use --valid-split none or --test-split none, or"):
        divide({"train": np.arange(100)}, DataConfig(), groups)
    one = Keys(groups=np.zeros(100, dtype=np.int64), grouped_by="site")
    with pytest.raises(UsageError, match="'site' has one value"):
        divide({"train": np.arange(100)}, DataConfig(), one)
    with pytest.raises(UsageError, match="there is 1 group\\."):
        hold_out(np.arange(100), 2, 1, 0, one)
    with pytest.raises(UsageError, match="there are 2 groups\\."):
        hold_out(np.arange(100), 3, 1, 0, groups)
    with pytest.raises(UsageError, match=r"^1 row is too few"):
        cut(np.arange(1), 0.5, 1)


ORDERLESS: dict[str, list[object]] = {
    "names, each of them once": [f"car {row}" for row in range(60)],
    "numbers with units": [f"{row} kg" for row in range(60)],
    "texts": [f"this is the text number {row}" for row in range(60)],
    "categories": ["a", "b", "c"] * 20,
    "codes": [f"{row:03}" for row in range(60)],
    "nothing": [None] * 60,
    "lists": [[row] for row in range(60)],
    "bytes": [bytes([row]) for row in range(60)],
}


@pytest.mark.parametrize("case", ORDERLESS)
def test_rows_are_ordered_by_no_column_without_an_order(case: str) -> None:
    table = pa.table({"x": ORDERLESS[case], "y": list(range(60))})
    with pytest.raises(UsageError, match="holds no dates and no numbers: rows cannot be ordered by it"):
        divide_table(table, Division(time="x"))
