"""What the tests of the live screen share lies beside them, in `scripted.py`."""

import itertools
import sys
from pathlib import Path

import pytest

from nnlab.engine.runs import RunFolder
from nnlab.tui.widgets import pane

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path / "xor-1")
    folder.path.mkdir()
    return folder


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour goes by whenever a pane looks at the clock, so that it never waits to draw the news."""
    monkeypatch.setattr(pane, "monotonic", itertools.count(step=3600.0).__next__)
    monkeypatch.setattr(pane, "SHARE", float("inf"))
