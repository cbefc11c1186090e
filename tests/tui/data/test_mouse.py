"""The mouse on the data page: rows, columns, data sets and images are pointed at, the wheel moves; keys stay."""

import pytest
from data_page import play, see, text
from textual import events
from textual.pilot import Pilot
from textual.widget import Widget

from nnlab.tui.data.screen import DataScreen

LARGE, SMALL = (200, 60), (80, 24)


def pane(screen: DataScreen, name: str) -> Widget:
    return screen.query_one(f"#{name}")


async def press(screen: DataScreen, pilot: Pilot[None], name: str, said: str) -> None:
    """Press the button on the first place in a pane where this is to be read."""
    one = pane(screen, name)
    for y, line in enumerate(text(screen).split("\n")):
        x = line.find(said, one.content_region.x, one.content_region.right)
        if x >= 0 and one.content_region.contains(x, y):
            await pilot.click(offset=(x, y))
            await pilot.pause()
            return
    raise AssertionError(f"{said!r} is not in {name}:\n{text(screen)}")


async def wheel(screen: DataScreen, pilot: Pilot[None], name: str, by: int, *, shift: bool = False) -> None:
    x, y = pane(screen, name).content_region.offset
    kind = events.MouseScrollDown if by > 0 else events.MouseScrollUp
    turned = kind(None, x, y, 0, by, 0, shift, False, False, screen_x=x, screen_y=y)
    screen._forward_event(turned)
    await pilot.pause()


@pytest.mark.parametrize("size", [LARGE, SMALL])
def test_a_row_and_a_column_are_pointed_at(houses: str, size: tuple[int, int]):
    async def script(screen: DataScreen, pilot: Pilot[None]) -> None:
        await press(screen, pilot, "rows", "house 4 is")
        assert (screen.state.row, screen.state.chosen) == (3, "note")
        await see(screen, pilot)
        await press(screen, pilot, "rows", "price")
        assert (screen.state.row, screen.state.chosen) == (3, "price")
        await press(screen, pilot, "rows", "9.5")
        assert (screen.state.row, screen.state.chosen) == (8, "area")
        await pilot.press("down", "right")
        assert (screen.state.row, screen.state.chosen) == (9, "town")

    play(houses, script, size)


def test_a_column_of_the_overview_is_pointed_at(houses: str):
    async def script(screen: DataScreen, pilot: Pilot[None]) -> None:
        await press(screen, pilot, "columns", "price")
        assert (screen.state.chosen, screen._pane) == ("price", "columns")
        await press(screen, pilot, "columns", "kind")
        assert screen.state.chosen == "price"
        corner = pane(screen, "columns").content_region
        await pilot.mouse_down(offset=(corner.x, corner.bottom - 1))
        assert screen.state.chosen == "price"

    play(houses, script, LARGE)


def test_a_data_set_is_shown_by_pointing_at_it(houses: str):
    async def script(screen: DataScreen, pilot: Pilot[None]) -> None:
        await press(screen, pilot, "data", "spiral")
        await see(screen, pilot)
        assert (screen.state.dataset_name, screen._pane) == ("spiral", "data")
        await press(screen, pilot, "data", "spiral")
        assert not screen.state.loading
        await press(screen, pilot, "data", "task")
        assert not screen.state.loading

    play(houses, script, LARGE)


def test_an_image_is_pointed_at():
    async def script(screen: DataScreen, pilot: Pilot[None]) -> None:
        corner = pane(screen, "points").content_region.offset
        width, height = screen._images
        await pilot.mouse_down(offset=corner)
        assert screen.state.row == 0
        step = pane(screen, "points").content_size.width // width
        await pilot.mouse_down(offset=(corner.x + step, corner.y))
        assert screen.state.row == 1
        await see(screen, pilot)
        await wheel(screen, pilot, "points", 1)
        assert screen.state.row == 1 + width
        assert height > 1

    play("digits", script, LARGE)


def test_the_wheel_moves_in_the_pane_under_it(houses: str):
    async def script(screen: DataScreen, pilot: Pilot[None]) -> None:
        state = screen.state
        await wheel(screen, pilot, "rows", 1)
        assert state.row == 3
        await wheel(screen, pilot, "rows", -1)
        await wheel(screen, pilot, "rows", 1, shift=True)
        assert (state.row, state.chosen) == (0, "town")
        await wheel(screen, pilot, "distribution", 1)
        assert state.chosen == "note"
        assert screen._pane == "rows"

    play(houses, script, LARGE)


def test_the_wheel_shows_further_data_sets_and_a_key_finds_the_cursor_again(houses: str):
    async def script(screen: DataScreen, pilot: Pilot[None]) -> None:
        names, listed = pane(screen, "names"), screen.state.listed
        await pilot.press("shift+tab")
        await see(screen, pilot)
        assert names.scroll_offset.y > 0  # the file that was opened is the last one
        for _ in range(9):
            await wheel(screen, pilot, "names", -1)
        assert (names.scroll_offset.y, screen.state.listed) == (0, listed)
        assert "houses.csv" not in text(screen).split("\n", 2)[2].split("task")[0]
        await pilot.press("down")
        await see(screen, pilot)
        assert names.scroll_offset.y > 0

    play(houses, script, (80, 17))


def test_pointing_at_nothing_does_nothing():
    async def script(screen: DataScreen, pilot: Pilot[None]) -> None:
        for name in ("rows", "columns", "points", "distribution"):
            await pilot.mouse_down(offset=pane(screen, name).content_region.offset)
            await wheel(screen, pilot, name, 1)
        assert screen.state.row == 0

    play("no/such.csv", script, LARGE)
