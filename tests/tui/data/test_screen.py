"""The data page on nnlab's data and small files: every key, three sizes, images, files that are none."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from data_page import LOOK, Here, Lab, play, see, text
from notes import notes
from textual.pilot import Pilot
from textual.widgets import Input

from nnlab.tui.actions import DATA, EVERYWHERE, SESSION
from nnlab.tui.app import NnlabApp
from nnlab.tui.data.draw import IMAGES, PANES
from nnlab.tui.data.picker import DataTree, Picker
from nnlab.tui.data.screen import DataScreen
from nnlab.tui.render.palette import RenderOptions

SIZES = [(80, 24), (120, 40), (200, 60)]


@pytest.mark.parametrize("size", SIZES)
def test_all_of_it_is_seen_at_every_size(houses: str, size: tuple[int, int]):
    async def script(screen: DataScreen, pilot: Pilot[None]) -> None:
        seen = ""
        for _ in PANES:
            seen += text(screen) + "\n"
            await pilot.press("tab")
            await see(screen, pilot)
        for wanted in ("100 rows", "Wien", "whole numbers", "spiral", "● Bern", "o open", "q quit", "? help", "area"):
            assert wanted in seen, wanted
        assert all(len(line) <= size[0] for line in seen.splitlines())

    play(houses, script, size)


@pytest.mark.parametrize("options", [RenderOptions(colour=False), RenderOptions(colour=False, ascii=True)])
@pytest.mark.parametrize("name", ["xor", "digits"])
def test_it_is_drawn_without_colour(name: str, options: RenderOptions):
    async def script(screen: DataScreen, pilot: Pilot[None]) -> None:
        shown = text(screen)
        assert name in shown
        if options.ascii:
            assert shown.isascii()

    play(name, script, (200, 60), options)


def test_what_a_key_changes_is_drawn_without_waiting_for_the_clock(houses: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(DataScreen, "TICK", 3600.0)

    async def script(screen: DataScreen, pilot: Pilot[None]) -> None:
        await pilot.press("end")
        assert "100000" in text(screen).replace(",", "")

    play(houses, script, (80, 24))


def test_the_cursor_moves_through_rows_and_columns(houses: str):
    async def script(screen: DataScreen, pilot: Pilot[None]) -> None:
        state = screen.state
        await pilot.press("down", "right")
        assert (state.row, state.chosen) == (1, "town")
        await pilot.press("pagedown")
        assert state.row > 10
        await pilot.press("pageup", "up", "left", "left")
        assert (state.row, state.chosen) == (0, "area")
        await pilot.press("end")
        await see(screen, pilot)
        assert state.row == 99
        assert "house 100 is old  100000" in text(screen)
        await pilot.press("home", "g", *"42", "enter")
        assert state.row == 41
        await pilot.press("g", *"7", "escape")
        assert state.row == 41
        assert not screen.query_one("#row", Input).display
        await pilot.press("tab", "down")
        assert state.chosen == "town"
        await pilot.press("shift+tab", "shift+tab", "down")
        assert state.listed == len(state.names) - 1

    play(houses, script, (80, 24))


def test_a_data_set_is_chosen_from_the_list():
    async def script(screen: DataScreen, pilot: Pilot[None]) -> None:
        await pilot.press("shift+tab", "home", "enter")
        await see(screen, pilot)
        assert screen.state.dataset_name == "blobs"
        await pilot.press("tab", "right", "right")
        while screen._pane != "distribution":
            await pilot.press("tab")
        await see(screen, pilot)
        assert "the 2 classes" in text(screen)

    play("xor", script)


def test_points_change_their_axes_and_their_colours():
    async def script(screen: DataScreen, pilot: Pilot[None]) -> None:
        while screen._pane != "points":
            await pilot.press("tab")
        await see(screen, pilot)
        assert "setosa" in text(screen)
        before = screen.state.axes
        await pilot.press("x", "c")
        await see(screen, pilot)
        assert screen.state.axes != before
        assert "setosa" not in text(screen)
        await pilot.press("right")
        assert screen.state.axes != before

    play("iris", script)


def test_images_are_looked_through():
    async def script(screen: DataScreen, pilot: Pilot[None]) -> None:
        assert screen._pane == "points"
        await pilot.press("right")
        assert screen.state.row == 1
        await pilot.press("left", "down")
        assert screen.state.row > 1
        await pilot.press("pagedown", "end")
        await see(screen, pilot)
        assert screen.state.row == 1796
        assert "of 1,797" in text(screen)
        await pilot.press("home")
        assert screen.state.row == 0
        await pilot.press("x", "c")
        names: set[str] = set()
        for _ in range(5):
            names.add(screen._pane)
            await pilot.press("tab")
        assert names == {"data", "columns", "points", "distribution"}

    play("digits", script)


def test_a_file_is_picked_or_typed(houses: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "sub").mkdir()
    (tmp_path / "readme.md").touch()
    monkeypatch.chdir(tmp_path)

    async def picker(pilot: Pilot[None]) -> DataTree:
        await pilot.press("o")
        await pilot.pause()
        assert isinstance(pilot.app.screen, Picker)
        tree = pilot.app.screen.query_one(DataTree)
        while len(tree.root.children) < 2:
            await pilot.pause()
        return tree

    async def script(screen: DataScreen, pilot: Pilot[None]) -> None:
        tree = await picker(pilot)
        assert [str(node.label) for node in tree.root.children] == ["sub", "houses.csv"]
        await pilot.press("down", "down", "enter")
        await see(screen, pilot)
        assert screen.state.dataset_name == houses
        await picker(pilot)
        await pilot.press("tab", *"moons", "enter")
        await see(screen, pilot)
        assert screen.state.dataset_name == "moons"
        await picker(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen is screen
        tree = await picker(pilot)
        await pilot.press("down", "o")
        await see(screen, pilot)
        assert "sub" in screen.state.error
        assert screen.state.dataset_name == "moons"
        tree = await picker(pilot)
        await pilot.press("backspace")
        assert Path(tree.path) == tmp_path.parent

    play("xor", script)


@pytest.mark.parametrize(
    ("name", "said"), [("spirall", "did you mean 'spiral'?"), ("no/such.csv", "There is no file no/such.csv")]
)
def test_what_cannot_be_opened_is_said(name: str, said: str):
    async def script(screen: DataScreen, pilot: Pilot[None]) -> None:
        assert said in text(screen)
        assert any(said in note for note in await notes(pilot))
        keys = [key for action in DATA for key in action.keys.split(",") if not action.name.startswith("app.")]
        await pilot.press(*(key for key in keys if key not in ("o", "enter", "g")))
        await see(screen, pilot)
        screen.open("xor")
        await see(screen, pilot)
        assert "1,000 rows" in text(screen)

    play(name, script, (80, 24))


def test_it_is_trained_on_in_the_lab_and_its_command_copied():
    async def script(screen: DataScreen, pilot: Pilot[None]) -> None:
        await pilot.press("y")
        assert pilot.app.clipboard == "nnlab data show iris"
        await pilot.press("t")
        await pilot.pause()
        assert isinstance(pilot.app.screen, Lab)
        assert pilot.app.screen.chosen == "iris"

    play("iris", script)


def test_the_page_can_be_left_while_it_reads():
    screen = DataScreen("mnist", Here)

    async def run() -> None:
        async with NnlabApp({"data": lambda: screen, "lab": Lab}, LOOK).run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            app = pilot.app
            assert isinstance(app, NnlabApp)
            app.go("lab")
            await pilot.pause()
            await app.workers.wait_for_complete()
            await pilot.pause()
            app.go("data")
            await see(screen, pilot)
            assert "70,000 rows" in text(screen)

    asyncio.run(run())


def test_it_is_resized_at_any_moment():
    async def script(screen: DataScreen, pilot: Pilot[None]) -> None:
        for size in ((200, 60), (80, 24), (120, 40), (60, 16)):
            await pilot.resize_terminal(*size)
            await see(screen, pilot)
            assert "1,000 rows" in text(screen)
        await pilot.resize_terminal(50, 12)
        await see(screen, pilot)
        assert "60x16" in text(screen)

    play("xor", script)


def test_every_action_of_the_table_is_one_of_the_pages():
    for action in DATA:
        assert action.name.startswith("app.") or hasattr(DataScreen, f"action_{action.method}"), action.name
        assert action.help.endswith(".")
        assert not action.when or hasattr(DataScreen, action.when)
    bound = [key for action in (*DATA, *EVERYWHERE, *SESSION) for key in action.keys.split(",")]
    assert len(bound) == len(set(bound))
    assert not [key for key in bound if key.startswith("alt") or key in {f"ctrl+{letter}" for letter in "absjo"}]


def test_the_page_comes_up_without_what_is_slow_to_import():
    code = "import sys, nnlab.tui.data.screen; print(*{name.partition('.')[0] for name in sys.modules})"
    found = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"torch", "pandas", "pyarrow", "numpy", "plotext"}.intersection(found)


@pytest.mark.parametrize(
    ("data", "size", "shown"),
    [
        ("xor", (59, 40), []),
        ("xor", (80, 15), []),
        ("xor", (80, 24), ["rows"]),
        ("xor", (120, 40), ["data", "rows"]),
        ("xor", (200, 26), ["data", "rows"]),
        ("xor", (200, 60), list(PANES)),
        ("xor", (200, 16), ["rows"]),
        ("digits", (120, 40), ["data", "points"]),
        ("digits", (200, 60), [name for name in PANES if name in IMAGES]),
    ],
)
def test_panes_are_shown_as_there_is_room(data: str, size: tuple[int, int], shown: list[str]):
    async def script(screen: DataScreen, pilot: Pilot[None]) -> None:
        await pilot.pause()
        assert [name for name in PANES if screen.query_one(f"#{name}").is_on_screen] == shown
        if len(shown) == 1:  # it names them all
            assert all(name in (screen.query_one(f"#{shown[0]}").border_title or "") for name in PANES)
        await pilot.resize_terminal(200, 60)
        await pilot.pause()
        assert screen.query_one("#columns").is_on_screen

    play(data, script, size)
