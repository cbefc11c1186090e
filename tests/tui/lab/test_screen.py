"""The lab on scripted trainers: what a stranger sees, every key, wrong input."""

import asyncio
from pathlib import Path

import pytest
from stage import COLOUR, SIZES, Predict, play, see
from textual.pilot import Pilot
from textual.widgets import Input
from trainers import Clock, Trainers

from nnlab.engine.events import EpochEnded, StateChanged
from nnlab.engine.models.starter import write_starter
from nnlab.tui.app import NnlabApp
from nnlab.tui.lab.actions import LAB
from nnlab.tui.lab.draw import PANES
from nnlab.tui.lab.screen import LabScreen
from nnlab.tui.lab.session import SETTLED


@pytest.mark.parametrize("size", SIZES)
def test_a_stranger_finds_play_and_everything_else_at_every_size(trainers: Trainers, size: tuple[int, int]):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        first = await see(screen, pilot)
        for wanted in (
            "space: play",
            "not trained yet",
            "data set",
            "xor",
            "space play",
            "v speed",
            "? help",
            "q quit",
        ):
            assert wanted in first
        trainers.newest.begin(epochs=12, film=[4, 12])
        seen = await see(screen, pilot)
        for _ in PANES:
            await pilot.press("tab")
            seen += "\n" + await see(screen, pilot)
        await pilot.press("o")
        seen += "\n" + await see(screen, pilot)
        for wanted in ("lab-1: xor", "epoch 12", "at12", "valid", "680 rows", "Units cannot be", "now, epoch 12"):
            assert wanted in seen
        assert all(len(line) <= size[0] for line in seen.splitlines())

    play(trainers, script, size)


@pytest.mark.parametrize("size", SIZES)
def test_every_setting_can_be_reached(trainers: Trainers, size: tuple[int, int]):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        assert screen.session is not None
        seen = ""
        for _ in range(5):
            seen += await see(screen, pilot)
            await pilot.press("pagedown")
        assert all(one.label in seen for one in screen.session.lab.settings if one.part is None)
        assert "early stop" in await see(screen, pilot)
        await pilot.press("pageup", "up", "down", "home")
        assert screen.session.lab.current.label == "data set"
        await pilot.press("end")
        assert screen.session.lab.current.label == "early stop"

    play(trainers, script, size)


def test_space_plays_and_pauses_and_r_and_n_and_s_do_what_they_say(trainers: Trainers):
    clock = Clock()

    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin()
        await see(screen, pilot)
        await pilot.press("space")
        trainers.newest.write(
            StateChanged("running", 0), EpochEnded({"epoch": 1, "loss_train": 1.0, "lr": 0.1, "seconds": 0.1})
        )
        assert "running" in await see(screen, pilot)
        await pilot.press("space", "n")
        assert [request["request"] for request in trainers.newest.requests] == ["resume", "pause", "epoch"]
        await pilot.press("r")
        assert trainers.newest.words[-5:] == ["--name", "lab-2", "--pace", "5e", "--paused"]
        await pilot.press("s")
        assert "training restarts with seed" in await see(screen, pilot)
        clock.now += SETTLED
        await see(screen, pilot)
        assert "--seed" in trainers.newest.words

    play(trainers, script, clock=clock)


def test_a_key_that_comes_before_the_settings_do_is_obeyed(trainers: Trainers):
    screen = LabScreen("xor", start=trainers, clock=Clock())

    async def run() -> None:
        async with NnlabApp({"lab": lambda: screen}, COLOUR).run_test(size=(80, 24)) as pilot:
            screen.action_toggle_play()
            while screen.session is None:
                await pilot.pause()
            assert screen.session.going

    asyncio.run(run())


