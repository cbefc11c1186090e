"""The help and the palette over a page."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from data_page import text
from textual.pilot import Pilot
from trainers import Trainers
from whole_session import play, settle

from nnlab.tui.lab.screen import LabScreen
from nnlab.tui.runs.screen import RunsScreen
from nnlab.tui.widgets.help import HelpScreen

MakeRun = Callable[..., Path]


def test_the_help_is_searched_by_typing_and_is_whole_again_next_time(trainers: Trainers):
    async def script(pilot: Pilot[Any]) -> None:
        await pilot.press("question_mark")
        await pilot.pause()
        assert "Another seed" in text(pilot.app.screen)
        await pilot.press(*"hidden")
        await pilot.pause()
        assert "One hidden layer more." in text(pilot.app.screen)
        assert "Another seed" not in text(pilot.app.screen)
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, LabScreen)
        await pilot.press("question_mark")
        await pilot.pause()
        assert "Another seed" in text(pilot.app.screen)

    play(trainers, script)


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
def test_every_line_of_the_help_can_be_reached(size: tuple[int, int], trainers: Trainers):
    async def script(pilot: Pilot[Any]) -> None:
        await pilot.press("question_mark")
        await pilot.pause()
        seen = text(pilot.app.screen)
        for _ in range(8):
            await pilot.press("pagedown")
            seen += text(pilot.app.screen)
        assert "Predict with a trained network." in seen or "network." in seen
        assert "Play, or pause" in seen

    play(trainers, script, size=size)


@pytest.mark.parametrize("key", ["escape", "question_mark", "f1", "ctrl+c"])
def test_the_help_goes_by_the_keys_that_lead_away(key: str, trainers: Trainers):
    async def script(pilot: Pilot[Any]) -> None:
        await pilot.press("question_mark")
        assert isinstance(pilot.app.screen, HelpScreen)
        await pilot.press(key)
        assert isinstance(pilot.app.screen, LabScreen)

    play(trainers, script)


def test_the_palette_has_short_names_with_keys_beside_them(trainers: Trainers, make_run: MakeRun):
    make_run("xor-1")

    async def script(pilot: Pilot[Any]) -> None:
        await pilot.press("colon", *"hidden")
        await pilot.pause(0.3)
        assert re.search(r"Add a hidden layer +\+ +One hidden layer more\.", text(pilot.app.screen))
        await pilot.press("escape", "colon", *"go to run")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, RunsScreen)

    play(trainers, script)
