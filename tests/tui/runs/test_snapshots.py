"""What the runs page looks like, as SVG files (see `snapshot.py`)."""

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from runs_page import MakeRun, play, see
from snapshot import LOOKS, compare, pinned, svg
from textual.pilot import Pilot

from nnlab.tui.runs.screen import RunsScreen

HERE = Path(__file__).parent / "snapshots"
RUNS: dict[str, dict[str, Any]] = {
    "xor-1": {"lr": 0.25},
    "xor-2": {"lr": 0.01, "accuracies": [0.4, 0.5, 0.55, 0.7], "stopped": "interrupt"},
    "spiral-1": {"data": "spiral", "accuracies": [0.3, 0.2], "stopped": "diverged"},
    "moons-1": {"data": "moons", "accuracies": [0.6], "stopped": None},
}


def as_named(path: Path | str, **_: object) -> str:
    """In place of `os.path.realpath`: the path as it was named, so that a relative one stays so."""
    return os.fspath(path)


@pytest.fixture
def runs(make_run: MakeRun, own_world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four runs, a minute apart, in a folder that is shown by the same path in every test."""
    for minute, (name, run) in enumerate(RUNS.items()):
        at = datetime(2026, 3, 14, 15, minute).timestamp()
        os.utime(make_run(name, **run) / "events.jsonl", (at, at))
    monkeypatch.chdir(own_world.parent)
    monkeypatch.setenv("NNLAB_RUNS", own_world.name)
    monkeypatch.setattr("os.path.realpath", as_named)


@pinned
@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("case", LOOKS)
def test_the_runs_page_looks_as_in_the_picture(case: str):
    look, drawn = LOOKS[case], list[str]()

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        look.wear(pilot)
        await pilot.press("end", "space", "up", "space")
        await see(screen, pilot)
        drawn.append(svg(pilot))

    play(script, look.size, look.options)
    compare(drawn[0], HERE / f"{case}.svg")


@pinned
@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("case", LOOKS)
def test_an_evaluation_looks_as_in_the_picture(case: str):
    look, drawn = LOOKS[case], list[str]()

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        look.wear(pilot)
        await pilot.press("end", "E")
        await see(screen, pilot)
        drawn.append(svg(pilot))

    play(script, look.size, look.options)
    compare(drawn[0], HERE / f"evaluation-{case}.svg")
