"""An input says what may be typed, and cuts nothing of that without a sign."""

import asyncio
import re
from pathlib import Path

from textual.app import App, ComposeResult

from nnlab import tui
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.widgets.value import HintedInput

HINT = "data:xor lr<0.01 state:running"


class Asks(App[None]):
    """One input."""

    def __init__(self, *, ascii: bool) -> None:
        super().__init__()
        self.options = RenderOptions(ascii=ascii)

    def compose(self) -> ComposeResult:
        yield HintedInput(HINT)


def test_a_hint_is_cut_with_an_ellipsis_and_is_whole_again_where_there_is_room():
    async def said(*, ascii: bool) -> list[str]:
        app = Asks(ascii=ascii)
        async with app.run_test(size=(20, 5)) as pilot:
            asks = app.query_one(HintedInput)
            narrow, room = asks.placeholder, asks.content_size.width
            await pilot.resize_terminal(80, 5)
            await pilot.pause()
            assert len(narrow) == room
            return [str(narrow)[-1], str(asks.placeholder)]

    assert asyncio.run(said(ascii=False)) == ["…", HINT]
    assert asyncio.run(said(ascii=True)) == ["~", HINT]


def test_no_screen_has_an_input_whose_long_hint_could_be_cut():
    for path in Path(tui.__file__).parent.rglob("*.py"):
        for hint in re.findall(r'Input\(placeholder="([^"]*)"', path.read_text(encoding="utf-8")):
            assert len(hint) < 20, path
