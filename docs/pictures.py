"""`make pictures`: train for real and export what nnlab shows as SVG, for README and docs."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import cast

from rich.console import Console
from textual.pilot import Pilot

from nnlab.engine.network import load, unheard
from nnlab.engine.runs.log import read_events
from nnlab.engine.runs.lookup import find_run
from nnlab.tui.app import NnlabApp
from nnlab.tui.lab.lesson import LabLesson
from nnlab.tui.lab.screen import LabScreen
from nnlab.tui.live.screen import LiveScreen
from nnlab.tui.pages import pages
from nnlab.tui.render.blocks import Block, stack
from nnlab.tui.render.evaluation import evaluation_parts
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.render.report import report
from nnlab.tui.runs.screen import RunsScreen
from nnlab.tui.trainer.launch import launch
from nnlab.tui.trainer.monitor import RunMonitor
from nnlab.tui.widgets.pane import Pane

HERE = Path(__file__).parent / "pictures"
COLOUR = RenderOptions(colour=True, ascii=False)
SIZES = {"": (140, 44), "-small": (80, 24), "-large": (200, 60)}
RUNS = {
    "breast-cancer": "breast-cancer --epochs 40 --threshold cost=5:1 --calibrate",
    "mnist": "mnist --epochs 3",
    "auto-mpg": "auto-mpg --epochs 60",
    "spiral": "spiral --classes 3 --epochs 150",
    "moons-0.1": "moons --epochs 60 --lr 0.1",
    "moons-0.001": "moons --epochs 60 --lr 0.001",
    "moons-0.01": "moons --epochs 60 --lr 0.01",
}
EVALUATED = {"breast-cancer": False, "auto-mpg": True}  # whether it is told which columns matter
REPORTS = ("spiral", "mnist", "auto-mpg")
SPIRAL = "spiral --classes 3 --data-noise 0.25 --samples 5000 --lr 0.0003 --epochs 10000"
SICK = f"spiral --hidden {','.join(['16'] * 10)} --activation sigmoid --lr 0.0001 --epochs 100000 --early-stop 100000"
LIVE = {
    "live-spiral": (SPIRAL, (120, 36), 80, ""),
    "live-small": ("moons --samples 5000 --lr 0.0003 --epochs 10000", (80, 24), 60, ""),
    "live-large": (SPIRAL, (200, 60), 80, "m"),
    "live-health": (SICK, (120, 36), 4, "m m m"),
    "live-mnist": ("mnist --epochs 100", (120, 40), 3, ""),
}
"""What is trained, at which size, after which epoch, and the keys pressed before."""
PAGES = {"lab": ["1"], "runs": ["2", "down", "space", "down", "space", "down", "space"], "data": ["3"]}
DIGIT = ["up"] * 6 + ["left"] * 3 + ["space"] + ["right"] * 8 + ["down", "down", "down", "left"] * 3 + ["down", "down"]
PREDICT = {  # by the place of the run in the list, the newest first, and the keys pressed then
    "predict": (4, []),
    "predict-form": (5, []),
    "predict-digit": (6, DIGIT),
}


def export_report(name: str, width: int = 100) -> None:
    """Write a run's report as an SVG of a terminal."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=width, file=nowhere, force_terminal=True, color_system="truecolor")
        console.print(report(read_events(find_run(name)), width, COLOUR))
        console.save_svg(str(HERE / f"report-{name}.svg"), title="nnlab")


def export_evaluation(name: str, *, explain: bool, width: int = 100) -> None:
    """Write what `nnlab eval --errors --worst 5` says of a run as an SVG of a terminal."""
    told = load(name, note=unheard).evaluate(explain=explain, worst=5).to_json()
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=width, file=nowhere, force_terminal=True, color_system="truecolor")
        console.print(Block(stack(evaluation_parts(told, width, COLOUR).values())))
        console.save_svg(str(HERE / f"eval-{name}.svg"), title="nnlab")


async def live(name: str, words: Sequence[str], size: tuple[int, int], epoch: int, keys: str) -> None:
    """Write the live screen on a training that has come to an epoch."""
    monitor = RunMonitor.of(launch([*words, "--name", name]))
    screen = LiveScreen(monitor, title=name)
    app = NnlabApp({"live": lambda: screen}, COLOUR, owned=[monitor])
    async with app.run_test(size=size) as pilot:
        await until(lambda: len(screen.state.history) >= epoch)
        await pilot.press(*keys.split())
        await asyncio.sleep(5)  # until the picture that was wished for has come
        await shoot(pilot, name)
        await pilot.press("q")
        await until(lambda: screen.state.over)
    monitor.close()


