"""`make pictures`: train for real and export what nnlab shows as SVG, for README and docs."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

from rich.console import Console
from textual.pilot import Pilot

from nnlab.engine.events import Event, to_line
from nnlab.engine.resolve import resolve
from nnlab.engine.runs import RunFolder
from nnlab.engine.training.train import train
from nnlab.tui.app import NnlabApp
from nnlab.tui.follow import Follower
from nnlab.tui.render.blocks import Block
from nnlab.tui.render.palette import Look
from nnlab.tui.render.report import report
from nnlab.tui.screens.live import LiveScreen
from nnlab.tui.session import pages
from nnlab.tui.watching import Watching
from nnlab.tui.widgets.pane import Pane

HERE = Path(__file__).parent / "pictures"
COLOUR = Look(colour=True, ascii=False)
LIVE: dict[str, tuple[str, dict[str, Any], tuple[int, int]]] = {
    "live-spiral": (
        "spiral",
        {"data": {"classes": 3, "noise": 0.25}, "training": {"epochs": 80, "lr": 0.003}},
        (120, 36),
    ),
    "live-small": ("moons", {"training": {"epochs": 60}}, (80, 24)),
}
SIZES = {"": (140, 44), "-small": (80, 24), "-large": (200, 60)}
PAGES = {"lab": ["1"], "runs": ["2"], "data": ["3"], "predict": ["4", "enter"]}
REPORTS: dict[str, tuple[str, dict[str, Any]]] = {
    "report-spiral": ("spiral", {"data": {"classes": 3}, "training": {"epochs": 150}}),
    "report-mnist": ("mnist", {"training": {"epochs": 3}}),
    "report-auto-mpg": ("auto-mpg", {"training": {"epochs": 60}}),
}


def export(name: str, block: Block, width: int) -> None:
    """Write a renderable as an SVG of a terminal."""
    with Path("/dev/null").open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=width, file=nowhere, force_terminal=True, color_system="truecolor")
        console.print(block)
        console.save_svg(str(HERE / f"{name}.svg"), title="nnlab")


async def live(name: str, events: list[Event], size: tuple[int, int]) -> None:
    """Write the live screen, as it is after these events, as an SVG."""
    with tempfile.TemporaryDirectory() as place:
        folder = RunFolder(Path(place) / "spiral-1")
        folder.path.mkdir()
        folder.events.write_text("".join(to_line(event) + "\n" for event in events), encoding="utf-8")
        screen = LiveScreen(Watching(lambda: None), COLOUR, title="", stay=True)
        app = NnlabApp({"live": lambda: screen}, COLOUR)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            screen.state.take(Follower(folder).news())
            await shoot(pilot, name)


async def shoot(pilot: Pilot[None], name: str) -> None:
    """Draw every pane anew and write the screen as an SVG."""
    for pane in pilot.app.screen.query(Pane):
        pane.refresh()
    await pilot.pause()
    (HERE / f"{name}.svg").write_text(pilot.app.export_screenshot(title="nnlab"), encoding="utf-8")


async def session() -> None:
    """Play in the lab, and write each page of the session at each size."""
    app = NnlabApp(pages("spiral", COLOUR), COLOUR)
    async with app.run_test(size=SIZES[""]) as pilot:
        await pilot.press("space")
        await until(lambda: "running" in text(pilot), seconds=60)
        await asyncio.sleep(4)
        for page, keys in PAGES.items():
            await pilot.press(*keys)
            await asyncio.sleep(6)
            for ending, size in SIZES.items():
                await pilot.resize_terminal(*size)
                await asyncio.sleep(1.5)
                await shoot(pilot, page + ending)
    for watching in app.owned:
        watching.close()


def text(pilot: Pilot[None]) -> str:
    """What is on the screen."""
    return "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())


async def until(true: Callable[[], bool], seconds: float) -> None:
    """Wait until it is true."""
    end = monotonic() + seconds
    while not true():
        if monotonic() > end:
            raise TimeoutError("the lab never began")
        await asyncio.sleep(0.2)


def main() -> None:
    """Export every picture."""
    HERE.mkdir(exist_ok=True)
    os.environ["NNLAB_CONFIG"] = os.devnull  # whatever theme its user likes
    for name, (data, flags, size) in LIVE.items():
        asyncio.run(live(name, list(train(resolve(data, flags=flags)))[:-1], size))
    for name, (data, flags) in REPORTS.items():
        events: list[Event] = list(train(resolve(data, flags=flags)))
        export(name, report(events, 100, COLOUR), 100)
    with tempfile.TemporaryDirectory() as runs:
        os.environ["NNLAB_RUNS"] = runs
        asyncio.run(session())


if __name__ == "__main__":
    main()
