"""A way to play a script against the page that asks it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from answering import NETWORKS, Scripted
from textual.pilot import Pilot

from nnlab.tui.app import NnlabApp
from nnlab.tui.predict.screen import PredictScreen
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.widgets.pane import Pane

LOOK = RenderOptions()
Script = Callable[[Any], Awaitable[None]]


@dataclass(frozen=True)
class Page:
    """The page as a script uses it."""

    screen: PredictScreen
    pilot: Pilot[None]

    @property
    def network(self) -> Scripted:
        asker = self.screen.conversation.client
        assert isinstance(asker, Scripted)
        return asker

    def text(self) -> str:
        """What stands on the screen."""
        strips = self.pilot.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)

    async def see(self) -> None:
        """Take what is new and draw it now, whatever the clock says."""
        for _ in range(2):  # the second time the map, which is asked for when its place is known
            self.screen.tick()
            await self.pilot.pause()
            for pane in self.screen.query(Pane):
                pane.refresh()
            await self.pilot.pause()


@pytest.fixture
def play() -> Callable[..., PredictScreen]:
    """Run a script against the page with one of the networks asked, or with none yet; the page as it was left."""

    def run(
        name: str | None,
        script: Script,
        size: tuple[int, int] = (80, 24),
        options: RenderOptions = LOOK,
        begin: Any = None,
    ) -> PredictScreen:
        screen = PredictScreen(connect=lambda words: Scripted(NETWORKS[name or "flat"], words))

        async def played() -> None:
            async with NnlabApp({"predict": lambda: screen}, options).run_test(size=size) as pilot:
                if begin is not None:
                    begin(screen)
                elif name is not None:
                    screen.begin(["a-run"])
                page = Page(screen, pilot)
                await pilot.pause()
                await page.see()
                await script(page)

        asyncio.run(played())
        return screen

    return run
