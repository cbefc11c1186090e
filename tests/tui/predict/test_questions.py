"""Asking on the predict page: a form's fields, a place on the map, a drawing; by keys and by mouse."""

from collections.abc import Callable
from typing import Any

import pytest
from textual import events
from textual.widgets import Input

from nnlab.tui.predict.screen import PredictScreen
from nnlab.tui.widgets.pane import Pane

Play = Callable[..., PredictScreen]


def test_a_field_is_chosen_changed_emptied_and_set_back_and_asked_about_each_time(play: Play):
    async def script(page: Any) -> None:
        form = page.screen.conversation.form
        assert form is not None
        before = len(page.network.asked)
        await page.pilot.press("right", "right")
        assert form.values[0] == "100"
        await page.pilot.press("left", "down", "right")
        assert form.values[:2] == ["90", "Wien"]
        await page.pilot.press("pagedown", "down")
        assert form.at == 12
        await page.pilot.press("pageup", "up", "backspace")
        assert form.values[1] == ""
        await page.see()
        assert "Empty: taken as missing" in page.text()
        await page.pilot.press("c")
        assert form.values[:2] == ["80", "Bern"]
        assert len(page.network.asked) > before + 8

    play("houses", script)


def test_the_answer_comes_while_a_value_is_typed(play: Play):
    async def script(page: Any) -> None:
        form = page.screen.conversation.form
        assert form is not None
        await page.pilot.press("enter", *"1.5")
        await page.see()
        assert form.values[0] == "1.5"
        assert "1500" in page.text()
        assert "Few rows of" in page.text()
        await page.pilot.press("tab", *"Wien", "up")
        assert form.values[:2] == ["1.5", "Wien"]
        assert page.screen.query_one("#value", Input).value == "1.5"
        await page.pilot.press("q", "escape")
        assert form.values[0] == "1.5"
        await page.pilot.press("right")
        assert form.values[0] not in ("q", "1.5")
        assert not page.screen.query_one("#value", Input).display

    play("houses", script)


def test_a_value_that_is_wrong_is_said_while_it_is_typed_and_what_was_there_stays(play: Play):
    async def script(page: Any) -> None:
        form = page.screen.conversation.form
        was = form.values[0]
        for leaving in (["enter"], ["escape"], ["tab", "up", "escape"]):
            await page.pilot.press("enter", *"wide")
            await page.see()
            assert "The column 'area' is" in page.text()
            assert "price 8" not in page.text()
            await page.pilot.press(*leaving)
            await page.see()
            assert form.values[0] == was
            said = [one.message for one in page.pilot.app._notifications]
            assert said[-1] == f"area: 'wide' is not a number, so it stays {was}."
            assert "The column" not in page.text()
            assert "price 8" in page.text()

    play("houses", script)


def test_the_map_is_asked_once_a_size_and_its_cursor_is_the_row(play: Play):
    async def script(page: Any) -> None:
        grids = [q for q in page.network.asked if isinstance(q, dict) and len(q["x1"]) > 100]
        assert len(grids) == 1
        assert "╋" in page.text()
        for _ in range(8):
            await page.pilot.press("right", "up")
        await page.see()
        assert "▲ yes" in page.text()
        x, y = page.screen.conversation.point() or (0, 0)
        assert x > 0.2
        assert y > 0.2
        page.screen.conversation.move(-1000, 0, on_map=True)
        assert (page.screen.conversation.point() or (0, 0))[0] == pytest.approx(
            page.screen.conversation.limits[0][0], abs=0.02
        )
        await page.pilot.resize_terminal(200, 60)
        await page.see()
        assert len([q for q in page.network.asked if isinstance(q, dict) and len(q["x1"]) > 100]) == 2
        assert "its effect" in page.text()

    play("flat", script)


def test_tab_changes_between_map_and_form_and_typing_goes_to_the_form(play: Play):
    async def script(page: Any) -> None:
        assert "its effect" not in page.text()
        await page.pilot.press("tab")
        await page.see()
        assert "its effect" in page.text()
        await page.pilot.press("tab", "enter", *"0.5", "tab", *"-0.5", "enter")
        await page.see()
        assert page.screen.conversation.point() == (0.5, -0.5)
        assert "● no" in page.text()

    play("flat", script)


def test_the_mouse_goes_to_a_place_on_the_map_and_to_a_field(play: Play):
    async def script(page: Any) -> None:
        pane = page.screen.query_one("#map", Pane)
        await page.pilot.mouse_down("#map", offset=(pane.size.width - 8, 4))
        x, y = page.screen.conversation.point() or (0, 0)
        assert x > 0.5
        assert y > 0.5
        await page.pilot.press("tab")
        await page.see()
        await page.pilot.mouse_down("#form", offset=(5, 3))
        assert page.screen.conversation.form is not None
        assert page.screen.conversation.form.at == 1
        await page.pilot.mouse_down("#form", offset=(5, 3))
        await page.pilot.pause()
        assert page.screen.query_one("#value", Input).display

    play("flat", script)


@pytest.mark.parametrize(("size", "across"), [((80, 24), 10), ((120, 40), 5)])
def test_a_digit_is_drawn_with_the_mouse(play: Play, size: tuple[int, int], across: int):
    async def script(page: Any) -> None:
        pad = page.screen.conversation.pad
        assert pad is not None
        await page.pilot.mouse_down("#pad", offset=(20, 8))
        await page.pilot._post_mouse_events([events.MouseMove], "#pad", offset=(30, 8), button=1)
        await page.pilot.mouse_up("#pad", offset=(30, 8))
        await page.see()
        assert pad.strokes[-1][-1][0] - pad.strokes[-1][0][0] == across
        assert not pad.down
        assert "91.0 %" in page.text()
        await page.pilot.press("backspace", "backspace")
        assert not pad.ink.any()

    play("digits", script, size)


def test_a_digit_is_drawn_with_the_keys_centred_or_not_and_wiped(play: Play):
    async def script(page: Any) -> None:
        pad = page.screen.conversation.pad
        assert pad is not None
        await page.pilot.press("space", "down", "down", "down", "right", "space", "right")
        await page.see()
        assert (pad.cursor, pad.down, len(pad.strokes)) == ((16.5, 17.5), False, 1)
        centred = page.network.asked[-1]
        assert "entred and scaled" in page.text().replace("\n", " ")
        await page.pilot.press("f")
        await page.see()
        assert page.network.asked[-1] != centred
        assert "sked as drawn" in page.text()
        await page.pilot.press("c")
        assert not pad.ink.any()

    play("digits", script)


def test_images_too_large_to_draw_are_said_so(play: Play):
    async def script(page: Any) -> None:
        assert "too large" in page.text()
        await page.pilot.press("space", "c", "y", "up")

    play("large", script)


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ("flat", "nnlab predict a-run --row x1=0,x2=0"),
        ("digits", "| nnlab predict a-run --stream"),
    ],
)
def test_the_command_is_copied(play: Play, told: str, wanted: str):
    async def script(page: Any) -> None:
        await page.pilot.press("y")
        assert wanted in page.pilot.app.clipboard

    play(told, script)
