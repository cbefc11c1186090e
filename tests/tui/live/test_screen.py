"""The live screen on a scripted run: every key sends its request, every size shows what it can, ends are said."""

import asyncio
import os
import shutil
from dataclasses import replace

import pytest
from scripted import SIZES, Alive, begin, play, requests, see, text, write
from textual.pilot import Pilot
from textual.widgets import Input

from nnlab.engine.errors import NnlabError
from nnlab.engine.events import EpochEnded, EpochProgress, RunFinished
from nnlab.engine.runs.epoch_progress import write as write_progress
from nnlab.engine.runs.folder import RunFolder
from nnlab.tui.actions import LIVE
from nnlab.tui.app import NnlabApp
from nnlab.tui.live.screen import PANES, LiveScreen
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.trainer.monitor import RunMonitor
from nnlab.tui.trainer.tail import RunTail


@pytest.mark.parametrize("size", SIZES)
def test_what_a_run_is_doing_is_seen_at_every_size(folder: RunFolder, size: tuple[int, int]):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        seen = ""
        for _ in PANES:
            seen += text(screen) + "\n"
            await pilot.press("tab")
            await see(screen, pilot)
        for wanted in ("xor-1", "epoch 12/50", "loss", "x1", "valid loss", "680 rows", "q leave", "? help"):
            assert wanted in seen
        assert all(len(line) <= size[0] for line in seen.splitlines())

    play(folder, script, size)


@pytest.mark.parametrize("options", [RenderOptions(colour=False, ascii=False), RenderOptions(colour=False, ascii=True)])
def test_it_is_drawn_without_colour(folder: RunFolder, options: RenderOptions):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        assert "epoch 12/50" in text(screen)

    play(folder, script, (200, 60), options)


@pytest.mark.parametrize(
    ("key", "request_", "value"),
    [
        ("space", "pause", {}),
        ("n", "epoch", {}),
        ("s", "save", {}),
        ("minus", "set", {"lr": 0.05}),
        ("plus", "set", {"lr": 0.2}),
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

    play(folder, script, owned=True)


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
        assert "not a learning rate" in screen.state.log[-1]

    play(folder, script, owned=True)


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
        assert "predicted" in text(screen)

    play(folder, script, (200, 60))
    assert requests(folder) == []


def test_the_page_of_keys_is_made_once(folder: RunFolder):
    begin(folder)

    async def script(_screen: LiveScreen, pilot: Pilot[None]) -> None:
        shown: set[int] = set()
        for _ in range(3):
            await pilot.press("question_mark")
            shown.add(id(pilot.app.screen))
            assert "Train one epoch" in text(pilot.app.screen)
            await pilot.press("question_mark")
        assert len(shown) == 1

    play(folder, script)


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
        assert isinstance(screen.monitor.tail, Alive)
        shutil.rmtree(folder.path)
        screen.monitor.tail.gone = "the trainer ended with exit code -9"
        await see(screen, pilot)
        assert screen.state.state == "crashed"
        assert "exit code -9" in text(screen)
        await pilot.press("space", "s")

    play(folder, script)


def test_the_end_of_the_training_closes_the_screen_unless_it_is_to_stay(folder: RunFolder):
    begin(folder)
    write(folder, RunFinished("xor-1", str(folder.path), 12, "epochs", 12, "", "", {"accuracy_test": 1.0}, 1.0))
    options = RenderOptions(colour=True, ascii=False)

    async def run(stay: bool) -> bool:
        screen = LiveScreen(RunMonitor(lambda: Alive(folder)), title="xor", stay=stay)
        app = NnlabApp({"live": lambda: screen}, options)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            screen.tick()
            await pilot.pause()
            return app.is_running and not app._exit

    assert asyncio.run(run(stay=True))
    assert not asyncio.run(run(stay=False))


def test_what_the_trainer_says_before_it_begins_closes_the_screen():
    options = RenderOptions(colour=True, ascii=False)

    def connect() -> RunTail | None:
        raise NnlabError("This machine has no device 'cuda'.")

    screen = LiveScreen(RunMonitor(connect), title="xor")

    async def run() -> None:
        async with NnlabApp({"live": lambda: screen}, options).run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            screen.tick()

    asyncio.run(run())
    assert str(screen.failure) == "This machine has no device 'cuda'."


def test_a_long_epoch_is_seen_to_go_on_and_what_it_takes(folder: RunFolder):
    begin(folder, epochs=0)
    told = EpochProgress(1, 130, 1422, 0.4321, 4.2, 537.6, 328.6, "training", 1.98, 287_000_000)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        write_progress(folder, told)
        await see(screen, pilot)
        title = text(screen).splitlines()[0]
        assert "━" in title
        for said in ("epoch 1/50", "130/1,422", "loss 0.4321", "4.2 batches/s", "CPU 198 %", "memory 287 MB"):
            assert said in title
        write_progress(folder, replace(told, batch=1422, doing="validating"))
        await see(screen, pilot)
        assert "validating" in text(screen).splitlines()[0]
        write(folder, EpochEnded({"epoch": 1, "loss_train": 1.0, "lr": 0.1, "seconds": 338.0}))
        await see(screen, pilot)
        assert "1,422" not in text(screen).splitlines()[0]

    play(folder, script, size=(200, 60))


@pytest.mark.parametrize("size", SIZES)
def test_what_the_trainer_takes_of_the_machine_is_told_at_every_size(folder: RunFolder, size: tuple[int, int]):
    begin(folder)
    told = EpochProgress(13, 4, 28, 0.7, 9.0, 9.0, 1.0, "training", cpu=0.93, memory=312_000_000)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        write_progress(folder, told)
        await see(screen, pilot)
        said = text(screen)
        assert said.count("CPU 93 %") == 1
        assert said.count("memory 312 MB") == 1
        assert "o: log" in said

    play(folder, script, size)


def test_a_screen_takes_little_of_the_processors_that_a_training_needs_all_of(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        shares: list[float] = []
        for cpu in (None, 1.9, 1.0):
            screen.state.take([EpochProgress(13, 4, 28, 0.7, 9.0, 9.0, 1.0, "training", cpu=cpu)])
            shares.append(screen.share)
        assert shares[0] == shares[1] < shares[2]
        assert screen.share < 1

    play(folder, script)
