"""What the live screen looks like, as SVG files to look at: any change of them is seen in a review.

`NNLAB_SNAPSHOTS=write pytest tests/tui/live` writes them anew. They are those of the pinned Textual.
"""

import os
import re
from importlib import metadata
from pathlib import Path

import pytest
from scripted import begin, play, see
from textual.pilot import Pilot

from nnlab.engine.runs.folder import RunFolder
from nnlab.tui.live.screen import LiveScreen
from nnlab.tui.render.palette import Look

HERE = Path(__file__).parent / "snapshots"
PINS = (Path(__file__).parents[3] / "constraints.txt").read_text(encoding="utf-8").splitlines()
CASES = {
    "80x24": ((80, 24), Look()),
    "120x40": ((120, 40), Look()),
    "200x60": ((200, 60), Look()),
    "120x40-no-colour": ((120, 40), Look(colour=False)),
    "120x40-ascii": ((120, 40), Look(colour=False, ascii=True)),
}


@pytest.mark.skipif(f"textual=={metadata.version('textual')}" not in PINS, reason="pictures are of the pinned textual")
@pytest.mark.parametrize("case", CASES)
def test_the_screen_looks_as_in_the_picture(folder: RunFolder, case: str):
    begin(folder)
    size, look = CASES[case]
    drawn: list[str] = []

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        await see(screen, pilot)
        svg = pilot.app.export_screenshot(title="nnlab", simplify=True)
        drawn.append(re.sub(r"terminal-\d+", "terminal", svg))

    play(folder, script, size, look)
    picture = HERE / f"{case}.svg"
    if os.environ.get("NNLAB_SNAPSHOTS") == "write":
        HERE.mkdir(exist_ok=True)
        picture.write_text(drawn[0], encoding="utf-8")
    assert drawn[0] == picture.read_text(encoding="utf-8")
