"""A session of all pages in a test, with stand-ins for the processes that they start."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from answering import NETWORKS, Scripted
from data_page import Here
from judging import at_once
from textual.pilot import Pilot
from textual.screen import Screen
from trainers import Clock, Trainers

from nnlab.tui.app import NnlabApp
from nnlab.tui.data.screen import DataScreen
from nnlab.tui.lab.screen import LabScreen
from nnlab.tui.predict.screen import PredictScreen
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.runs.screen import RunsScreen
from nnlab.tui.themes import NNLAB

Script = Callable[[Pilot[None]], Awaitable[None]]


def makers(trainers: Trainers) -> dict[str, Callable[[], Screen[Any]]]:
    """The pages as the session has them."""
    return {
        "lab": lambda: LabScreen("xor", start=trainers, clock=Clock()),
        "runs": lambda: RunsScreen(at_once),
        "data": lambda: DataScreen("xor", Here),
        "predict": lambda: PredictScreen(connect=lambda words: Scripted(NETWORKS["flat"], words)),
    }


async def settle(pilot: Pilot[None]) -> None:
    """Wait until all that the pages read is there, and is drawn."""
    await pilot.pause()
    while isinstance(screen := pilot.app.screen, LabScreen) and screen.session is None:
        await pilot.pause()
    for _ in range(2):
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        tick: Any = getattr(pilot.app.screen, "tick", None)
        if tick is not None:
            tick()
        await pilot.pause()


def play(
    trainers: Trainers,
    script: Script,
    *,
    size: tuple[int, int] = (120, 40),
    options: RenderOptions | None = None,
    theme: str = NNLAB.name,
) -> None:
    """Run a script against a session."""

    async def run() -> None:
        app = NnlabApp(makers(trainers), options or RenderOptions(), first_theme=theme)
        async with app.run_test(size=size) as pilot:
            await settle(pilot)
            await script(pilot)

    asyncio.run(run())
