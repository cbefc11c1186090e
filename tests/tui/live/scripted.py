"""A scripted run for the live screen: events written by hand, no trainer, no clock."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any, cast

from textual.pilot import Pilot
from textual.screen import Screen
from trainers import Child

from nnlab.engine.events import EpochEnded, Event, PictureTaken, RunStarted, to_line
from nnlab.engine.runs.folder import RunFolder
from nnlab.tui.app import NnlabApp
from nnlab.tui.live.screen import LiveScreen
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.trainer.launch import Launch
from nnlab.tui.trainer.monitor import RunMonitor
from nnlab.tui.trainer.tail import RunTail
from nnlab.tui.widgets.pane import Pane

SIZES = [(80, 24), (120, 40), (200, 60)]
CONFIG: dict[str, Any] = {"training": {"epochs": 50, "lr": 0.1}, "model": {"family": "mlp", "hidden": [10, 6]}}
MAP: dict[str, Any] = {
    **{"x": "x1", "y": "x2", "x_range": [-1, 1], "y_range": [-1, 1], "width": 2, "height": 2, "classes": ["0", "1"]},
    **{"cells": base64.b64encode(bytes([0, 1, 1, 0])).decode(), "method": "features"},
    **{"confidence": base64.b64encode(bytes([255, 200, 150, 255])).decode(), "value_range": [0, 1]},
    "points": [[0.5, 0.5, 1, 1], [-0.5, 0.5, 0, 0]],
}
MATRIX = {"classes": ["0", "1"], "counts": [[5, 1], [2, 7]]}
Script = Callable[[LiveScreen, Pilot[None]], Awaitable[None]]


class Alive(RunTail):
    """A follower whose trainer is never lost, as far as the script does not say so."""

    gone = ""

    def failure(self) -> str | None:
        return self.gone or None


def write(folder: RunFolder, *events: Event) -> None:
    with folder.events.open("a", encoding="utf-8") as file:
        file.writelines(to_line(event) + "\n" for event in events)


def begin(folder: RunFolder, epochs: int = 12) -> None:
    write(folder, RunStarted("xor-1", str(folder.path), "xor", "binary", 108, "cpu", CONFIG, {"train": 680}))
    for number in range(1, epochs + 1):
        accuracy = {"accuracy_train": 0.5 + number / 100, "accuracy_valid": 0.6}
        losses = {"loss_train": 1 / number, "loss_valid": 1.1 / number}
        write(folder, EpochEnded({"epoch": number, **losses, **accuracy, "lr": 0.1, "seconds": 0.01}))
    write(folder, PictureTaken("map", epochs, MAP), PictureTaken("matrix", epochs, MATRIX))


def requests(folder: RunFolder) -> list[dict[str, Any]]:
    if not folder.control.exists():
        return []
    found = [json.loads(line) for line in folder.control.read_text(encoding="utf-8").splitlines()]
    return [request for request in found if request["request"] != "pictures"]


def text(screen: Screen[Any]) -> str:
    return "\n".join(strip.text.rstrip() for strip in screen._compositor.render_strips())


def play(
    folder: RunFolder,
    script: Script,
    size: tuple[int, int] = (120, 40),
    options: RenderOptions | None = None,
    *,
    owned: bool = False,
) -> LiveScreen:
    """Run a script against the screen on this run, which was started there if it is `owned`; returns the screen as it
    was left."""
    drawn_with = options or RenderOptions(colour=True, ascii=False)
    start = folder.path.parent / "start"
    launch = Launch(cast(Any, Child()), start / "run") if owned else None
    screen = LiveScreen(RunMonitor(lambda: Alive(folder), launch), title="xor", stay=True)

    async def run() -> None:
        app = NnlabApp({"live": lambda: screen}, drawn_with)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await see(screen, pilot)
            await script(screen, pilot)

    asyncio.run(run())
    return screen


async def see(screen: LiveScreen, pilot: Pilot[None]) -> None:
    """Take what is new and draw it now, whatever the clock says."""
    screen.tick()
    for pane in screen.query(Pane):
        pane._form = None  # as if it had another size now
        pane.refresh()
    await pilot.pause()


def film(folder: RunFolder, *epochs: int) -> None:
    """Frames of the film, each with a map that says its epoch in the name of an axis."""
    with folder.film.open("a", encoding="utf-8") as file:
        for epoch in epochs:
            columns = {"columns": ["x1", "x2", "x3"], "x": f"at{epoch}"}
            file.write(to_line(PictureTaken("map", epoch, {**MAP, **columns}, live=True)) + "\n")
