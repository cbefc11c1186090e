"""What the data page looks like, as SVG files (see `snapshot.py`)."""

from pathlib import Path

import pytest
from data_page import play, see
from snapshot import LOOKS, Look, compare, pinned, svg
from textual.pilot import Pilot

from nnlab.tui.data.screen import DataScreen

HERE = Path(__file__).parent / "snapshots"
CASES = {
    **{name: ("auto-mpg", look) for name, look in LOOKS.items()},
    "120x40-images": ("digits", Look()),
}


@pinned
@pytest.mark.parametrize("case", CASES)
def test_the_data_page_looks_as_in_the_picture(case: str):
    name, look = CASES[case]
    drawn: list[str] = []

    async def script(screen: DataScreen, pilot: Pilot[None]) -> None:
        look.wear(pilot)
        await pilot.press("down", "down", "right")
        await see(screen, pilot)
        drawn.append(svg(pilot))

    play(name, script, look.size, look.options)
    compare(drawn[0], HERE / f"{case}.svg")
