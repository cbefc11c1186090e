"""What the predict page looks like, as SVG files (see `snapshot.py`)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from snapshot import LOOKS, Look, compare, pinned, svg

from nnlab.tui.predict.screen import PredictScreen

HERE = Path(__file__).parent / "snapshots"
DRAWN = ("space", *["right"] * 6, *["down"] * 8, *["left"] * 3)
CASES = {
    **{f"map-{name}": ("flat", look, ("up", "right", "right")) for name, look in LOOKS.items()},
    "form-120x40": ("houses", Look(), ("down", "right")),
    "pad-120x40": ("digits", Look(), DRAWN),
    "set-120x40": ("ward", Look(), ("down", "down", "enter", *"Rom", "escape")),
    "interval-80x24": ("flats", Look((80, 24)), ()),
}


@pinned
@pytest.mark.parametrize("case", CASES)
def test_the_predict_page_looks_as_in_the_picture(play: Callable[..., PredictScreen], case: str):
    network, look, keys = CASES[case]
    drawn: list[str] = []

    async def script(page: Any) -> None:
        look.wear(page.pilot)
        await page.pilot.press(*keys)
        await page.see()
        drawn.append(svg(page.pilot))

    play(network, script, look.size, look.options)
    compare(drawn[0], HERE / f"{case}.svg")
