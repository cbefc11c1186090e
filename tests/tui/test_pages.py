"""What a page looks like does not depend on the pages that were seen before it."""

from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from textual.geometry import Region
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from trainers import Trainers
from whole_session import play, settle

from nnlab.tui.actions import PAGES
from nnlab.tui.data.picker import Picker
from nnlab.tui.data.screen import DataScreen
from nnlab.tui.lab.pair_screen import PairScreen
from nnlab.tui.lab.screen import LabScreen
from nnlab.tui.live.screen import LiveScreen
from nnlab.tui.predict.screen import PredictScreen
from nnlab.tui.runs.screen import RunsScreen
from nnlab.tui.widgets.help import HelpScreen
from nnlab.tui.widgets.question import Question

MakeRun = Callable[..., Path]
SIZES = [(80, 24), (120, 40), (200, 60)]
KEYS: dict[str, tuple[str, ...]] = {page: (str(number),) for number, page in enumerate(PAGES, start=1)}
KEYS["live"] = ("2", "enter")
SCREENS = (LabScreen, PairScreen, RunsScreen, DataScreen, PredictScreen, LiveScreen, HelpScreen, Question, Picker)


def places(pilot: Pilot[Any]) -> dict[str, Region]:
    """Where each of the page's widgets is that is seen."""
    seen = [one for one in pilot.app.screen.query(Widget) if one.id and one.is_on_screen and one.region]
    return {one.id or "": one.region for one in seen}


async def go(pilot: Pilot[Any], page: str) -> dict[str, Region]:
    """Change to a page; where everything is on it."""
    if isinstance(pilot.app.screen, LiveScreen):
        await pilot.press("q")
        await settle(pilot)
    for key in KEYS[page]:
        await pilot.press(key)
        await settle(pilot)
    return places(pilot)


@pytest.mark.parametrize("size", SIZES)
def test_every_page_looks_the_same_after_every_other(size: tuple[int, int], trainers: Trainers, make_run: MakeRun):
    make_run("xor-1")
    alone: dict[str, dict[str, Region]] = {}
    for page in KEYS:

        async def first(pilot: Pilot[Any], page: str = page) -> None:
            alone[page] = await go(pilot, page)

        play(trainers, first, size=size)

    async def every_pair(pilot: Pilot[Any]) -> None:
        for before, after in permutations(KEYS, 2):
            await go(pilot, before)
            assert await go(pilot, after) == alone[after], f"{after} after {before}"

    play(trainers, every_pair, size=size)


@pytest.mark.parametrize("screen", SCREENS)
def test_the_styles_of_a_screen_name_it_first(screen: type[Screen[Any]]):
    assert screen.CSS
    assert screen.CSS_PATH is None
    depth, heads = 0, ""
    for char in screen.CSS:
        heads += char if not depth else ""
        depth += {"{": 1, "}": -1}.get(char, 0)
    assert heads.split() == [screen.__name__, "{"]
