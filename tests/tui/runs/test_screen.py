"""What the runs page does with a run: watch it, go on with it, ask it, remove it, copy its command."""

from pathlib import Path

import pytest
from notes import notes
from runs_page import Asked, MakeRun, play, see, text
from textual.pilot import Pilot

from nnlab.engine.runs.claim import locked
from nnlab.engine.runs.folder import RunFolder
from nnlab.tui.app import NnlabApp
from nnlab.tui.child import ChildProcess
from nnlab.tui.live.screen import LiveScreen
from nnlab.tui.runs import acting
from nnlab.tui.runs.screen import RunsScreen
from nnlab.tui.trainer.launch import Launch
from nnlab.tui.widgets.question import Question


def test_a_run_is_opened_on_the_live_screen_and_left_again(make_run: MakeRun):
    make_run("xor-1")

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await pilot.press("enter")
        await pilot.pause()
        live = pilot.app.screen
        assert isinstance(live, LiveScreen)
        live.tick()
        assert live.state.state == "finished"
        await pilot.press("q")
        await pilot.pause()
        assert pilot.app.screen is screen

    play(script)


@pytest.mark.parametrize(("key", "page"), [("escape", "runs"), ("2", "runs"), ("4", "predict")])
def test_a_watched_run_is_left_for_any_page(make_run: MakeRun, key: str, page: str):
    make_run("xor-1", stopped=None)

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, LiveScreen)
        await pilot.press(key)
        await pilot.pause()
        assert pilot.app.current_mode == page
        await pilot.press("2")
        await pilot.pause()
        assert pilot.app.screen is screen

    play(script)


def test_a_run_is_resumed_owned_and_watched(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    make_run("xor-1")
    asked: list[list[str]] = []

    def launched(words: list[str]) -> Launch:
        """A trainer that says why it will not, and ends."""
        asked.append(words)
        child = ChildProcess("The trainer", ["-c", "exit('Error: All epochs are done.')"])
        child.wait()
        return Launch(child, tmp_path / "launch" / "run")

    monkeypatch.setattr(acting, "launch", launched)

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, NnlabApp)
        await pilot.press("r")
        await pilot.pause()
        assert asked == [["--resume", "xor-1"]]
        assert len(app.owned) == 1
        assert isinstance(app.screen, LiveScreen)
        app.screen.tick()
        await pilot.pause()
        assert app.screen is screen
        assert await notes(pilot) == ["All epochs are done."]

    play(script)


