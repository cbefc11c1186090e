"""The live screen on a scripted run: every key sends its request, every size shows what it can, ends are said."""

import asyncio
import base64
import json
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from nnlab.engine.errors import NnlabError
from nnlab.engine.events import EpochEnded, Event, PictureTaken, RunFinished, RunStarted, to_line
from nnlab.engine.runs import RunFolder
from nnlab.tui.actions import LIVE
from nnlab.tui.app import NnlabApp
from nnlab.tui.follow import Follower
from nnlab.tui.render.palette import Look
from nnlab.tui.screens.live import PANES, LiveScreen
from nnlab.tui.watching import Watching
from nnlab.tui.widgets.pane import Pane

SIZES = [(80, 24), (120, 40), (200, 60)]
CONFIG: dict[str, Any] = {"training": {"epochs": 50, "lr": 0.1}, "model": {"family": "mlp", "hidden": [10, 6]}}
MAP: dict[str, Any] = {
    **{"x": "x1", "y": "x2", "x_range": [-1, 1], "y_range": [-1, 1], "width": 2, "height": 2, "classes": ["0", "1"]},
    **{"cells": base64.b64encode(bytes([0, 1, 1, 0])).decode(), "method": "features"},
    **{"confidence": base64.b64encode(bytes([255, 200, 150, 255])).decode(), "value_range": [0, 1]},
    "points": [[0.5, 0.5, 1, 1], [-0.5, 0.5, 0, 0]],
}
MATRIX = {"classes": ["0", "1"], "counts": [[5, 1], [2, 7]]}
Script = Callable[[LiveScreen, Pilot[None]], Awaitable[None]]


class Alive(Follower):
    """A follower whose trainer is never lost, as far as the script does not say so."""

    gone = ""

    def lost(self) -> str | None:
        return self.gone or None


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path / "xor-1")
    folder.path.mkdir()
    return folder


def write(folder: RunFolder, *events: Event) -> None:
    with folder.events.open("a", encoding="utf-8") as file:
        file.writelines(to_line(event) + "\n" for event in events)


def begin(folder: RunFolder, epochs: int = 12) -> None:
    write(folder, RunStarted("xor-1", str(folder.path), "xor", "binary", 108, "cpu", CONFIG, {"train": 680}))
    for number in range(1, epochs + 1):
        accuracy = {"accuracy_train": 0.5 + number / 100, "accuracy_valid": 0.6}
        losses = {"loss_train": 1 / number, "loss_valid": 1.1 / number}
        write(folder, EpochEnded({"epoch": number, **losses, **accuracy, "lr": 0.1, "seconds": 0.01}))
    write(folder, PictureTaken("map", epochs, MAP), PictureTaken("matrix", epochs, MATRIX))


def requests(folder: RunFolder) -> list[dict[str, Any]]:
    if not folder.control.exists():
        return []
    found = [json.loads(line) for line in folder.control.read_text(encoding="utf-8").splitlines()]
    return [request for request in found if request["request"] != "pictures"]


def text(screen: Screen[Any]) -> str:
    return "\n".join(strip.text.rstrip() for strip in screen._compositor.render_strips())


def play(folder: RunFolder, script: Script, size: tuple[int, int] = (120, 40), look: Look | None = None) -> LiveScreen:
    """Run a script against the screen on this run; returns the screen as it was left."""
    drawn_with = look or Look(colour=True, ascii=False)
    screen = LiveScreen(Watching(lambda: Alive(folder)), drawn_with, title="xor", stay=True)

    async def run() -> None:
        app = NnlabApp({"live": lambda: screen}, drawn_with)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await see(screen, pilot)
            await script(screen, pilot)

    asyncio.run(run())
    return screen


async def see(screen: LiveScreen, pilot: Pilot[None]) -> None:
    """Take what is new and draw it now, whatever the clock says."""
    screen.tick()
    for pane in screen.query(Pane):
        pane.refresh()
    await pilot.pause()


