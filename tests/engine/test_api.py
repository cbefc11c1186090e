"""The calls from Python: from a file to answers, without the command line."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from nnlab.engine import build_network, configure, evaluate, load_checkpoint, load_data, load_network, predict, train
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
