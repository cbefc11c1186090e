"""How the lab shows its run: the film, only what is in sight, every size, without colour."""

import pytest
from networks_drawn import maps
from stage import SIZES, play, see, text
from textual.pilot import Pilot
from trainers import Trainers

from nnlab.engine.events import PictureTaken
from nnlab.tui.lab.screen import LabScreen
from nnlab.tui.render.palette import RenderOptions


@pytest.mark.parametrize("options", [RenderOptions(colour=False, ascii=False), RenderOptions(colour=False, ascii=True)])
def test_it_is_drawn_without_colour(trainers: Trainers, options: RenderOptions):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin(epochs=3, film=[1, 3])
        await pilot.press("plus")
        seen = await see(screen, pilot)
        assert "*10,6,6" in seen
        if options.ascii:
            assert seen.isascii()
            assert "x1^2" in seen

    play(trainers, script, options=options)


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


def test_keys_that_look_send_nothing(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin(epochs=5, film=[1, 5])
        await see(screen, pilot)
        await pilot.press("g", "m", "x", "tab", "f", "comma")
        await see(screen, pilot)
        assert screen.view.log
        assert trainers.newest.requests == []

    play(trainers, script)


@pytest.mark.parametrize("size", SIZES)
def test_units_that_have_no_room_are_scrolled_to(trainers: Trainers, size: tuple[int, int]):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        await pilot.press("u")
        trainers.newest.begin(epochs=1)
        trainers.newest.write(PictureTaken("network", 1, maps([16])))
        await see(screen, pilot)
        while not screen.query_one("#network").display:
            await pilot.press("tab")
        assert "1.1\n" in alone(await see(screen, pilot))
        seen = ""
        for _ in range(16):
            await pilot.press("u")
            seen += alone(await see(screen, pilot))
        assert all(f"1.{number}\n" in seen for number in range(2, 17))
        screen.view.unit = 0
        await pilot.press("U")
        assert "1.16\n" in alone(await see(screen, pilot))
        await pilot.press("u")
        assert "1.1\n" in alone(await see(screen, pilot))
        assert trainers.newest.requests == []

    play(trainers, script, size)


def alone(drawn: str) -> str:
    """Every word on a line of its own."""
    return "\n".join([*drawn.split(), ""])


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