@pytest.mark.parametrize("size", SIZES)
def test_what_a_run_is_doing_is_seen_at_every_size(folder: RunFolder, size: tuple[int, int]):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        seen = ""
        for _ in PANES:
            seen += text(screen) + "\n"
            await pilot.press("tab")
            await see(screen, pilot)
        for wanted in ("xor-1", "epoch 12/50", "loss", "x1", "valid loss", "680 rows", "q quit", "? help"):
            assert wanted in seen
        assert all(len(line) <= size[0] for line in seen.splitlines())

    play(folder, script, size)


@pytest.mark.parametrize("look", [Look(colour=False, ascii=False), Look(colour=False, ascii=True)])
def test_it_is_drawn_without_colour(folder: RunFolder, look: Look):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        assert "epoch 12/50" in text(screen)

    play(folder, script, (200, 60), look)


@pytest.mark.parametrize(
    ("key", "request_", "value"),
    [
        ("space", "pause", {}),
        ("n", "epoch", {}),
        ("s", "save", {}),
        ("minus", "set", {"lr": 0.05}),
        ("plus", "set", {"lr": 0.2}),
        ("q", "stop", {}),
    ],
)
def test_keys_that_steer_send_their_request(folder: RunFolder, key: str, request_: str, value: dict[str, float]):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        await pilot.press(key)
        await pilot.pause()
        sent = requests(folder)
        assert [request["request"] for request in sent] == [request_]
        assert {name: sent[0][name] for name in value} == value

    play(folder, script)


def test_a_learning_rate_is_typed(folder: RunFolder):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        await pilot.press("l", *"0.25", "enter")
        await pilot.pause()
        assert [request["lr"] for request in requests(folder)] == [0.25]
        assert not screen.query_one("#rate", Input).display
        await pilot.press("l", "9", "escape")
        assert len(requests(folder)) == 1
        await pilot.press("l", "1", "e", "minus", "3", "enter")
        await pilot.pause()
        assert requests(folder)[-1]["lr"] == 0.001
        for wrong in ("1e999", "-1", "0", "e"):
            await pilot.press("l", *("minus" if key == "-" else key for key in wrong), "enter")
        await pilot.pause()
        assert len(requests(folder)) == 2
        assert "no learning rate" in screen.state.log[-1]

    play(folder, script)


def test_keys_that_look_change_the_view_and_send_nothing(folder: RunFolder):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        await pilot.press("g", "e", "z", "left", "left", "up", "m", "m", "question_mark")
        await see(screen, pilot)
        view = screen.view
        assert (view.log, view.smoothing, view.zoomed, view.cursor, view.back) == (True, 1, 1, 11, 5)
        assert "Train one epoch" in text(pilot.app.screen)
        await pilot.press("question_mark", "right", "right", "down")
        await see(screen, pilot)
        assert (view.cursor, view.back) == (None, 0)
        assert "recall" in text(screen)

    play(folder, script, (200, 60))
    assert requests(folder) == []


def test_detaching_leaves_the_training_alone(folder: RunFolder):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        await pilot.press("d")

    assert play(folder, script).watching.detached
    assert requests(folder) == []


def test_every_action_of_the_table_is_one_of_the_screens():
    for action in LIVE:
        name = action.name.partition("(")[0]
        assert hasattr(LiveScreen, f"action_{name}"), name
        assert action.help.endswith(".")
    bound = [key for action in LIVE for key in action.keys.split(",")]
    assert len(bound) == len(set(bound))
    assert not [key for key in bound if key.startswith("alt") or key in {f"ctrl+{letter}" for letter in "absjo"}]


def test_it_is_resized_at_any_moment(folder: RunFolder):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        for size in ((200, 60), (80, 24), (40, 12), (120, 40)):
            await pilot.resize_terminal(*size)
            await see(screen, pilot)
            assert "epoch 12/50" in text(screen)
        await pilot.resize_terminal(40, 12)
        await see(screen, pilot)
        assert "60x16" in text(screen)

    play(folder, script)


def test_a_dead_trainer_and_a_folder_that_vanished_are_said(folder: RunFolder):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        assert isinstance(screen.watching.follower, Alive)
        shutil.rmtree(folder.path)
        screen.watching.follower.gone = "the trainer ended with exit code -9"
        await see(screen, pilot)
        assert screen.state.state == "dead"
        assert "exit code -9" in text(screen)
        await pilot.press("space", "s")

    play(folder, script)