def test_a_run_that_has_all_its_epochs_goes_on_up_to_the_epoch_that_is_typed(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    make_run("xor-1", accuracies=[0.5] * 50)
    asked: list[list[str]] = []

    def launched(words: list[str]) -> Launch:
        asked.append(words)
        child = ChildProcess("The trainer", ["-c", ""])
        child.wait()
        return Launch(child, tmp_path / "launch" / "run")

    monkeypatch.setattr(acting, "launch", launched)

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await pilot.press("r")
        await pilot.pause()
        assert pilot.app.screen is screen
        assert "xor-1 has trained its 50 epochs; train on up to epoch: 100" in text(screen)
        await pilot.press("5", "0", "enter")
        await pilot.pause()
        assert await notes(pilot) == ["xor-1 is at epoch 50: type a larger number to train on."]
        assert asked == []
        await pilot.press("r", "enter")
        await pilot.pause()
        assert asked == [["--resume", "xor-1", "--epochs", "100"]]

    play(script, (120, 40))


def test_a_runs_network_is_asked_on_the_predict_page(make_run: MakeRun):
    folder = make_run("xor-1")

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await pilot.press("p")
        await pilot.pause()
        assert isinstance(pilot.app.screen, Asked)
        assert pilot.app.screen.chosen == RunFolder(folder)

    play(script)


def test_a_run_is_removed_after_a_yes(make_run: MakeRun):
    folder = make_run("xor-1")
    (folder / "notes.txt").touch()

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await pilot.press("x")
        await pilot.pause()
        assert isinstance(pilot.app.screen, Question)
        assert "Remove the run xor-1" in text(pilot.app.screen)
        await pilot.press("n")
        assert (folder / "best.pt").exists()
        await pilot.press("x")
        await pilot.pause()
        await pilot.press("y")
        await pilot.pause()
        assert [path.name for path in folder.iterdir()] == ["notes.txt"]
        await see(screen, pilot)
        assert "No run yet" in text(screen)

    play(script)


def test_a_sweep_is_removed_with_its_trials(make_run: MakeRun, own_world: Path):
    for name in ("other", "xor-s1-00", "xor-s1-01-seed2"):
        make_run(name)
    (own_world / "xor-s1").mkdir()
    (own_world / "xor-s1" / "sweep.toml").touch()
    (own_world / "xor-s1" / "sweep.jsonl").touch()

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        while screen.list.current is None or screen.list.current.name != "xor-s1":
            await pilot.press("down" if screen.list.place < 1 else "up")
        await pilot.press("x")
        await pilot.pause()
        assert isinstance(pilot.app.screen, Question)
        assert "Remove the run xor-s1, its trials, checkpoints" in " ".join(text(pilot.app.screen).split())
        await pilot.press("y")
        await pilot.pause()
        assert [path.name for path in own_world.iterdir()] == ["other"]

    play(script)


def test_marked_runs_are_removed_together_after_a_question_that_counts_them(make_run: MakeRun):
    folders = {name: make_run(name) for name in ("a", "b", "c", "d")}

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await pilot.press("home", "space", "down", "space", "down", "down")
        marked = {path.name for path in screen.list.marked}
        await pilot.press("x")
        await pilot.pause()
        assert "Remove the 2 marked runs, their checkpoints" in text(pilot.app.screen)
        await pilot.press("y")
        await see(screen, pilot)
        assert {name for name, folder in folders.items() if not folder.exists()} == marked
        assert await notes(pilot) == ["Removed 2 runs."]
        assert screen.list.marked == []

    play(script)


def test_none_of_the_marked_runs_is_removed_while_one_of_them_trains(make_run: MakeRun):
    folders = [make_run("xor-1"), make_run("xor-2", stopped=None)]

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await pilot.press("home", "space", "down", "space", "x")
        await pilot.pause()
        assert pilot.app.screen is screen
        assert await notes(pilot) == ["The run 'xor-2' is being trained: stop it first."]

    with locked(RunFolder(folders[1])):
        play(script)
    assert all(folder.exists() for folder in folders)


def test_a_run_that_trains_is_not_removed_and_not_resumed(make_run: MakeRun):
    folder = make_run("xor-1", stopped=None)

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        assert "▶ running" in text(screen)
        await pilot.press("x", "r")
        await pilot.pause()
        assert pilot.app.screen is screen
        assert await notes(pilot) == ["The run 'xor-1' is being trained: stop it first."]

    with locked(RunFolder(folder)):
        play(script)
    assert (folder / "best.pt").exists()


def test_the_command_is_copied(make_run: MakeRun):
    folder = make_run("xor-1")

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await pilot.press("y")
        assert pilot.app.clipboard == f"nnlab train --config {folder / 'config.toml'}"

    play(script)


@pytest.mark.parametrize("size", [(60, 16), (80, 24)])
def test_what_is_said_in_the_corner_does_not_lie_over_what_is_typed(make_run: MakeRun, size: tuple[int, int]):
    make_run("xor-1")

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"xor accuracy_valid>=0.5 state:finished epochs<9")
        screen.say("said " * 20)
        await notes(pilot)
        while "said said" not in text(screen):
            await pilot.pause()
        assert "xor accuracy_valid>=0.5 state:finished epochs<9" in text(screen).splitlines()[-2]

    play(script, size, notes=True)
