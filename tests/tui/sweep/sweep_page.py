"""The sweep page in a test: a sweep's folder that no sweep wrote, and a script that plays the page."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from nnlab.engine.runs.folder import runs_root
from nnlab.engine.sweep.folder import SweepFolder
from nnlab.tui.app import NnlabApp
from nnlab.tui.page import Page
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.sweep import screen as page
from nnlab.tui.sweep.screen import SweepScreen

LOOK = RenderOptions()
HOUR = 3600.0  # seconds: what a test sees does not depend on how fast it is
Script = Callable[[SweepScreen, Pilot[None]], Awaitable[None]]
STARTED: dict[str, Any] = {
    **{"event": "sweep_started", "sweep": "xor-s1", "dir": "", "data": "xor", "measure": "loss", "done": 0},
    **{"space": {"lr": "0.001..1", "hidden": "8 | 4,4"}, "trials": 6},
}
TRIALS: list[tuple[str, float | None, dict[str, Any], str]] = [
    ("complete", 0.31, {}, ""),
    ("complete", 0.42, {"lr": 0.004, "hidden": "8"}, ""),
    ("pruned", 0.66, {"lr": 0.9, "hidden": "4,4"}, ""),
    ("complete", 0.12, {"lr": 0.05, "hidden": "8"}, ""),
    ("diverged", None, {"lr": 0.97, "hidden": "8"}, "The loss is no longer a number."),
]


def ended(number: int) -> dict[str, Any]:
    outcome, value, point, message = TRIALS[number]
    told = {"event": "trial_ended", "trial": number, "done": number + 1, "of": 6, "run": f"xor-s1-{number:02d}"}
    told |= {"point": point, "outcome": outcome, "value": value, "planned": 5, "epochs": 3 if value else 0}
    return {**told, "seconds": 1.0, "best": False, "message": message}


def make_sweep(make_run: Callable[..., Path], *more: dict[str, Any]) -> SweepFolder:
    """A sweep with five trials that are over, one that is trained, and more that is told."""
    folder = SweepFolder(runs_root() / "xor-s1")
    folder.path.mkdir(parents=True)
    (folder.path / "sweep.toml").touch()
    told = [STARTED, *(ended(number) for number in range(len(TRIALS)))]
    told.append({"event": "trial_started", "trial": 5, "run": "xor-s1-05", "point": {"lr": 0.3, "hidden": "8"}})
    folder.log.write_text("".join(json.dumps(body) + "\n" for body in (*told, *more)), encoding="utf-8")
    for number, accuracies in enumerate(([0.5, 0.6, 0.69], [0.4, 0.5, 0.58], [0.2, 0.3, 0.34], [0.6, 0.8, 0.88])):
        make_run(f"xor-s1-{number:02d}", accuracies=accuracies)
    make_run("xor-s1-05", accuracies=[0.45, 0.7], stopped=None)
    return folder


def play(script: Script, size: tuple[int, int] = (120, 40), options: RenderOptions = LOOK) -> SweepScreen:
    """Run a script against the page, whose clock stands still; returns it as it was left."""
    screen = SweepScreen(SweepFolder(runs_root() / "xor-s1"))

    async def run() -> None:
        app = NnlabApp({"sweep": lambda: screen}, options)
        async with app.run_test(size=size) as pilot:
            await see(screen, pilot)
            await script(screen, pilot)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Page, "TICK", HOUR)
        patch.setattr(page, "LOOK_EVERY", HOUR)
        asyncio.run(run())
    return screen


async def see(screen: SweepScreen, pilot: Pilot[None]) -> None:
    """Read what is new and draw it now, whatever the clock says."""
    screen.look()
    await pilot.pause()
    screen.tick()
    await pilot.pause()


def text(screen: Any) -> str:
    return "\n".join(strip.text.rstrip() for strip in screen._compositor.render_strips())
