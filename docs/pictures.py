"""`make pictures`: train for real and export what nnlab shows as SVG, for README and docs."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console

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
        screen = LiveScreen(lambda: None, COLOUR, title="", stay=True)
        app = NnlabApp(screen, COLOUR)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            screen.state.take(Follower(folder).news())
            for pane in screen.query(Pane):
                pane.refresh()
            await pilot.pause()
            (HERE / f"{name}.svg").write_text(app.export_screenshot(title="nnlab"), encoding="utf-8")


def main() -> None:
    """Export every picture."""
    HERE.mkdir(exist_ok=True)
    for name, (data, flags, size) in LIVE.items():
        asyncio.run(live(name, list(train(resolve(data, flags=flags)))[:-1], size))
    for name, (data, flags) in REPORTS.items():
        events: list[Event] = list(train(resolve(data, flags=flags)))
        export(name, report(events, 100, COLOUR), 100)


if __name__ == "__main__":
    main()
