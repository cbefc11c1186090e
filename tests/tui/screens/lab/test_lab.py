"""The lab on scripted trainers: what a stranger sees, every key, every size, wrong input, the film."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input
from trainers import Clock, Trainers

from nnlab.engine.events import EpochEnded, StateChanged
from nnlab.engine.runs import RunFolder
from nnlab.tui.actions import LAB
from nnlab.tui.app import NnlabApp
from nnlab.tui.playing import SETTLED
from nnlab.tui.render.palette import Look
from nnlab.tui.screens.lab import LabScreen
from nnlab.tui.screens.lab_draw import PANES
from nnlab.tui.widgets.pane import Pane

SIZES = [(80, 24), (120, 40), (200, 60)]
COLOUR = Look(colour=True, ascii=False)
Script = Callable[[LabScreen, Pilot[None]], Awaitable[None]]


class Predict(Screen[None]):
    """Stands in for the predict page."""

    chosen: RunFolder | None = None

    def choose(self, folder: RunFolder) -> None:
        self.chosen = folder


def text(screen: Screen[None]) -> str:
    return "\n".join(strip.text.rstrip() for strip in screen._compositor.render_strips())


async def see(screen: LabScreen, pilot: Pilot[None]) -> str:
    """Take what is new and draw it now, whatever the clock says."""
    await pilot.pause()
    screen.tick()
    for pane in screen.query(Pane):
        pane.refresh()
    await pilot.pause()
    return text(screen)


def play(
    trainers: Trainers,
    script: Script,
    size: tuple[int, int] = (120, 40),
    look: Look = COLOUR,
    *,
    data: str = "xor",
    clock: Clock | None = None,
) -> LabScreen:
    """Run a script against the lab; returns the screen as it was left."""
    screen = LabScreen(look, data, start=trainers, clock=clock or Clock())

    async def run() -> None:
        app = NnlabApp({"lab": lambda: screen, "predict": Predict}, look)
        async with app.run_test(size=size) as pilot:
            while screen.playing is None:
                await pilot.pause()
            await pilot.app.workers.wait_for_complete()
            await see(screen, pilot)
            await script(screen, pilot)

    asyncio.run(run())
    return screen


@pytest.mark.parametrize("size", SIZES)
def test_a_stranger_finds_play_and_everything_else_at_every_size(trainers: Trainers, size: tuple[int, int]):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        first = await see(screen, pilot)
        for wanted in ("space: play", "space  play and pause", "data set", "xor", "space play", "? help", "q quit"):
            assert wanted in first
        trainers.newest.begin(epochs=12, film=[4, 12])
        seen = await see(screen, pilot)
        for _ in PANES:
            await pilot.press("tab")
            seen += "\n" + await see(screen, pilot)
        for wanted in ("lab-1: xor", "epoch 12", "at12", "valid", "680 rows", "cannot be drawn", "now, epoch 12"):
            assert wanted in seen
        assert all(len(line) <= size[0] for line in seen.splitlines())

    play(trainers, script, size)


@pytest.mark.parametrize("size", SIZES)
def test_every_setting_can_be_reached(trainers: Trainers, size: tuple[int, int]):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        assert screen.playing is not None
        seen = ""
        for _ in range(5):
            seen += await see(screen, pilot)
            await pilot.press("pagedown")
        assert all(one.label in seen for one in screen.playing.lab.settings if one.part is None)
        assert "early stop" in await see(screen, pilot)
        await pilot.press("pageup", "up", "down")

    play(trainers, script, size)


@pytest.mark.parametrize("look", [Look(colour=False, ascii=False), Look(colour=False, ascii=True)])
def test_it_is_drawn_without_colour(trainers: Trainers, look: Look):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin(epochs=3, film=[1, 3])
        await pilot.press("plus")
        seen = await see(screen, pilot)
        assert "*10,6,6" in seen
        if look.ascii:
            assert seen.isascii()
            assert "x1^2" in seen

    play(trainers, script, look=look)


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
        assert trainers.newest.words[-3:] == ["--name", "lab-2", "--paused"]
        await pilot.press("s")
        assert "begins anew with seed" in await see(screen, pilot)
        clock.now += SETTLED
        await see(screen, pilot)
        assert "--seed" in trainers.newest.words

    play(trainers, script, clock=clock)


def test_settings_are_stepped_and_typed_and_wrong_ones_are_said(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        assert screen.playing is not None
        lab = screen.playing.lab
        await pilot.press("down", "right")
        assert lab.config.data.samples == 2000
        await pilot.press("left", "down", "enter", *"0.37", "enter")
        assert lab.config.data.noise == 0.37
        await pilot.press("enter", *"much", "enter")
        assert "'much' is no number" in await see(screen, pilot)
        assert lab.config.data.noise == 0.37
        await pilot.press("enter", *"9", "escape", "up", "up", "enter", *"spirl", "enter")
        assert "did you mean 'spiral'?" in await see(screen, pilot)
        await pilot.press("enter", *"spiral", "enter")
        assert lab.data == "spiral"
        await pilot.press("plus", "minus", "minus")
        assert lab.config.model.hidden == [32]
        await pilot.press(*["down"] * 5, "enter")
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


def test_the_film_goes_back_and_on_and_a_new_play_goes_to_now(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        await pilot.press("comma", "f")
        trainers.newest.begin(epochs=300, film=range(1, 301))
        assert "at300" in await see(screen, pilot)
        await pilot.press("comma", "comma")
        seen = await see(screen, pilot)
        assert "at299" in seen
        assert "epoch 299 of 300" in seen
        await pilot.press("less_than_sign", "less_than_sign", "full_stop")
        assert "epoch 280 of 300" in await see(screen, pilot)
        await pilot.press("greater_than_sign", "greater_than_sign", "greater_than_sign", "f")
        await see(screen, pilot)
        assert screen.view.slider.playing
        assert 1 < (screen.view.slider.at or 0) < 300
        await pilot.press("f")
        assert not screen.view.slider.playing
        await pilot.press("space")
        assert "at300" in await see(screen, pilot)
        assert "now, epoch 300" in text(screen)

    play(trainers, script)


def test_only_pictures_in_sight_are_wished_for(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin()
        await see(screen, pilot)
        assert "network" not in trainers.newest.wishes[-1]["kinds"]
        await pilot.press("tab")
        await see(screen, pilot)
        assert trainers.newest.wishes[-1]["kinds"] == ["network"]
        wishes = len(trainers.newest.wishes)
        await pilot.press("tab")
        await see(screen, pilot)
        assert len(trainers.newest.wishes) == wishes
        await pilot.resize_terminal(200, 60)
        await see(screen, pilot)
        assert {"map", "network"} <= set(trainers.newest.wishes[-1]["kinds"])

    play(trainers, script, (80, 24))


def test_the_command_is_copied_and_the_run_is_kept_left_and_asked(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        await pilot.press("w")
        assert "Nothing was trained yet" in await see(screen, pilot)
        trainers.newest.begin(epochs=2)
        await see(screen, pilot)
        await pilot.press("y")
        assert pilot.app.clipboard == "nnlab train xor --epochs 10000"
        await pilot.press("w", "d")
        seen = await see(screen, pilot)
        assert "kept" in seen
        assert "trains on" in seen
        await pilot.press("p")
        assert pilot.app.screen is screen
        trainers.newest.folder.best.touch()
        await pilot.press("p")
        await pilot.pause()
        page = pilot.app.screen
        assert isinstance(page, Predict)
        assert page.chosen == trainers.newest.folder

    play(trainers, script)


def test_keys_that_look_send_nothing(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin(epochs=5, film=[1, 5])
        await see(screen, pilot)
        await pilot.press("g", "m", "x", "tab", "f", "comma")
        await see(screen, pilot)
        assert screen.view.log
        assert trainers.newest.requests == []

    play(trainers, script)


def test_it_is_resized_at_any_moment(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin(epochs=5, film=[1, 5])
        for size in ((200, 60), (80, 24), (40, 12), (66, 20), (160, 24), (120, 40)):
            await pilot.resize_terminal(*size)
            assert "epoch 5" in await see(screen, pilot)
        await pilot.resize_terminal(40, 12)
        assert "60x16" in await see(screen, pilot)

    play(trainers, script)


def test_a_narrow_terminal_shows_settings_and_panes_one_at_a_time(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin(epochs=5, film=[1, 5])
        seen = await see(screen, pilot)
        assert "data set" in seen
        assert "at5" not in seen
        await pilot.press("tab")
        seen = await see(screen, pilot)
        assert "data set" not in seen
        assert "at5" in seen
        await pilot.press("down")
        assert "data set" in await see(screen, pilot)

    play(trainers, script, (64, 20))


def test_another_page_chooses_the_data(trainers: Trainers, tmp_path: Path):
    cars = tmp_path / "cars.csv"
    cars.write_text("a,b\n1,2\n", encoding="utf-8")
    clock = Clock()

    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        screen.choose(str(cars))
        clock.now += SETTLED
        await see(screen, pilot)
        assert trainers.newest.words[0] == str(cars)
        trainers.newest.fail("Say --target 'b'.")
        assert "Say --target 'b'." in await see(screen, pilot)
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
