"""What the live screen looks like, as SVG files (see `snapshot.py`)."""

from pathlib import Path

import pytest
from scripted import begin, play, see
from snapshot import LOOKS, compare, pinned, svg
from textual.pilot import Pilot

from nnlab.engine.runs.folder import RunFolder
from nnlab.tui.live.screen import LiveScreen

HERE = Path(__file__).parent / "snapshots"


@pinned
@pytest.mark.parametrize("case", LOOKS)
def test_the_screen_looks_as_in_the_picture(folder: RunFolder, case: str):
    begin(folder)
    look = LOOKS[case]
    drawn: list[str] = []

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        look.wear(pilot)
        await see(screen, pilot)
        drawn.append(svg(pilot))

    play(folder, script, look.size, look.options)
    compare(drawn[0], HERE / f"{case}.svg")
