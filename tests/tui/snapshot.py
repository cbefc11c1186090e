"""Pictures of screens, as SVG files to look at: any change of what a screen looks like is seen in a review.

`NNLAB_SNAPSHOTS=write pytest tests/tui -k looks_as_in_the_picture` writes them anew. They are those of the pinned
Textual.
"""

import os
import re
from importlib import metadata
from pathlib import Path

import pytest
from textual.pilot import Pilot

from nnlab.tui.render.palette import RenderOptions

PINS = (Path(__file__).parents[2] / "constraints.txt").read_text(encoding="utf-8").splitlines()
SIZES = {"80x24": (80, 24), "120x40": (120, 40), "200x60": (200, 60)}
LOOK = RenderOptions()

pinned = pytest.mark.skipif(
    f"textual=={metadata.version('textual')}" not in PINS, reason="pictures are of the pinned textual"
)


def svg(pilot: Pilot[None]) -> str:
    """What is on the screen, the same text whenever the same is shown."""
    return re.sub(r"terminal-\d+", "terminal", pilot.app.export_screenshot(title="nnlab", simplify=True))


def compare(drawn: str, picture: Path) -> None:
    """Fail unless the picture is what was drawn; write it first where that is asked for."""
    if os.environ.get("NNLAB_SNAPSHOTS") == "write":
        picture.parent.mkdir(exist_ok=True)
        picture.write_text(drawn, encoding="utf-8")
    assert drawn == picture.read_text(encoding="utf-8")