async def shoot(pilot: Pilot[None], name: str) -> None:
    """Draw every pane anew and write the screen as an SVG."""
    for pane in pilot.app.screen.query(Pane):
        pane.refresh()
    await pilot.pause()
    (HERE / f"{name}.svg").write_text(pilot.app.export_screenshot(title="nnlab"), encoding="utf-8")


async def session() -> None:
    """Play in the lab, look at the runs and the data, ask the networks; each page at each size."""
    app = NnlabApp(pages("spiral"), COLOUR)
    async with app.run_test(size=SIZES[""]) as pilot:
        await pilot.press("space")
        await until(lambda: "running" in text(pilot))
        await asyncio.sleep(2)
        for page, keys in PAGES.items():
            await pilot.press(keys[0])
            await asyncio.sleep(4)
            await pilot.press(*keys[1:])
            await shoot_sizes(pilot, page)
        await pilot.press("1", "space", "4")
        await asyncio.sleep(4)
        for page, (place, keys) in PREDICT.items():
            await pilot.press(*["down"] * place, "enter")
            await asyncio.sleep(8)
            await pilot.press(*keys)
            await shoot_sizes(pilot, page)
            await pilot.press("o", "home")
            await asyncio.sleep(1)
    for monitor in app.owned:
        monitor.close()


async def evaluation() -> None:
    """Evaluate a run on the runs page."""
    async with NnlabApp({"runs": RunsScreen}, COLOUR).run_test(size=SIZES[""]) as pilot:
        await until(lambda: next(iter(EVALUATED)) in text(pilot))
        await pilot.press("end", "E")
        await until(lambda: "weights of epoch" in text(pilot))
        await shoot_sizes(pilot, "evaluation")


async def lesson() -> None:
    """Play a lesson in the lab up to its second step."""
    app = NnlabApp(pages("xor", lesson=LabLesson.named("hidden-units")), COLOUR)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("space")
        await until(lambda: "running" in text(pilot))
        await pilot.press("L")
        await asyncio.sleep(8)
        await shoot(pilot, "lesson")
    for monitor in app.owned:
        monitor.close()


async def within() -> None:
    """Work out a row by hand in the lab, and look at the loss around the weights."""
    app = NnlabApp(pages("xor"), COLOUR)
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("space")
        await until(lambda: "running" in text(pilot))
        await asyncio.sleep(10)
        await pilot.press("space", "b")
        await until(lambda: "1 of 38" in text(pilot))
        await pilot.press(*["tab"] * 5, "right")
        await shoot(pilot, "lab-row")
        await pilot.press("escape")
        while cast(LabScreen, pilot.app.screen).kind_in_view != "landscape":
            await pilot.press("m")
        await until(lambda: "where they are" in text(pilot))
        await shoot(pilot, "lab-landscape")
    for monitor in app.owned:
        monitor.close()


async def shoot_sizes(pilot: Pilot[None], page: str) -> None:
    """Write one page at every size."""
    for ending, size in SIZES.items():
        await pilot.resize_terminal(*size)
        await asyncio.sleep(1.5)
        await shoot(pilot, page + ending)
    await pilot.resize_terminal(*SIZES[""])


def text(pilot: Pilot[None]) -> str:
    """What is on the screen."""
    return "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())


async def until(true: Callable[[], bool], seconds: float = 120) -> None:
    """Wait until it is true."""
    end = monotonic() + seconds
    while not true():
        if monotonic() > end:
            raise TimeoutError("it never came")
        await asyncio.sleep(0.1)


def main() -> None:
    """Export every picture."""
    HERE.mkdir(exist_ok=True)
    os.environ["NNLAB_CONFIG"] = os.devnull  # whatever theme its user likes
    with tempfile.TemporaryDirectory() as runs:
        os.environ["NNLAB_RUNS"] = runs
        for name, words in RUNS.items():
            command = [sys.executable, "-m", "nnlab", "train", *words.split(), "--name", name, "--quiet"]
            subprocess.run(command, check=True)
        for name in REPORTS:
            export_report(name)
        for name, explain in EVALUATED.items():
            export_evaluation(name, explain=explain)
        asyncio.run(evaluation())
        asyncio.run(session())
        asyncio.run(lesson())
        asyncio.run(within())
        for name, (words, size, epoch, keys) in LIVE.items():
            asyncio.run(live(name, words.split(), size, epoch, keys))


if __name__ == "__main__":
    main()
