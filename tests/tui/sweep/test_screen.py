"""The sweep page: who leads, what is looked at, what a sweep that goes on brings, and logs that are odd."""

import json
from collections.abc import Callable
from pathlib import Path

from sweep_page import TRIALS, ended, make_sweep, play, see, text
from textual.pilot import Pilot

from nnlab.tui.live.screen import LiveScreen
from nnlab.tui.sweep.screen import SweepScreen
from nnlab.tui.sweep.state import SweepState

MakeRun = Callable[..., Path]


def test_the_best_lead_and_what_went_wrong_comes_last(make_run: MakeRun):
    state = SweepState(make_sweep(make_run))
    state.look()
    assert [trial.number for trial in state.ranked] == [3, 0, 1, 2, 5, 4]
    assert state.best_so_far == [0.31, 0.31, 0.12]
    assert not state.live
    assert state.current is not None
    assert state.current.values == [0.4, 0.2, 0.12] or len(state.current.values) == 3
    before = state.revision
    state.look()
    assert state.revision == before


def test_what_comes_is_shown(make_run: MakeRun):
    folder = make_sweep(make_run)

    async def script(screen: SweepScreen, pilot: Pilot[None]) -> None:
        assert "5 of 6 trials  best 0.12" in text(screen)
        folder.tell(json.dumps({**ended(3), "trial": 5, "run": "xor-s1-05", "value": 0.05}))
        places = [{"trial": 5, "run": "xor-s1-05", "point": {}, "values": [0.05], "mean": 0.05, "deviation": 0.0}]
        told = {"event": "sweep_ended", "places": places, "test": {"accuracy": 0.9}, "importance": {"lr": 0.8}}
        folder.tell(json.dumps({**told, "stopped": False}))
        await see(screen, pilot)
        said = text(screen)
        assert "xor-s1  xor  over  6 of 6 trials  best 0.05" in said
        assert "winner xor-s1-05  on the test rows: accuracy 0.9000" in said
        assert "what made the difference: lr 80%" in said

    play(script)


def test_keys_choose_open_and_copy(make_run: MakeRun):
    make_sweep(make_run)

    async def script(screen: SweepScreen, pilot: Pilot[None]) -> None:
        await pilot.press("down")
        assert screen.sweep.current is not None
        assert screen.sweep.current.number == 0
        await pilot.press("end", "down")
        assert screen.sweep.current.number == 4
        await pilot.press("home", "tab")
        await pilot.press("y")
        assert pilot.app.clipboard.endswith("configs/xor-s1-03.toml")
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, LiveScreen)

    play(script)


def test_odd_lines_are_passed_over_and_small_terminals_have_a_line(make_run: MakeRun):
    folder = make_sweep(make_run)
    for line in ('{"event": "trial_ended"}', "torn", "[1]", '{"event": "trial_started", "trial": -1}', "{}"):
        folder.tell(line)
    state = SweepState(folder)
    state.look()
    assert len(state.trials) == len(TRIALS) + 1

    async def script(screen: SweepScreen, pilot: Pilot[None]) -> None:
        assert "xor-s1" in text(screen)
        assert "┌" not in text(screen)

    play(script, size=(40, 10))
