"""A walk through all pages at random: nothing breaks, nothing lies over something else, nothing sticks out."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.pilot import Pilot
from textual.widget import Widget
from trainers import Trainers
from whole_session import play

from nnlab.tui.actions import DATA, EVERYWHERE, LIVE, PREDICT, RUNS, SESSION
from nnlab.tui.data.data_list import DataList
from nnlab.tui.lab.actions import LAB, PAIR
from nnlab.tui.lab.pair_screen import PairScreen
from nnlab.tui.live.screen import LiveScreen
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.runs.run_table import RunTable
from nnlab.tui.widgets.pane import Pane

MakeRun = Callable[..., Path]
LOOKS = [RenderOptions(), RenderOptions(sixteen=True), RenderOptions(colour=False), RenderOptions(False, ascii=True)]
SIZES = [(60, 16), (80, 24), (100, 30), (120, 40), (160, 36), (200, 60), (40, 10)]
DRAWN: tuple[type[Widget], ...] = (Pane, RunTable, DataList)
LEAVING = {"q", "ctrl+c"}  # the session would be over
TABLES = (*EVERYWHERE, *SESSION, *LAB, *PAIR, *RUNS, *DATA, *PREDICT, *LIVE)
KEYS = [*sorted({key for action in TABLES for key in action.keys.split(",")} - LEAVING), "escape", "0", "a", "b"]
STEPS = st.one_of(*[st.sampled_from(KEYS)] * 8, st.sampled_from("1234"), st.sampled_from(SIZES), st.just("q"))
PAGES = int(os.environ.get("NNLAB_WALKS", "2"))


def wrong(pilot: Pilot[Any]) -> list[str]:
    """Parts of the screen that lie over each other or beyond their parent."""
    found: list[str] = []
    parents = {one.parent for kind in DRAWN for one in pilot.app.screen.query(kind) if one.is_on_screen}
    for parent in parents:
        assert isinstance(parent, Widget)
        shown = [one for one in parent.children if one.display and one.region and one.layer == parent.layer]
        for place, one in enumerate(shown):
            if one.region not in parent.region:
                found.append(f"{one!r} at {one.region} is beyond {parent!r} at {parent.region}")
            overlapped = [other for other in shown[place + 1 :] if other.region.overlaps(one.region)]
            found += [f"{one!r} at {one.region} lies over {other!r} at {other.region}" for other in overlapped]
    return found


async def take(pilot: Pilot[Any], step: str | tuple[int, int]) -> None:
    if isinstance(step, tuple):
        await pilot.resize_terminal(*step)
    elif step != "q" or isinstance(pilot.app.screen, LiveScreen | PairScreen):
        await pilot.press(step)
    await pilot.pause()


@pytest.mark.long
@settings(
    max_examples=PAGES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.large_base_example,
        HealthCheck.data_too_large,
    ],
)
@given(steps=st.lists(STEPS, min_size=250, max_size=500), look=st.sampled_from(LOOKS))
def test_a_random_walk_meets_nothing_broken(
    steps: list[str | tuple[int, int]], look: RenderOptions, trainers: Trainers, make_run: MakeRun, own_world: Path
):
    for name in ("xor-1", "spiral-2", "xor-3"):
        if not (own_world / name).exists():
            make_run(name)

    async def script(pilot: Pilot[Any]) -> None:
        for number, step in enumerate(steps):
            await take(pilot, step)
            assert wrong(pilot) == [], f"after {steps[: number + 1][-10:]}, step {number}"

    play(trainers, script, size=(120, 40), options=look)
