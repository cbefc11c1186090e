"""What the predict page looks like, as SVG files (see `snapshot.py`)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from snapshot import SIZES, compare, pinned, svg

from nnlab.tui.predict.screen import PredictScreen

HERE = Path(__file__).parent / "snapshots"
DRAWN = ("space", *["right"] * 6, *["down"] * 8, *["left"] * 3)
CASES = {
    **{f"map-{name}": ("flat", size, ("up", "right", "right")) for name, size in SIZES.items()},
    "form-120x40": ("houses", SIZES["120x40"], ("down", "right")),
    "pad-120x40": ("digits", SIZES["120x40"], DRAWN),
}


@pinned
@pytest.mark.parametrize("case", CASES)
def test_the_predict_page_looks_as_in_the_picture(play: Callable[..., PredictScreen], case: str):
    network, size, keys = CASES[case]
    drawn: list[str] = []

    async def script(page: Any) -> None:
        await page.pilot.press(*keys)
        await page.see()
        drawn.append(svg(page.pilot))

    play(network, script, size)
    compare(drawn[0], HERE / f"{case}.svg")