def test_settings_are_stepped_and_typed_and_wrong_ones_are_said(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        assert screen.session is not None
        lab = screen.session.lab
        await pilot.press("down", "right")
        assert lab.config.data.samples == 2000
        await pilot.press("left", "down", "enter", *"0.37", "enter")
        assert lab.config.data.noise == 0.37
        await pilot.press("enter", *"much", "enter")
        assert "'much' is not a number" in await see(screen, pilot)
        assert lab.config.data.noise == 0.37
        await pilot.press("enter", *"9", "escape", "up", "up", "enter", *"spirl", "enter")
        assert "did you mean 'spiral'?" in await see(screen, pilot)
        await pilot.press("enter", *"spiral", "enter")
        assert lab.data == "spiral"
        await pilot.press("plus", "minus", "minus")
        assert lab.config.model.hidden == [32]
        await pilot.press(*["down"] * 7, "enter")
        assert lab.config.data.features == ["x2"]
        assert not screen.query_one("#value", Input).display

    play(trainers, script)


def test_letters_are_typed_and_do_nothing_while_a_value_is(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        await pilot.press("enter", *"qrsnfd", "space", "up", "left")
        assert screen.query_one("#value", Input).value == "qrsnfd "
        assert len(trainers.started) == 1
        assert "enter takes it" in await see(screen, pilot)

    play(trainers, script)


def test_the_command_is_copied_and_the_run_is_kept_left_and_asked(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        await pilot.press("w")
        assert "Nothing has been trained yet" in await see(screen, pilot)
        trainers.newest.begin(epochs=2)
        await see(screen, pilot)
        await pilot.press("y")
        assert pilot.app.clipboard == "nnlab train xor --epochs 10000"
        await pilot.press("w", "d")
        seen = await see(screen, pilot)
        assert "kept" in seen
        assert "keeps training" in seen
        await pilot.press("p")
        assert pilot.app.screen is screen
        trainers.newest.folder.best.touch()
        await pilot.press("p")
        await pilot.pause()
        page = pilot.app.screen
        assert isinstance(page, Predict)
        assert page.chosen == trainers.newest.folder

    play(trainers, script)


def test_a_network_of_ones_own_is_typed_and_what_is_wrong_with_it_said(trainers: Trainers, tmp_path: Path):
    net, clock = tmp_path / "net.py", Clock()
    write_starter(net)

    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        assert screen.session is not None
        lab = screen.session.lab
        lab.at = next(at for at, one in enumerate(lab.settings) if one.label == "own net")
        await pilot.press("enter")
        assert "path/to/net.py:MyNet" in await see(screen, pilot)
        await pilot.press(*"nt.py:Net", "enter")
        assert "nt.py cannot be read" in await see(screen, pilot)
        await pilot.press("enter", *f"{net}:Net", "enter")
        clock.now += SETTLED
        assert "net.py:Net" in await see(screen, pilot)
        assert trainers.newest.words[1:3] == ["--model", f"{net}:Net"]
        trainers.newest.fail(f"{net}, line 3: it cannot be imported (NameError: x).")
        assert "line 3" in " ".join((await see(screen, pilot)).split())
        await pilot.press("plus")
        assert "no layers" in await see(screen, pilot)
        await pilot.press("y")
        assert pilot.app.clipboard == f"nnlab train xor --model {net}:Net --epochs 10000"

    play(trainers, script, clock=clock)


def test_another_page_chooses_the_data(trainers: Trainers, tmp_path: Path):
    cars = tmp_path / "cars.csv"
    cars.write_text("a,b\n1,2\n", encoding="utf-8")
    clock = Clock()

    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        screen.choose(str(cars))
        clock.now += SETTLED
        await see(screen, pilot)
        assert trainers.newest.words[0] == str(cars)
        trainers.newest.fail("Use --target 'b'.")
        assert "Use target 'b'." in await see(screen, pilot)
        screen.choose("nowhere.csv")
        assert "nowhere.csv" in await see(screen, pilot)

    play(trainers, script, clock=clock)


def test_data_that_does_not_exist_is_said_and_xor_is_played_with(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        assert "did you mean 'xor'?" in await see(screen, pilot)
        assert trainers.newest.words[0] == "xor"

    play(trainers, script, data="xro")


def test_every_action_of_the_table_is_one_of_the_screens():
    for action in LAB:
        assert action.name.startswith("app.") or hasattr(LabScreen, f"action_{action.method}"), action.name
        assert action.help.endswith(".")
    bound = [key for action in LAB for key in action.keys.split(",")]
    assert len(bound) == len(set(bound))
    assert not [key for key in bound if key.startswith("alt") or key in {f"ctrl+{letter}" for letter in "absjo"}]
