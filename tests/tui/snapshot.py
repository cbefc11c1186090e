"""Pictures of screens, as SVG files to look at: any change of what a screen looks like is seen in a review.

`NNLAB_SNAPSHOTS=write pytest tests/tui -k looks_as_in_the_picture` writes them anew. They are those of the pinned
Textual.
"""

import os
import re
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import pytest
from textual.pilot import Pilot

from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.themes import LIGHT, NNLAB

PINS = (Path(__file__).parents[2] / "constraints.txt").read_text(encoding="utf-8").splitlines()
PLAIN = RenderOptions()
SIZES = {"80x24": (80, 24), "120x40": (120, 40), "200x60": (200, 60)}


@dataclass(frozen=True)
class Look:
    """How a page is drawn: its size, with which colours and characters, in which theme."""

    size: tuple[int, int] = SIZES["120x40"]
    options: RenderOptions = PLAIN
    theme: str = NNLAB.name

    def wear(self, pilot: Pilot[None]) -> None:
        """Draw with this theme from now on."""
        if self.options.colour:
            pilot.app.theme = self.theme


LOOKS = {
    **{name: Look(size) for name, size in SIZES.items()},
    "120x40-light": Look(theme=LIGHT.name),
    "120x40-16-colours": Look(options=RenderOptions(sixteen=True), theme="ansi-dark"),
    "120x40-no-colour": Look(options=RenderOptions(colour=False)),
    "120x40-ascii": Look(options=RenderOptions(colour=False, ascii=True)),
}

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
