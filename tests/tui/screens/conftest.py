"""What the tests of all screens share: a clock that lets panes draw whatever is new."""

import itertools

import pytest

from nnlab.tui.widgets import pane


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour goes by whenever a pane looks at the clock, so that it never waits to draw the news."""
    monkeypatch.setattr(pane, "monotonic", itertools.count(step=3600.0).__next__)
    monkeypatch.setattr(pane, "SHARE", float("inf"))
