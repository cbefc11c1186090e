"""The predict page: what is seen at every size and look, how a network is chosen, and what is said when it is gone."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input, OptionList

from nnlab.engine.events import PictureTaken, to_line
from nnlab.engine.runs.folder import RunFolder
from nnlab.tui.actions import EVERYWHERE, PREDICT, SESSION
from nnlab.tui.app import NnlabApp
from nnlab.tui.predict.choice import NetworkChoice
from nnlab.tui.predict.screen import PredictScreen
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.widgets.pane import Pane

SIZES = [(80, 24), (120, 40), (200, 60)]
Play = Callable[..., PredictScreen]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ("flat", ("x1", "x2", "yes", "50.0 %", "a-run", "predicts label", "tab next")),
        ("houses", ("area", "town", "Bern", "its effect", "price", "8e+04", "enter type")),
        ("digits", ("Draw with the mouse", "pad", "space pen", "o open")),
    ],
    ids=["map", "form", "pad"],
)
def test_everything_is_seen_at_every_size(play: Play, size: tuple[int, int], told: str, wanted: tuple[str, ...]):
    async def script(page: Any) -> None:
        seen = page.text().replace("80,000", "8e+04").replace("80000", "8e+04")
        for word in (*wanted, "4 predict", "q quit", "? help"):
            assert word in seen
        assert len(seen.splitlines()) == size[1]

    play(told, script, size)


@pytest.mark.parametrize("options", [RenderOptions(colour=False), RenderOptions(colour=False, ascii=True)])
@pytest.mark.parametrize("told", ["flat", "houses", "digits"])
def test_it_is_drawn_without_colour(play: Play, options: RenderOptions, told: str):
    async def script(page: Any) -> None:
        await page.pilot.press("space", "right")
        await page.see()
        drawn = page.text()
        assert "a-run" in drawn
        assert not options.ascii or drawn.isascii()

    play(told, script, options=options)


def test_a_network_that_is_gone_says_why_and_is_started_again(play: Play):
    async def script(page: Any) -> None:
        first = page.network
        await page.pilot.press("r")
        assert page.network is first
        first.gone = "The network's process ended with exit code -9."
        await page.see()
        assert "exit code -9" in page.text().replace("\n", " ").replace("│", "")
        await page.pilot.press("r")
        await page.see()
        assert first.closed
        assert page.network is not first
        assert list(page.network.words) == ["a-run"]
        assert "yes" in page.text()

    play("flat", script)


def test_the_network_is_let_go_with_the_page(play: Play):
    async def script(page: Any) -> None:
        await page.pilot.press("q")

    asker: Any = play("flat", script).conversation.client
    assert asker.closed


def make_run(runs: Path, name: str) -> RunFolder:
    folder = RunFolder(runs / name)
    folder.path.mkdir(parents=True)
    folder.best.touch()
    folder.config.write_text('[data]\nname = "xor"\n[model]\nfamily = "mlp"\nhidden = [10, 6]\n', encoding="utf-8")
    data: dict[str, Any] = {"x": "x1", "y": "x2", "x_range": [-3, 3], "y_range": [-2, 2], "points": [[1, 1, 1, 1]]}
    data |= {"classes": ["0", "1"], "width": 1, "height": 1, "cells": "AA=="}
    folder.events.write_text(to_line(PictureTaken("map", 1, data)) + "\n", encoding="utf-8")
    return folder


def test_a_run_is_chosen_from_the_list_and_its_map_gives_points_and_limits(play: Play, own_world: Path):
    make_run(own_world, "my-run")

    async def script(page: Any) -> None:
        await page.pilot.app.workers.wait_for_complete()
        await page.pilot.pause()
        assert "my-run  xor   mlp 10-6" in page.text()
        await page.pilot.press("enter")
        await page.pilot.pause()
        await page.see()
        assert list(page.screen.conversation.arguments) == ["my-run"]
        assert page.screen.conversation.limits == ((-3, 3), (-2, 2))
        assert "xor, mlp 10-6" in page.text()
        assert "▲" in page.text()
        await page.pilot.press("o")
        await page.pilot.app.workers.wait_for_complete()
        await page.pilot.pause()
        assert page.screen.query_one(OptionList).display
        await page.pilot.press("tab", *"last.pt")
        assert page.screen.query_one("#choose Input", Input).value == "last.pt"
        await page.pilot.press("escape")
        await page.see()
        assert page.screen.query_one("#map", Pane).display

    play(None, script)


def test_another_page_opens_a_run_before_the_page_was_ever_seen(play: Play, own_world: Path):
    folder = make_run(own_world, "my-run")

    async def script(page: Any) -> None:
        assert "my-run" in page.text()
        assert not page.screen.query_one(NetworkChoice).display

    def begin(screen: PredictScreen) -> None:
        screen.choose(folder)

    play("flat", script, begin=begin)


def test_without_runs_a_checkpoint_is_typed(play: Play, own_world: Path):
    async def script(page: Any) -> None:
        await page.pilot.app.workers.wait_for_complete()
        await page.pilot.pause()
        assert "No network is trained yet" in page.text()
        await page.pilot.press(*"'best", "enter")
        assert not page.screen.conversation.arguments
        await page.pilot.press("home", "delete", "end", *".pt --model n.py:M", "enter")
        await page.pilot.pause()
        await page.see()
        assert list(page.screen.conversation.arguments) == ["best.pt", "--model", "n.py:M"]
        assert "yes" in page.text()

    play(None, script)


@pytest.mark.parametrize("told", ["flat", "houses", "digits"])
def test_it_is_resized_at_any_moment(play: Play, told: str):
    async def script(page: Any) -> None:
        for size in ((200, 60), (60, 16), (40, 12), (76, 16), (120, 40), (61, 50), (80, 24)):
            await page.pilot.resize_terminal(*size)
            await page.pilot.press("right")
            await page.see()
            assert ("60x16" in page.text()) == (size == (40, 12))
            assert all(len(line) <= size[0] for line in page.text().splitlines())

    play(told, script)


def test_every_action_of_the_table_is_one_of_the_pages():
    for action in PREDICT:
        method = f"action_{action.method}"
        assert hasattr(NnlabApp if method.startswith("action_app.") else PredictScreen, method.replace("app.", ""))
        assert action.help.endswith(".")
        assert not action.when or hasattr(PredictScreen, action.when)
    bound = [key for action in (*PREDICT, *EVERYWHERE, *SESSION) for key in action.keys.split(",")]
    assert len(bound) == len(set(bound))
    assert not [key for key in bound if key.startswith("alt") or key in {f"ctrl+{letter}" for letter in "absjo"}]


def test_an_idle_page_draws_nothing(play: Play):
    async def script(page: Any) -> None:
        keys = [pane._drawn for pane in page.screen.query(Pane) if pane.display]
        asked = len(page.network.asked)
        for _ in range(5):
            page.screen.tick()
        assert [pane._drawn for pane in page.screen.query(Pane) if pane.display] == keys
        assert len(page.network.asked) == asked

    play("flat", script)


def test_the_page_imports_nothing_that_the_network_needs():
    code = "import sys, nnlab.tui.predict.screen; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert not {"torch", "pandas", "pyarrow", "sklearn", "datasets"} & set(done.stdout.split())


@pytest.mark.parametrize(
    ("name", "size", "shown"),
    [
        ("flat", (60, 16), {"map", "answer"}),
        ("flat", (60, 40), {"map", "answer"}),
        ("flat", (120, 40), {"map", "form", "answer"}),
        ("flat", (200, 60), {"map", "form", "answer"}),
        ("flat", (59, 40), set[str]()),
        ("flat", (120, 15), set[str]()),
        ("houses", (80, 24), {"form", "answer"}),
        ("houses", (200, 60), {"form", "answer"}),
        ("digits", (60, 16), {"pad", "answer"}),
        ("digits", (200, 60), {"pad", "answer"}),
    ],
)
def test_the_panes_that_there_is_room_for_are_shown(name: str, size: tuple[int, int], shown: set[str], play: Play):
    async def script(page: Any) -> None:
        panes = ("map", "pad", "form", "answer")
        found = {one: page.screen.query_one(f"#{one}") for one in panes}
        assert {one for one, pane in found.items() if pane.is_on_screen and pane.region} == shown

    play(name, script, size)


def test_one_alone_of_an_input_is_drawn_where_there_is_room(play: Play):
    async def script(page: Any) -> None:
        text = page.text()
        assert "price by area, the rest as it is" in text
        assert text.count("▸ ") >= 2

    play("houses", script, (120, 40))
