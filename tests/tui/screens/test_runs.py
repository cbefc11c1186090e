"""The runs page on scripted folders: every key, three sizes, and runs that are broken, gone or not there at all."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from nnlab.engine.runs import RunFolder, locked
from nnlab.tui.actions import EVERYWHERE, RUNS, SESSION
from nnlab.tui.app import NnlabApp
from nnlab.tui.launch import Launch
from nnlab.tui.render.palette import Look
from nnlab.tui.screens import runs as page
from nnlab.tui.screens.live import LiveScreen
from nnlab.tui.screens.question import Question
from nnlab.tui.screens.runs import RunsScreen
from nnlab.tui.widgets.pane import Pane

SIZES = [(80, 24), (120, 40), (200, 60)]
LOOK = Look()
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
    for one in screen.query(Pane):
        one.refresh()
    await pilot.pause()


def play(script: Script, size: tuple[int, int] = (120, 40), look: Look = LOOK) -> RunsScreen:
    """Run a script against the page; returns it as it was left."""
    screen = RunsScreen(look)

    async def run() -> None:
        async with NnlabApp({"runs": lambda: screen, "predict": Asked}, look).run_test(size=size) as pilot:
            await see(screen, pilot)
            await script(screen, pilot)

    asyncio.run(run())
    return screen


def current(screen: RunsScreen) -> str:
    return screen.list.current.name if screen.list.current else ""


@pytest.mark.parametrize("size", SIZES)
def test_all_of_it_is_seen_at_every_size(make_run: MakeRun, size: tuple[int, int]):
    make_run("xor-1", lr=0.25)
    make_run("spiral-1", data="spiral")

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        while current(screen) != "xor-1":
            await pilot.press("down")
        seen = ""
        for _ in page.PANES:
            await see(screen, pilot)
            seen += text(screen) + "\n"
            await pilot.press("tab")
        for wanted in ("spiral-1", "✓ finished", "0.25", "0.9000 acc.", "3/50", "valid loss", "best.pt", "optimizer"):
            assert wanted in seen or (wanted == "optimizer" and size[1] < 60), wanted
        assert "q quit" in seen
        assert "? help" in seen
        assert all(len(line) <= size[0] for line in seen.splitlines())

    play(script, size)


@pytest.mark.parametrize("look", [Look(colour=False), Look(colour=False, ascii=True)])
def test_without_colour_letters_tell_the_curves_apart(make_run: MakeRun, look: Look):
    make_run("xor-1")
    make_run("xor-2", accuracies=[0.1, 0.2])

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await pilot.press("space", "down", "m")
        await see(screen, pilot)
        shown = text(screen)
        assert "A " in shown
        assert "B " in shown
        assert "2 marked" in shown
        if look.ascii:
            assert shown.isascii()
        await pilot.press("u")
        await see(screen, pilot)
        assert "marked" not in text(screen)

    play(script, (200, 60), look)


def test_a_filter_works_while_it_is_typed(make_run: MakeRun):
    make_run("xor-1", lr=0.5)
    make_run("spiral-1", data="spiral", lr=0.01)

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"lr", "less_than_sign", *"0.1")
        await see(screen, pilot)
        assert [run.name for run in screen.list.shown] == ["spiral-1"]
        assert "1 of 2 runs" in text(screen)
        await pilot.press("x")
        await see(screen, pilot)
        assert "lr is a number, and '0.1x' is none." in text(screen)
        await pilot.press("backspace", "enter")
        assert not screen.query_one("#filter", Input).display
        assert len(screen.list.shown) == 1
        await pilot.press("escape")
        assert len(screen.list.shown) == 2
        await pilot.press("slash", *"zzz", "enter")
        await see(screen, pilot)
        assert "No run fits the filter" in text(screen)

    play(script)


def test_it_is_sorted_looked_at_and_scrolled(make_run: MakeRun):
    for number in range(40):
        make_run(f"run-{number:02}")

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await pilot.press("o")
        assert current(screen) != ""
        await pilot.press("home")
        assert current(screen) == "run-00"
        await pilot.press("end")
        assert current(screen) == "run-39"
        await pilot.press("O", "home")
        assert current(screen) == "run-39"
        await pilot.press("pagedown", "pageup", "down", "up")
        assert current(screen) == "run-39"
        await see(screen, pilot)
        await pilot.press("v", "g", "e", "left")
        seen = screen.list
        assert (seen.metric, seen.log, seen.smoothing, seen.cursor) == (1, True, 1, 3)
        await pilot.press("right", "tab", "tab", "pagedown", "down")
        assert seen.top > 1
        await pilot.press("pagedown", "pagedown", "pagedown")
        await see(screen, pilot)
        assert "the end" in text(screen)
        await pilot.press("home")
        assert seen.top == 0

    play(script, (80, 24))


def test_differences_of_marked_runs_are_a_table(make_run: MakeRun):
    make_run("xor-1", lr=0.5)
    make_run("xor-2", lr=0.25)

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await pilot.press("c")
        await see(screen, pilot)
        assert "Mark runs with space" in text(screen)
        await pilot.press("tab", "space", "down", "space", "c")
        await see(screen, pilot)
        shown = text(screen)
        assert "training.lr" in shown
        assert "0.25" in shown
        assert "training.optimizer" not in shown
        await pilot.press("c")
        await see(screen, pilot)
        assert "best.pt" in text(screen)

    play(script)


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


def test_a_run_is_resumed_owned_and_watched(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    make_run("xor-1")
    asked: list[list[str]] = []

    def launched(words: list[str]) -> Launch:
        """A trainer that says why it will not, and ends."""
        asked.append(words)
        place = tmp_path / "launch"
        place.mkdir()
        (place / "log").write_text("Error: All 50 epochs are done: raise --epochs.", encoding="utf-8")
        child: Popen[bytes] = Popen(["false"])
        child.wait()
        return Launch(child, place / "run", place / "log")

    monkeypatch.setattr(page, "launch", launched)

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, NnlabApp)
        await pilot.press("r")
        await pilot.pause()
        assert asked == [["--resume", "xor-1"]]
        assert len(app.owned) == 1
        if isinstance(app.screen, LiveScreen):  # else its clock was quicker
            app.screen.tick()
            await pilot.pause()
        assert app.screen is screen
        assert [note.message for note in app._notifications] == ["All 50 epochs are done: raise --epochs."]

    play(script)


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


def test_a_run_that_trains_is_not_removed_and_not_resumed(make_run: MakeRun):
    folder = make_run("xor-1", stopped=None)

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        assert "▶ running" in text(screen)
        await pilot.press("x", "r")
        await pilot.pause()
        assert pilot.app.screen is screen
        assert [note.message for note in pilot.app._notifications] == [
            "The run 'xor-1' is being trained: stop it first."
        ]

    with locked(RunFolder(folder)):
        play(script)
    assert (folder / "best.pt").exists()


def test_the_command_is_copied(make_run: MakeRun):
    folder = make_run("xor-1")

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await pilot.press("y")
        assert pilot.app.clipboard == f"nnlab train --config {folder / 'config.toml'}"

    play(script)


def test_without_runs_it_says_what_to_do_and_no_key_does_harm():
    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        assert "nnlab train xor" in text(screen)
        keys = [key for action in RUNS for key in action.keys.split(",") if not action.name.startswith("app.")]
        await pilot.press(*(key for key in keys if key != "slash"), "slash", "z", "escape")
        await see(screen, pilot)
        assert "nnlab train xor" in text(screen)

    play(script, (80, 24))


def test_a_run_that_vanishes_leaves_the_list(make_run: MakeRun):
    folder = make_run("xor-1")
    make_run("xor-2")

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await pilot.press("space", "down", "space")
        shutil.rmtree(folder)
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("q")
        await pilot.pause()
        await see(screen, pilot)
        assert "xor-1" not in text(screen)
        assert len(screen.list.marked) == 1

    play(script)


def test_it_is_resized_at_any_moment(make_run: MakeRun):
    make_run("xor-1")

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        for size in ((200, 60), (80, 24), (120, 40), (60, 16)):
            await pilot.resize_terminal(*size)
            await see(screen, pilot)
            assert "xor-1" in text(screen)
        await pilot.resize_terminal(50, 12)
        await see(screen, pilot)
        assert "60x16" in text(screen)

    play(script)


def test_every_action_of_the_table_is_one_of_the_pages():
    for action in RUNS:
        assert action.name.startswith("app.") or hasattr(RunsScreen, f"action_{action.method}"), action.name
        assert action.help.endswith(".")
        assert not action.when or hasattr(RunsScreen, action.when)
    bound = [key for action in (*RUNS, *EVERYWHERE, *SESSION) for key in action.keys.split(",")]
    assert len(bound) == len(set(bound))
    assert not [key for key in bound if key.startswith("alt") or key in {f"ctrl+{letter}" for letter in "absjo"}]
