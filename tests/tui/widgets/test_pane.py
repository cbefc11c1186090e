"""Panes draw news rarely, what their user changes at once, and only the lines that are other ones."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region

from nnlab.tui.render.blocks import Lines, words
from nnlab.tui.widgets import pane as panes
from nnlab.tui.widgets.pane import Pane


@pytest.fixture(autouse=True)
def clock() -> None:
    """The clock as it is, unless a test turns it."""


class Shown(App[None]):
    """One pane that shows three words, and counts how often it drew and which lines it sent."""

    def __init__(self) -> None:
        super().__init__()
        self.texts, self.view, self.draws, self.sent = ["a", "b", "c"], 0, 0, list[Region]()

    def compose(self) -> ComposeResult:
        self.pane = Pane("words", self.draw, lambda: self.view, lambda: tuple(self.texts), interval=1.0, id="words")
        yield self.pane

    def draw(self, _width: int, _height: int) -> Lines:
        self.draws += 1
        return [words(text) for text in self.texts]


def play(monkeypatch: pytest.MonkeyPatch, script: Callable[[Shown, list[float]], Awaitable[None]]) -> None:
    """Run a script against a pane that has been drawn once, with a clock that the script sets."""
    now = [100.0]
    monkeypatch.setattr(panes, "monotonic", lambda: now[0])

    async def run() -> None:
        app = Shown()
        async with app.run_test(size=(20, 8)) as pilot:
            await pilot.pause()
            refresh = app.pane.refresh

            def noted(*regions: Region) -> None:
                app.sent += regions
                refresh(*regions)

            monkeypatch.setattr(app.pane, "refresh", noted)
            app.draws = 0
            await script(app, now)

    asyncio.run(run())


def test_news_wait_until_it_is_time_and_only_their_lines_are_sent(monkeypatch: pytest.MonkeyPatch):
    async def script(app: Shown, now: list[float]) -> None:
        app.texts[1] = "B"
        app.pane.tick()
        assert (app.draws, app.sent) == (0, [])
        now[0] += 1.1
        app.pane.tick()
        assert (app.draws, app.sent) == (1, [Region(0, 1, app.pane.content_size.width, 1)])
        now[0] += 1.1
        app.pane.tick()
        assert app.draws == 1

    play(monkeypatch, script)


def test_another_view_does_not_wait(monkeypatch: pytest.MonkeyPatch):
    async def script(app: Shown, _now: list[float]) -> None:
        app.texts, app.view = ["c"], 1
        app.pane.tick()
        assert app.draws == 1
        assert [region.y for region in app.sent] == [0, 1, 2]  # those that are gone are wiped

    play(monkeypatch, script)


def test_what_takes_long_to_draw_is_drawn_the_more_rarely(monkeypatch: pytest.MonkeyPatch):
    async def script(app: Shown, now: list[float]) -> None:
        def slow(_width: int, _height: int) -> Lines:
            app.draws += 1
            now[0] += 0.2
            return []

        monkeypatch.setattr(app.pane, "_draw", slow)
        app.view += 1
        app.pane.tick()
        app.texts[0] = "A"
        now[0] += 3.9
        app.pane.tick()
        assert app.draws == 1
        now[0] += 0.2
        app.pane.tick()
        assert app.draws == 2

    play(monkeypatch, script)


def test_what_the_border_says_of_the_content_is_written_with_it(monkeypatch: pytest.MonkeyPatch):
    async def script(shown: Shown, _now: list[float]) -> None:
        def below() -> str:
            return str(shown.pane.border_subtitle or "")

        shown.pane.entitle("words", "epoch 2")
        shown.pane.tick(news=False)
        assert below() == ""
        shown.view = 1
        shown.pane.tick(news=False)
        assert below() == "epoch 2"
        shown.pane.entitle("words", "epoch 3")
        shown.pane.tick()
        assert below() == "epoch 3"
        shown.pane.entitle("letters", "epoch 4")
        assert (str(shown.pane.border_title), below()) == ("letters", "epoch 4")

    play(monkeypatch, script)
