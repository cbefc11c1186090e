"""What tests of the data page share: the page on a data set, read without a process, and a script for its user."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from textual.pilot import Pilot
from textual.screen import Screen

from nnlab.engine.data.overview.view import DatasetView, read_view
from nnlab.engine.errors import NnlabError
from nnlab.tui.app import NnlabApp
from nnlab.tui.data.cells import measured
from nnlab.tui.data.screen import DataScreen
from nnlab.tui.render.palette import RenderOptions

LOOK = RenderOptions()
Script = Callable[[DataScreen, Pilot[None]], Awaitable[None]]


class Here:
    """Reads a data set where it is asked for, without a process."""

    def __init__(self, name: str) -> None:
        self.name = name

    def result(self) -> DatasetView | NnlabError:
        try:
            return measured(read_view(self.name))
        except NnlabError as error:
            return error

    def close(self) -> None:
        pass


class Lab(Screen[None]):
    """Stands for the lab: notes what it is to train on."""

    chosen = ""

    def choose(self, data: str) -> None:
        self.chosen = data


def text(screen: Screen[Any]) -> str:
    return "\n".join(strip.text.rstrip() for strip in screen._compositor.render_strips())


async def see(screen: DataScreen, pilot: Pilot[None]) -> None:
    """Wait for what is being read, and draw it now, whatever the clock says."""
    await pilot.pause()
    while screen.state.loading:
        await pilot.app.workers.wait_for_complete([one for one in pilot.app.workers if one.node is screen])
        await pilot.pause()
    screen.tick()
    await pilot.pause()


def play(data: str, script: Script, size: tuple[int, int] = (120, 40), options: RenderOptions = LOOK) -> DataScreen:
    """Run a script against the page that begins with this data set; returns it as it was left."""
    screen = DataScreen(data, Here)

    async def run() -> None:
        async with NnlabApp({"data": lambda: screen, "lab": Lab}, options).run_test(size=size) as pilot:
            await see(screen, pilot)
            await script(screen, pilot)

    asyncio.run(run())
    return screen
