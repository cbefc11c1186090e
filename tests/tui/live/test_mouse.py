"""The mouse on the live page: panes, kinds of pictures, curves, film, units, table and log; nothing needs it."""

from networks_drawn import maps
from scripted import begin, film, play, see, text, write
from textual import events
from textual.pilot import Pilot

from nnlab.engine.events import PictureTaken
from nnlab.engine.runs.folder import RunFolder
from nnlab.tui.live.screen import LiveScreen
from nnlab.tui.widgets.pane import Pane

LARGE, SMALL = (200, 60), (80, 24)


def pane(screen: LiveScreen, name: str) -> Pane:
    return screen.query_one(f"#{name}", Pane)


def place(screen: LiveScreen, said: str) -> tuple[int, int]:
    """Where this is to be read first."""
    lines = text(screen).splitlines()
    return next((line.index(said), y) for y, line in enumerate(lines) if said in line)


async def wheel(screen: LiveScreen, pilot: Pilot[None], name: str, by: int) -> None:
    x, y = pane(screen, name).content_region.offset
    kind = events.MouseScrollDown if by > 0 else events.MouseScrollUp
    screen._forward_event(kind(None, x, y, 0, by, 0, False, False, False, screen_x=x, screen_y=y))
    await pilot.pause()


def test_a_pane_that_is_clicked_becomes_the_large_one(folder: RunFolder):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        for name in ("picture", "epochs", "curves"):
            await pilot.click(f"#{name}", offset=(3, 3))
            assert pane(screen, name).has_class("-current")

    play(folder, script, LARGE)


def test_a_pane_and_a_kind_of_picture_are_chosen_by_their_names_in_the_title(folder: RunFolder):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        await pilot.click(offset=place(screen, "epochs"))
        await see(screen, pilot)
        assert pane(screen, "epochs").display
        await pilot.click(offset=place(screen, "picture"))
        await see(screen, pilot)
        await pilot.click(offset=place(screen, "matrix"))
        await see(screen, pilot)
        assert "predicted" in text(screen)
        await pilot.click(offset=place(screen, "map"))
        await see(screen, pilot)
        assert "predicted" not in text(screen)

    play(folder, script, SMALL)


def test_the_cursor_of_the_curves_follows_the_mouse_and_leaves_with_it(folder: RunFolder):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        curves = pane(screen, "curves")
        await pilot.hover(curves, offset=(curves.size.width // 2, 5))
        await see(screen, pilot)
        first = screen.view.cursor
        assert first is not None
        assert 4 <= first <= 9
        assert f"at epoch {first}" in text(screen)
        await pilot.hover(curves, offset=(curves.size.width // 2 + 12, curves.size.height - 8))
        assert (screen.view.cursor or 0) > first
        await pilot.hover("#epochs", offset=(5, 2))
        assert screen.view.cursor is None
        await pilot.press("left")
        await pilot.hover("#epochs", offset=(6, 2))
        assert screen.view.cursor == 12

    play(folder, script, LARGE)


def test_the_film_goes_where_its_slider_is_pressed_and_follows_while_it_is(folder: RunFolder):
    begin(folder)
    film(folder, *range(1, 13))

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        picture = pane(screen, "picture").content_region
        await pilot.mouse_down(offset=(picture.x, picture.bottom - 1))
        await see(screen, pilot)
        assert screen.view.slider.at == 1
        await pilot.mouse_down(offset=(picture.x + 2, picture.bottom - 1))
        assert screen.view.slider.at == 1
        assert "at1" in text(screen)
        x, y = picture.x + 20, picture.bottom - 1
        screen._forward_event(events.MouseMove(None, x, y, 0, 0, 1, False, False, False, screen_x=x, screen_y=y))
        await pilot.pause()
        assert 2 < (screen.view.slider.at or 0) < 12
        await pilot.mouse_down(offset=(picture.right - 1, picture.bottom - 1))
        assert screen.view.slider.at is None
        assert not pane(screen, "picture").has_class("-current")

    play(folder, script, LARGE)


def test_the_wheel_turns_what_it_is_over(folder: RunFolder):
    begin(folder, epochs=40)
    write(folder, PictureTaken("network", 40, maps([150])))
    film(folder, *range(1, 13))

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        await wheel(screen, pilot, "curves", -1)
        assert screen.view.zoomed == 1
        await wheel(screen, pilot, "curves", 1)
        await wheel(screen, pilot, "curves", 1)
        assert screen.view.zoomed == 0
        await wheel(screen, pilot, "epochs", -1)
        assert screen.view.back == 5
        await wheel(screen, pilot, "picture", -1)
        assert screen.view.slider.at == 12
        await pilot.press("full_stop", "m")
        await wheel(screen, pilot, "picture", 1)
        assert screen.view.unit == 1

    play(folder, script, LARGE)


def test_the_log_opens_and_closes_where_it_is_clicked(folder: RunFolder):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        await pilot.click("#log", offset=(3, 0))
        assert screen.view.log_open
        await pilot.click("#log", offset=(3, 2))
        assert not screen.view.log_open

    play(folder, script)
