"""The runs page in a test: played by a script, with a stand-in for the predict page."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from judging import at_once
from textual.pilot import Pilot
from textual.screen import Screen

from nnlab.engine.runs.folder import RunFolder
from nnlab.tui.app import NnlabApp
from nnlab.tui.page import Page
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.runs import screen as page
from nnlab.tui.runs.evaluator import Evaluates
from nnlab.tui.runs.screen import RunsScreen

LOOK = RenderOptions()
HOUR = 3600.0  # seconds: what a test sees does not depend on how fast it is
MakeRun = Callable[..., Path]
Script = Callable[[RunsScreen, Pilot[None]], Awaitable[None]]


class Asked(Screen[None]):
    """Stands for the predict page: notes what it is to ask."""

    chosen: RunFolder | None = None

    def choose(self, folder: RunFolder) -> None:
        self.chosen = folder


def text(screen: Screen[Any]) -> str:
    return "\n".join(strip.text.rstrip() for strip in screen._compositor.render_strips())


async def see(screen: RunsScreen, pilot: Pilot[None]) -> None:
    """Read what is new and draw it now, whatever the clock says."""
    screen.read()
    for _ in range(3):  # the second reading brings the curves of the run under the cursor
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
    screen.tick()
    await pilot.pause()


def play(
    script: Script,
    size: tuple[int, int] = (120, 40),
    options: RenderOptions = LOOK,
    *,
    notes: bool = False,
    evaluates: Evaluates = at_once,
) -> RunsScreen:
    """Run a script against the page, whose clock stands still, and where notes are drawn if they are to be; returns it
    as it was left."""
    screen = RunsScreen(evaluates)

    async def run() -> None:
        app = NnlabApp({"runs": lambda: screen, "predict": Asked}, options)
        async with app.run_test(size=size, notifications=notes) as pilot:
            await see(screen, pilot)
            await script(screen, pilot)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Page, "TICK", HOUR)
        patch.setattr(page, "READ_EVERY", HOUR)
        asyncio.run(run())
    return screen


def current(screen: RunsScreen) -> str:
    return screen.list.current.name if screen.list.current else ""
