"""Sweeps on the runs page: one row each, which opens to its page, and trials that are folded away until looked for."""

import json
from collections.abc import Callable
from pathlib import Path

from runs_page import play, see, text
from textual.pilot import Pilot

from nnlab.engine.runs.folder import runs_root
from nnlab.tui.runs.screen import RunsScreen
from nnlab.tui.sweep.screen import SweepScreen

MakeRun = Callable[..., Path]
STARTED = {
    **{"event": "sweep_started", "sweep": "xor-s1", "dir": "", "data": "xor", "measure": "loss", "done": 0},
    **{"space": {"lr": "0.001..1"}, "trials": 2},
}


def make_sweep(make_run: MakeRun) -> None:
    folder = runs_root() / "xor-s1"
    folder.mkdir(parents=True)
    (folder / "sweep.toml").touch()
    ended = {"event": "trial_ended", "trial": 0, "done": 1, "of": 2, "run": "xor-s1-00", "point": {"lr": 0.1}}
    ended |= {"outcome": "complete", "value": 0.25, "planned": 5, "epochs": 3, "seconds": 1.0, "message": ""}
    (folder / "sweep.jsonl").write_text(f"{json.dumps(STARTED)}\n{json.dumps(ended)}\n")
    for name in ("xor-s1-00", "xor-s1-01", "xor-s1-00-seed2", "xor-7"):
        make_run(name)


def names(screen: RunsScreen) -> set[str]:
    return {run.name for run in screen.list.shown}


def test_a_sweep_is_a_row_and_its_trials_are_folded_away(make_run: MakeRun):
    make_sweep(make_run)

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        assert names(screen) == {"xor-s1", "xor-7"}
        assert "3 trials folded away" in text(screen)
        assert "sweep of lr" in text(screen)
        assert "1/2 trials" in text(screen)
        await pilot.press("t")
        assert names(screen) == {"xor-s1", "xor-s1-00", "xor-s1-01", "xor-s1-00-seed2", "xor-7"}
        await pilot.press("t")
        assert names(screen) == {"xor-s1", "xor-7"}
        await pilot.press("slash", *"sweep:xor-s1", "enter")
        assert names(screen) == {"xor-s1", "xor-s1-00", "xor-s1-01", "xor-s1-00-seed2"}
        await pilot.press("escape", "slash", *"seed2", "enter")
        assert names(screen) == {"xor-s1-00-seed2"}

    play(script)


def test_a_sweep_opens_to_its_page_and_back(make_run: MakeRun):
    make_sweep(make_run)

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        while screen.list.current is None or screen.list.current.name != "xor-s1":
            await pilot.press("down" if screen.list.place < 1 else "up")
        await see(screen, pilot)
        assert "enter shows the trials of the sweep" in text(screen)
        assert "0.001..1" in text(screen)
        for key in ("space", "r", "p"):  # what is for a training alone does nothing
            await pilot.press(key)
        assert pilot.app.screen is screen
        assert not screen.list.marked
        await pilot.press("y")
        assert pilot.app.clipboard == "nnlab sweep --resume xor-s1"
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, SweepScreen)
        await pilot.press("escape")
        assert pilot.app.screen is screen
        await pilot.press("enter", "q")
        assert pilot.app.screen is screen

    play(script, size=(200, 60))


def test_nothing_is_read_again_and_again_for_a_sweep_that_has_no_curves(make_run: MakeRun):
    make_sweep(make_run)

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        while screen.list.current is None or screen.list.current.name != "xor-s1":
            await pilot.press("down" if screen.list.place < 1 else "up")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert not screen.list.awaited
        assert not screen._reading

    play(script)
