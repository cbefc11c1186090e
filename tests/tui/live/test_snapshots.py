"""What the live screen looks like, as SVG files (see `snapshot.py`)."""

from pathlib import Path

import pytest
from scripted import begin, play, see
from snapshot import SIZES, compare, pinned, svg
from textual.pilot import Pilot

from nnlab.engine.runs.folder import RunFolder
from nnlab.tui.live.screen import LiveScreen
from nnlab.tui.render.palette import RenderOptions

HERE = Path(__file__).parent / "snapshots"
CASES = {
    **{name: (size, RenderOptions()) for name, size in SIZES.items()},
    "120x40-no-colour": ((120, 40), RenderOptions(colour=False)),
    "120x40-ascii": ((120, 40), RenderOptions(colour=False, ascii=True)),
}


@pinned
@pytest.mark.parametrize("case", CASES)
def test_the_screen_looks_as_in_the_picture(folder: RunFolder, case: str):
    begin(folder)
    size, options = CASES[case]
    drawn: list[str] = []

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        await see(screen, pilot)
        drawn.append(svg(pilot))

    play(folder, script, size, options)
    compare(drawn[0], HERE / f"{case}.svg")
