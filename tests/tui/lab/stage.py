"""The lab on a stage: scripted trainers, a clock that stands, and what is seen."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

from textual.pilot import Pilot
from textual.screen import Screen
from trainers import Clock, Trainers

from nnlab.engine.runs.folder import RunFolder
from nnlab.tui.app import NnlabApp
from nnlab.tui.lab.lesson import LabLesson
from nnlab.tui.lab.screen import LabScreen
from nnlab.tui.page import Page
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.widgets.pane import Pane

SIZES = [(80, 24), (120, 40), (200, 60)]
COLOUR = RenderOptions(colour=True, ascii=False)
Script = Callable[[LabScreen, Pilot[None]], Awaitable[None]]


class Predict(Screen[None]):
    """Stands in for the predict page."""

    chosen: RunFolder | None = None

    def choose(self, folder: RunFolder) -> None:
        self.chosen = folder


def text(screen: Screen[None]) -> str:
    return "\n".join(strip.text.rstrip() for strip in screen._compositor.render_strips())


async def see(screen: Screen[Any], pilot: Pilot[None]) -> str:
    """Take what is new and draw it now, whatever the clock says."""
    await pilot.pause()
    cast(Page, screen).tick()
    for pane in screen.query(Pane):
        pane._form = None  # as if it had another size now
        pane.refresh()
    await pilot.pause()
    return text(screen)


def play(
    trainers: Trainers,
    script: Script,
    size: tuple[int, int] = (120, 40),
    options: RenderOptions = COLOUR,
    *,
    data: str = "xor",
    clock: Clock | None = None,
    lesson: LabLesson | None = None,
) -> LabScreen:
    """Run a script against the lab; returns the screen as it was left."""
    screen = LabScreen(data, lesson=lesson, start=trainers, clock=clock or Clock())

    async def run() -> None:
        app = NnlabApp({"lab": lambda: screen, "predict": Predict}, options)
        async with app.run_test(size=size) as pilot:
            while screen.session is None:
                await pilot.pause()
            await pilot.app.workers.wait_for_complete()
            await see(screen, pilot)
            await script(screen, pilot)

    asyncio.run(run())
    return screen
