"""What the sweep page looks like, as SVG files (see `snapshot.py`)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from snapshot import LOOKS, compare, pinned, svg
from sweep_page import make_sweep, play, see
from textual.pilot import Pilot

from nnlab.tui.sweep.screen import SweepScreen

HERE = Path(__file__).parent / "snapshots"


@pinned
@pytest.mark.parametrize("case", LOOKS)
def test_the_sweep_page_looks_as_in_the_picture(case: str, make_run: Callable[..., Path]):
    make_sweep(make_run)
    look, drawn = LOOKS[case], list[str]()

    async def script(screen: SweepScreen, pilot: Pilot[None]) -> None:
        look.wear(pilot)
        await pilot.press("down")
        await see(screen, pilot)
        drawn.append(svg(pilot))

    play(script, look.size, look.options)
    compare(drawn[0], HERE / f"{case}.svg")
