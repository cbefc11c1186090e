"""With --ascii no other character is drawn, on no page, in no box over one, by nnlab or by textual."""

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.pilot import Pilot
from trainers import Trainers
from whole_session import play

from nnlab.tui.page import Page
from nnlab.tui.render.blocks import MORE
from nnlab.tui.render.palette import FILLED, HOLLOW, LETTERS, RenderOptions, class_letter, class_shape
from nnlab.tui.widgets.pane import Pane
from nnlab.tui.widgets.plain import AsciiOnly
from nnlab.tui.widgets.question import Question

MakeRun = Callable[..., Path]
ASCII = RenderOptions(colour=False, ascii=True)
LAB = ("1", "space", "down", "down", "enter", "escape", "m", "tab", "y", "left", "right")
RUNS = ("2", "space", "down", "c", "tab", "o", "slash", "x", "escape", "escape", "x", "escape", "y")
LIVE = ("2", "enter", "m", "z", "tab", "tab", "tab", "g", "q")
DATA = ("3", "tab", "down", "right", "tab", "tab", "g", "escape", "y", "o", "escape")
PREDICT = ("4", "tab", "x", "backspace", "tab", "enter", "right", "tab", "enter", "escape", "y", "o", "escape")
OVER = ("question_mark", "pagedown", "pagedown", "x", "escape", "colon", "pagedown", "x", "escape")
CONFUSED = {  # letters that look like a digit or a shape that marks a point
    **{
        "o": "0○●◎◉",
        "q": "0",
        "d": "0",
        "c": "0",
        "g": "9",
        "i": "1",
        "l": "1",
        "z": "2",
        "s": "5",
        "b": "68",
        "t": "7",
    },
    **{"a": "△▲", "v": "▽▼7"},
}


def drawn(pilot: Pilot[None]) -> str:
    return "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())


def others(text: str) -> set[str]:
    return {char for char in text if not char.isascii()}


@pytest.mark.parametrize("size", [(60, 16), (120, 40)])
def test_a_whole_session_is_ascii_alone(size: tuple[int, int], trainers: Trainers, make_run: MakeRun):
    for number in range(60):
        make_run(f"größe-{number}")

    async def look(pilot: Pilot[None], step: str) -> None:
        reading = [one for one in pilot.app.workers if isinstance(one.node, Page)]  # a tree of files reads for ever
        if reading:
            await pilot.app.workers.wait_for_complete(reading)
        await pilot.pause()
        assert not others(drawn(pilot)), step
        for pane in pilot.app.screen.query(Pane):  # but for the ellipsis, what nnlab draws itself needs no filter
            assert not others("".join(strip.text for strip in pane._lines)) - {MORE}, (step, pane.id)

    async def script(pilot: Pilot[None]) -> None:
        for steps in (LAB, RUNS, LIVE, DATA, PREDICT, *((page, *OVER) for page in "1234")):
            for step in steps:
                await pilot.press(step)
                await look(pilot, f"{step} of {steps}")
        assert isinstance(pilot.app.screen, Page)
        pilot.app.screen.say("größer – „so“ … →", wrong=True)
        await look(pilot, "a message")
        pilot.app.push_screen(Question("Größe – sicher?"))
        await look(pilot, "a question")

    play(trainers, script, size=size, options=ASCII)


def test_every_cell_stays_in_its_place():
    (segment,) = AsciiOnly().apply([Segment("╭─🔎─…é")], Color(0, 0, 0))
    assert segment.text == "+-??-~?"


def test_the_thumb_of_a_scrollbar_is_seen_without_colour():
    thumb, track = Style(reverse=True, meta={"@mouse.down": "grab"}), Style(meta={"@mouse.down": "scroll_up"})
    drawn = AsciiOnly().apply([Segment(" ", track), Segment("▃", thumb), Segment("  ", thumb)], Color(0, 0, 0))
    assert "".join(segment.text for segment in drawn) == " ###"


def test_no_letter_of_a_region_looks_like_the_mark_of_a_point():
    marks = {class_shape(index, ASCII) for index in range(10)} | set(FILLED + HOLLOW)
    letters = {class_letter(index, sure=sure) for index in range(10) for sure in (True, False)}
    assert len(letters) == 20
    assert not letters & marks
    assert not [letter for letter in LETTERS if set(CONFUSED.get(letter, "")) & marks]
