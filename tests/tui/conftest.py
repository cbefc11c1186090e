"""What tests of the screens share: a clock that lets panes draw whatever is new, a table to look at."""

import itertools
import sys
from pathlib import Path

import pytest

from nnlab.tui import page
from nnlab.tui.widgets import pane

sys.path.insert(0, str(Path(__file__).parent))  # for what lies beside the tests, as `chosen.py`

from trainers import Trainers


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour goes by whenever a pane looks at the clock, so that it never waits to draw the news."""
    monkeypatch.setattr(pane, "monotonic", itertools.count(step=3600.0).__next__)
    monkeypatch.setattr(pane, "SHARE", float("inf"))
    monkeypatch.setattr(page, "LONGEST", 0.0)


@pytest.fixture
def trainers(tmp_path: Path, own_world: Path) -> Trainers:
    """Trainers whose part the test plays."""
    return Trainers(tmp_path, own_world)


@pytest.fixture
def houses(tmp_path: Path) -> str:
    """A table of a hundred rows."""
    lines = ["area,town,note,price"]
    lines += [f"{row}.5,{'Wien' if row % 2 else 'Bern'},house {row} is old,{row * 1000}" for row in range(1, 101)]
    file = tmp_path / "houses.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    return str(file)
