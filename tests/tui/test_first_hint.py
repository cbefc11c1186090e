"""Who has never been here is told three lines, which go with the first key and never come back."""

import asyncio

from data_page import text
from textual.pilot import Pilot
from trainers import Trainers
from whole_session import makers, settle

from nnlab.tui.app import NnlabApp
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.themes import is_first_session, remember, remembered
from nnlab.tui.widgets.first_hint import FirstHint


def session(trainers: Trainers, size: tuple[int, int], keys: str, options: RenderOptions | None = None) -> list[str]:
    """What is seen at first, and after each key."""
    seen: list[str] = []

    async def run() -> None:
        app = NnlabApp(makers(trainers), options or RenderOptions(), welcome=is_first_session())
        async with app.run_test(size=size) as pilot:
            await look(pilot)
            for key in keys:
                await pilot.press(key)
                await look(pilot)

    async def look(pilot: Pilot[None]) -> None:
        await settle(pilot)
        seen.append(text(pilot.app.screen))

    asyncio.run(run())
    return seen


def test_it_goes_with_the_first_key_and_never_comes_back(trainers: Trainers):
    remember("nord")
    first, second, *_ = session(trainers, (80, 24), "?2")
    assert "welcome" in first
    assert "lists all keys" in first
    assert "any key hides this" not in second
    assert not is_first_session()
    assert remembered() == "nord"
    assert "welcome" not in session(trainers, (80, 24), "")[0]


def test_it_is_not_told_where_there_is_no_room(trainers: Trainers):
    small = (FirstHint.LEAST[0], FirstHint.LEAST[1] - 1)
    assert "welcome" not in session(trainers, small, "2")[0]
    assert is_first_session()


def test_it_is_ascii_alone_where_that_is_asked_for(trainers: Trainers):
    (seen,) = session(trainers, (100, 30), "", RenderOptions(colour=False, ascii=True))
    assert seen.isascii()
    assert "up/down choose a setting" in seen