def test_the_end_of_the_training_closes_the_screen_unless_it_is_to_stay(folder: RunFolder):
    begin(folder)
    write(folder, RunFinished("xor-1", str(folder.path), 12, "epochs", 12, "", "", {"accuracy_test": 1.0}, 1.0))
    look = Look(colour=True, ascii=False)

    async def run(stay: bool) -> bool:
        screen = LiveScreen(Watching(lambda: Alive(folder)), look, title="xor", stay=stay)
        app = NnlabApp({"live": lambda: screen}, look)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            screen.tick()
            await pilot.pause()
            return app.is_running and not app._exit

    assert asyncio.run(run(stay=True))
    assert not asyncio.run(run(stay=False))


def test_what_the_trainer_says_before_it_begins_closes_the_screen():
    look = Look(colour=True, ascii=False)

    def connect() -> Follower | None:
        raise NnlabError("This machine has no device 'cuda'.")

    screen = LiveScreen(Watching(connect), look, title="xor")

    async def run() -> None:
        async with NnlabApp({"live": lambda: screen}, look).run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            screen.tick()

    asyncio.run(run())
    assert str(screen.failure) == "This machine has no device 'cuda'."


def film(folder: RunFolder, *epochs: int) -> None:
    """Frames of the film, each with a map that says its epoch in the name of an axis."""
    with folder.film.open("a", encoding="utf-8") as file:
        for epoch in epochs:
            columns = {"columns": ["x1", "x2", "x3"], "x": f"at{epoch}"}
            file.write(to_line(PictureTaken("map", epoch, {**MAP, **columns}, live=True)) + "\n")


def test_the_film_shows_the_map_as_it_was_and_comes_back_to_the_present(folder: RunFolder):
    begin(folder)
    film(folder, 2, 5, 9)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        assert "epoch 9" not in text(screen)
        await pilot.press("comma")
        await see(screen, pilot)
        assert "epoch 9 of 9" in text(screen)
        await pilot.press("comma")
        await see(screen, pilot)
        assert "at5" in text(screen)
        await pilot.press("full_stop", "full_stop")
        await see(screen, pilot)
        assert screen.view.slider.at is None
        await pilot.press("f")
        seen: list[int | None] = []
        for _ in range(4):
            seen.append(screen.view.slider.at)
            await see(screen, pilot)
        assert [at for at in seen if at is not None] == sorted({at for at in seen if at is not None})
        assert screen.view.slider.at is None
        assert not screen.view.slider.playing

    play(folder, script, (200, 60))


def test_other_axes_and_the_network_are_wished_for(folder: RunFolder):
    begin(folder)
    write(folder, PictureTaken("map", 12, {**MAP, "columns": ["x1", "x2", "x3"]}))

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        def wish() -> dict[str, Any]:
            lines = folder.control.read_text(encoding="utf-8").splitlines()
            return next(body for body in map(json.loads, reversed(lines)) if body["request"] == "pictures")

        assert wish()["kinds"] == ["map"]
        await pilot.press("x", "x")
        await see(screen, pilot)
        assert wish()["axes"] == ["x1", "x3"]
        await pilot.press("m")
        await see(screen, pilot)
        assert wish()["kinds"] == ["network"]

    play(folder, script, (200, 60))


def test_actions_that_make_no_sense_now_are_neither_offered_nor_done(folder: RunFolder):
    begin(folder)
    write(folder, RunFinished("xor-1", str(folder.path), 12, "epochs", 12, "", "", {"accuracy_test": 1.0}, 1.0))

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        offered = {command.help for command in pilot.app.get_system_commands(screen)}
        assert "key z" in offered
        assert not {"key space", "key x", "key f"} & offered
        await pilot.press("space", "x", "f")
        assert "pause" not in text(screen).splitlines()[-1]

    play(folder, script)
    assert requests(folder) == []


def test_the_palette_runs_an_action_and_changes_the_theme(folder: RunFolder):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        await pilot.press("colon", *"logarithmic", "enter", "enter")
        await pilot.pause()
        assert screen.view.log
        before = pilot.app.theme
        await pilot.press("T")
        assert pilot.app.theme != before

    play(folder, script)
