"""A question is answered by keys and by the mouse."""

import asyncio

import pytest
from textual.app import App
from textual.pilot import Pilot

from nnlab.tui.app import NnlabApp
from nnlab.tui.page import Page
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.widgets.question import Question


def answer(script: list[str] | tuple[int, int]) -> bool | None:
    """What comes of keys, or of a click at this place of the line of answers."""
    found: list[bool | None] = []

    async def run() -> None:
        app = NnlabApp({"page": Page}, RenderOptions())
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            app.push_screen(Question("Remove the run?"), found.append)
            await pilot.pause()
            await act(pilot)

    async def act(pilot: Pilot[None]) -> None:
        assert isinstance(pilot.app, App)
        if isinstance(script, list):
            await pilot.press(*script)
        else:
            await pilot.click("#answers" if script[0] >= 0 else None, offset=(abs(script[0]), script[1]))
        await pilot.pause()

    asyncio.run(run())
    return found[0]


@pytest.mark.parametrize(
    ("script", "yes"),
    [
        *[([key], True) for key in ("y", "enter")],
        *[([key], False) for key in ("n", "escape", "q", "ctrl+c")],
        ((1, 0), True),
        ((9, 0), False),
        ((-1, 1), False),
    ],
)
def test_a_question_is_answered(script: list[str] | tuple[int, int], yes: bool):
    assert answer(script) is yes
