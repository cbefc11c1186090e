"""The calls from Python: from a file to answers, without the command line."""

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from nnlab.engine import build_network, configure, evaluate, load_checkpoint, load_data, load_network, predict, train
from nnlab.engine.api import fit
from nnlab.engine.data.reading.rows import read_written
from nnlab.engine.errors import UsageError
from nnlab.engine.events import EpochEnded, RunFinished


@pytest.fixture
def houses(tmp_path: Path) -> str:
    draw = random.Random(1)
    rows = [(draw.uniform(30, 200), draw.choice(["Rom", "Oslo"])) for _ in range(120)]
    lines = [f"{size:.1f},{city},{size * 3000 + (city == 'Oslo') * 50000:.0f}" for size, city in rows]
    path = tmp_path / "houses.csv"
    path.write_text("\n".join(["size,city,price", *lines]) + "\n", encoding="utf-8")
    return str(path)


def test_from_a_file_to_answers(tmp_path: Path, houses: str):
    config = configure(houses, data={"target": "price"}, training={"epochs": 4})
    events = list(train(config, tmp_path / "run"))
    assert sum(isinstance(event, EpochEnded) for event in events) == 4
    assert isinstance(events[-1], RunFinished)
    best = tmp_path / "run" / "best.pt"
    assert evaluate(best).metrics["mae"] > 0
    assert evaluate(best, houses, "train[:50%]").rows == 40
    rows = [{"city": "Oslo", "size": 100}, {"size": "50.5", "city": "Rom"}]
    assert predict(best, rows)[1] == predict(best, rows[1:])[0]
    assert load_network(best)(load_network(load_checkpoint(best)).get_parameter("0.weight")[:1]).shape == (1, 1)


@pytest.fixture
def rooms(tmp_path: Path) -> Path:
    """A network whose rows are objects within objects."""
    rooms = [{"size": row % 5, "kind": "ab"[row % 2]} for row in range(40)]
    rows = [{"room": room, "rent": row / 3, "price": row % 7 / 2} for row, room in enumerate(rooms)]
    (tmp_path / "rooms.json").write_text(json.dumps(rows), encoding="utf-8")
    config = configure(str(tmp_path / "rooms.json"), data={"target": "price"}, training={"epochs": 1})
    list(train(config, tmp_path / "run"))
    return tmp_path / "run" / "best.pt"


def test_objects_within_rows_are_columns_as_in_json(rooms: Path):
    nested: list[dict[str, Any]] = [{"room": {"size": size, "kind": "a"}, "rent": 2.5} for size in (1, 3)]
    plain: list[dict[str, Any]] = [{"room.size": size, "room.kind": "a", "rent": 2.5} for size in (1, 3)]
    expected = pytest.approx(predict(rooms, plain), rel=1e-12)
    assert predict(rooms, nested) == expected
    assert predict(rooms, pd.DataFrame(nested)) == expected
    assert predict(rooms, pa.Table.from_pylist(nested)) == expected
    assert [predict(rooms, row)[0] for row in nested] == expected
    assert predict(rooms, [nested[0], plain[1]]) == expected
    with pytest.raises(UsageError, match=r"says 'room\.kind' twice"):
        predict(rooms, [{**nested[0], "room.kind": "b"}])


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_row_that_lacks_a_column_is_refused_alone_and_among_others(rooms: Path, place: int):
    whole: dict[str, Any] = {"room.size": 1, "room.kind": "a", "rent": 2.5}
    lacking: dict[str, Any] = {"room.size": 1, "room.kind": "a"}
    rows = [whole] * 3
    rows[place] = lacking
    with pytest.raises(UsageError, match="The table has no column 'rent'"):
        predict(rooms, [lacking])
    with pytest.raises(UsageError, match=f"The table, row {place + 1}, has no column 'rent'"):
        predict(rooms, rows)
    rows[place] = {**lacking, "rent": None}
    assert predict(rooms, rows)[place] == pytest.approx(predict(rooms, [rows[place]])[0], rel=1e-12)
    schema = load_checkpoint(rooms).schema
    written = [",".join(f"{name}={value}" for name, value in row.items()) for row in (whole, lacking)]
    for chosen in (written, written[::-1], written[1:]):
        with pytest.raises(UsageError, match="has no column 'rent'"):
            list(read_written(chosen, schema, lambda _: None))


def test_parts_by_themselves(houses: str):
    assert load_data("iris").classes == ("setosa", "versicolor", "virginica")
    assert load_data(houses, target="city").task == "binary"
    config = configure("iris", model={"hidden": [5]})
    assert sum(parameter.numel() for parameter in build_network(config).parameters()) == 4 * 5 + 5 + 5 * 3 + 3
    with pytest.raises(UsageError, match="hiden"):
        configure("iris", model={"hiden": [5]})


def test_importing_the_package_costs_nothing():
    code = "import sys, nnlab.engine; print(*(name for name in ('torch', 'pandas', 'sklearn') if name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({}, "Use target='y', or another of its columns: a, b, y."),
        ({"target": "y", "lr": -1}, "lr cannot be -1: it must be above 0."),
        ({"target": "y", "learning_rate": 0.1}, "There is no choice 'learning_rate': it is called 'lr' here."),
        ({"target": "y", "hidden_layer_sizes": (8,)}, "it is called 'hidden' here"),
        ({"target": "y", "optimizer": "adam", "momentum": 0.9}, "momentum has no effect on the optimizer 'adam'"),
        ({"target": 2}, "target cannot be 2: it must be a text."),
        ({"target": "y", "batch_size": 0}, "batch_size cannot be 0"),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_python(choices: dict[str, Any], said: str):
    frame = pd.DataFrame({"a": [1.5, 2.5, 3.0], "b": [2.0, 1.0, 4.0], "y": [3.0, 4.0, 1.0]})
    calls: list[Callable[[], object]] = [lambda: fit(frame, **choices), lambda: list(train(frame, **choices))]
    for call in calls:
        with pytest.raises(UsageError) as raised:
            call()
        assert said in str(raised.value)
        assert "--" not in str(raised.value)
