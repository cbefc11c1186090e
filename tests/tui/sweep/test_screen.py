"""The sweep page: who leads, what is looked at, what a sweep that goes on brings, and logs that are odd."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from sweep_page import STARTED, TRIALS, ended, make_sweep, play, see, text
from textual.pilot import Pilot

from nnlab.engine.runs.claim import locked
from nnlab.engine.runs.control import Inbox
from nnlab.engine.runs.folder import RunFolder
from nnlab.tui.live.screen import LiveScreen
from nnlab.tui.sweep.screen import SweepScreen
from nnlab.tui.sweep.state import SweepState

MakeRun = Callable[..., Path]


def test_the_best_lead_and_what_went_wrong_comes_last(make_run: MakeRun):
    state = SweepState(make_sweep(make_run))
    state.look()
    assert [trial.number for trial in state.ranked] == [3, 0, 1, 5, 2, 4]
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
        assert "5 of 6 trials  best loss 0.12" in text(screen)
        folder.tell(json.dumps({**ended(3), "trial": 5, "run": "xor-s1-05", "value": 0.05}))
        places = [{"trial": 5, "run": "xor-s1-05", "point": {}, "values": [0.05], "mean": 0.05, "deviation": 0.0}]
        told = {"event": "sweep_ended", "places": places, "test": {"accuracy": 0.9}, "importance": {"lr": 0.8}}
        folder.tell(json.dumps({**told, "stopped": False}))
        await see(screen, pilot)
        said = text(screen)
        assert "xor-s1  xor  over  6 of 6 trials  best loss 0.05" in said
        assert "winner xor-s1-05  on the test rows: accuracy 0.9000" in said
        assert "what made the difference: lr 80%" in said
        await pilot.press("shift+tab", *["tab"] * 5)
        assert re.search("lr .* 80.0 %", text(screen))

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


STEERED = {"event": "sweep_steered", "trial": None, "trials": None}


def test_what_is_asked_of_a_sweep_at_work_and_what_it_answers(make_run: MakeRun):
    folder = make_sweep(make_run)
    inbox = Inbox(folder.path / "control.jsonl")

    def asked() -> list[tuple[str, int | None]]:
        return [(one["request"], one.get("trial", one.get("trials"))) for one in inbox.take()[0]]

    async def script(screen: SweepScreen, pilot: Pilot[None]) -> None:
        await pilot.press("space", "n")
        assert asked() == []  # it was started elsewhere, and nobody meant it
        await pilot.press("space", "y")
        assert asked() == [("pause", None)]
        folder.tell(json.dumps({**STEERED, "did": "paused", "message": "paused"}))
        await see(screen, pilot)
        assert "paused  5 of 6" in text(screen)
        assert "space go on" in text(screen)
        await pilot.press("space")  # asked once
        assert asked() == [("resume", None)]
        folder.tell(json.dumps({**STEERED, "did": "resumed", "message": "it goes on"}))
        await see(screen, pilot)
        await pilot.press("a", "4", "enter")
        assert asked() == [("more", 4)]
        folder.tell(json.dumps({**STEERED, "did": "more", "trials": 10, "message": "4 trials more"}))
        await see(screen, pilot)
        assert "of 10 trials" in text(screen)
        assert not screen.promotable  # the best has been trained to its end
        await pilot.press("p", "S")
        await pilot.press(*["down"] * 3)
        assert screen.sweep.current is not None
        assert screen.sweep.current.number == 5
        await pilot.press("S", "n", "S", "y")
        assert asked() == [("stop", 5)]
        await pilot.press("p")
        assert asked() == [("promote", 5)]
        folder.tell(json.dumps({**STEERED, "did": "promoted", "trial": 5, "message": "trial 5 is kept"}))
        await see(screen, pilot)
        assert "★" in text(screen)
        await pilot.press("down", "p", "S")  # a pruned one is trained on; there is nothing to stop
        assert asked() == [("promote", 2)]
        folder.tell(json.dumps({"event": "seeds_started", "runs": ["xor-s1-00-seed2"]}))
        await see(screen, pilot)
        await pilot.press("a", "p")
        assert asked() == []

    with locked(RunFolder(folder.path)):
        play(script, size=(140, 40))


def test_nothing_is_asked_of_a_sweep_that_is_not_at_work(make_run: MakeRun):
    folder = make_sweep(make_run)

    async def script(screen: SweepScreen, pilot: Pilot[None]) -> None:
        await pilot.press("space", "a", "p", "S", "enter")
        assert not (folder.path / "control.jsonl").exists()

    play(script)


def test_the_cursor_stays_with_its_trial_wherever_that_comes_to_stand(make_run: MakeRun):
    folder = make_sweep(make_run)
    state = SweepState(folder)
    state.look()
    state.move(1)
    assert state.current is not None
    assert state.current.number == 0
    folder.tell(json.dumps({**ended(3), "trial": 5, "run": "xor-s1-05", "value": 0.05}))
    state.look()
    assert [trial.number for trial in state.ranked] == [5, 3, 0, 1, 2, 4]
    assert state.current.number == 0
    assert state.place == 2


def test_how_long_it_still_takes(make_run: MakeRun):
    folder = make_sweep(make_run)
    state = SweepState(folder)
    state.look()
    assert state.left() is None  # it is not at work
    state.live, state.planned = True, 20
    left = state.left()
    assert left is not None
    assert 14 <= left <= 21  # 14.5 trials and 6 runs at the end, a second each
    folder.tell(json.dumps({**STARTED, "left": 3.0, "at": 1000.0, "trials": 20}))
    with locked(RunFolder(folder.path)):
        state.look()
        assert state.left(now=1001.0) == 2.0
        assert state.left(now=2000.0) == 0.0
        state.paused = True
        assert state.left() is None


def test_every_pane_and_another_setting(make_run: MakeRun):
    make_sweep(make_run)

    async def script(screen: SweepScreen, pilot: Pilot[None]) -> None:
        said = text(screen)
        for title in ("trials", "curves", "settings", "scatter", "best", "importance"):
            assert title in said
        assert "valid loss by lr" in said
        await pilot.press("x")
        await see(screen, pilot)
        assert "valid loss by hidden" in text(screen)

    play(script, size=(200, 60))


def test_who_has_joined_and_what_the_end_notes_is_told(make_run: MakeRun):
    joined = [{"event": "member_changed", "member": name, "trainers": 2} for name in ("east", "west", "south")]
    folder = make_sweep(make_run, *joined, {"event": "member_changed", "member": "west", "trainers": 0})

    async def script(screen: SweepScreen, pilot: Pilot[None]) -> None:
        assert "joined by" not in text(screen), "nobody is at work"
        with locked(RunFolder(folder.path)):
            await see(screen, pilot)
            assert "joined by east (2 trainers), south (2 trainers)" in text(screen)
            assert "west" not in text(screen)
        notes = ["the mean of xor-s1-03 is without xor-s1-03-seed2, which diverged", "the winner was not tested"]
        about = {"event": "sweep_ended", "sweep": "xor-s1", "dir": "", "measure": "loss", "trials": 6, "seconds": 1.0}
        folder.tell(json.dumps({**about, "outcomes": {}, "places": [], "notes": notes}))
        await see(screen, pilot)
        assert "The winner was not tested." in text(screen)
        assert "The mean of xor-s1-03 is without" in text(screen)

    play(script, size=(200, 60))
