"""The runs page on scripted folders: what is seen at three sizes, chosen, sorted and compared, and runs that vanish."""

import shutil
import subprocess
import sys

import pytest
from notes import notes
from runs_page import MakeRun, current, play, see, text
from textual.pilot import Pilot
from textual.widgets import Input

from nnlab.tui.actions import EVERYWHERE, RUNS, SESSION
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.runs.draw import PANES
from nnlab.tui.runs.screen import RunsScreen

SIZES = [(80, 24), (120, 40), (200, 60)]


@pytest.mark.parametrize("size", SIZES)
def test_all_of_it_is_seen_at_every_size(make_run: MakeRun, size: tuple[int, int]):
    make_run("xor-1", lr=0.25)
    make_run("spiral-1", data="spiral")

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        while current(screen) != "xor-1":
            await pilot.press("down")
        seen = ""
        for _ in PANES:
            await see(screen, pilot)
            seen += text(screen) + "\n"
            await pilot.press("tab")
        for wanted in ("spiral-1", "✓ finished", "0.25", "0.9000 acc.", "3/50", "valid loss", "best.pt", "optimizer"):
            assert wanted in seen or (wanted == "optimizer" and size[1] < 60), wanted
        assert "q quit" in seen
        assert "? help" in seen
        assert all(len(line) <= size[0] for line in seen.splitlines())

    play(script, size)


@pytest.mark.parametrize("options", [RenderOptions(colour=False), RenderOptions(colour=False, ascii=True)])
def test_without_colour_letters_tell_the_curves_apart(make_run: MakeRun, options: RenderOptions):
    make_run("xor-1")
    make_run("xor-2", accuracies=[0.1, 0.2])

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await pilot.press("space", "down", "m")
        await see(screen, pilot)
        shown = text(screen)
        assert "A " in shown
        assert "B " in shown
        assert "2 marked" in shown
        if options.ascii:
            assert shown.isascii()
        await pilot.press("u")
        await see(screen, pilot)
        assert "marked" not in text(screen)

    play(script, (200, 60), options)


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
        await pilot.press("tab", "tab", "space", "down", "space", "c")
        await see(screen, pilot)
        shown = text(screen)
        assert "learning rate" in shown
        assert "0.25" in shown
        assert "training.optimizer" not in shown
        await pilot.press("c")
        await see(screen, pilot)
        assert "best.pt" in text(screen)

    play(script)


def test_without_runs_it_says_what_to_do_and_no_key_does_harm():
    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        assert "nnlab train xor" in text(screen)
        keys = [key for action in RUNS for key in action.keys.split(",") if not action.name.startswith("app.")]
        await pilot.press(*(key for key in keys if key != "slash"), "slash", "z", "escape", "tab")
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


def test_the_page_comes_up_without_what_is_slow_to_import():
    code = "import sys, nnlab.tui.runs.screen; print(*{name.partition('.')[0] for name in sys.modules})"
    found = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"torch", "pandas", "pyarrow", "numpy", "plotext"}.intersection(found)


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((59, 40), []),
        ((80, 24), ["runs"]),
        ((120, 40), ["runs", "curves"]),
        ((200, 30), ["runs", "curves"]),
        ((200, 60), ["runs", "curves", "details"]),
    ],
)
def test_panes_are_shown_as_there_is_room(make_run: MakeRun, size: tuple[int, int], shown: list[str]):
    make_run("xor-1")

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await pilot.pause()
        assert [name for name in PANES if screen.query_one(f"#{name}").is_on_screen] == shown
        await pilot.resize_terminal(200, 60)
        await pilot.pause()
        assert screen.query_one("#details").is_on_screen

    play(script, size)


def test_a_wrong_filter_leaves_the_one_before_it(make_run: MakeRun):
    make_run("xor-1")
    make_run("spiral-1", data="spiral")

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"spiral", "enter")
        await pilot.press("slash", *["delete"] * 9, *"epochs=3flurb", "enter")
        await see(screen, pilot)
        assert [note for note in await notes(pilot) if "3flurb" in note]
        assert (screen.list.text, screen.list.error) == ("spiral", "")
        assert [run.name for run in screen.list.shown] == ["spiral-1"]

    play(script)
