"""Every cell has both colours of the theme, and a text can be read on its ground."""

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widget import Widget
from trainers import Trainers
from whole_session import play, settle

from nnlab.tui.actions import PAGES
from nnlab.tui.page import Page
from nnlab.tui.render.palette import DIMMED, FAINT, GREY, READABLE, RenderOptions, contrast, readable
from nnlab.tui.themes import THEMES

OWN_COLOURS = [name for name in THEMES if not name.startswith("ansi")]
MakeRun = Callable[..., Path]
TOAST = "toast"  # a step that is no key: a message of each kind
STEPS = (TOAST, *(str(number) for number in range(1, len(PAGES) + 1)), "question_mark", "escape", "colon", "escape")


def segments(pilot: Pilot[None]) -> list[Segment]:
    """What is drawn on the screen; of one that lies over another, what it shows itself."""
    screen = pilot.app.screen
    shown = [one.region for one in screen.query(Widget) if one.visible and one.region]
    region = Region.from_union(shown) if screen.is_modal else screen.region
    strips = screen._compositor.render_strips()[region.y : region.bottom]
    return [segment for strip in strips for segment in strip.crop(region.x, region.right)]


def is_text(segment: Segment) -> bool:
    return any(char.isalnum() and char.isascii() for char in segment.text)


def colours(style: Style) -> tuple[str, str]:
    assert style.color is not None
    assert style.bgcolor is not None
    pair = style.color.get_truecolor().hex, style.bgcolor.get_truecolor().hex
    return (pair[1], pair[0]) if style.reverse else pair


def unreadable(pilot: Pilot[None]) -> list[str]:
    """The texts that stand out too little from their ground: less than half of that is asked of what stands back."""
    grounds = pilot.app.options.grounds  # pyright: ignore[reportAttributeAccessIssue]
    back = {readable(colour, grounds, DIMMED) for colour in (GREY, FAINT)}
    found: list[str] = []
    for segment in filter(is_text, segments(pilot)):
        assert segment.style is not None
        fore, ground = colours(segment.style)
        least = DIMMED if segment.style.dim or fore in back else READABLE
        if contrast(fore, ground) < least:
            found.append(f"{segment.text!r}: {fore} on {ground}, {contrast(fore, ground):.2f}")
    return found


async def take(pilot: Pilot[None], step: str) -> None:
    """Press a key, or let messages appear."""
    screen = pilot.app.screen
    if step == TOAST:
        assert isinstance(screen, Page)
        screen.copy("nnlab train xor --epochs 10")
        screen.say("There is no file houses.csv.", wrong=True)
    else:
        await pilot.press(step)
    await settle(pilot)


async def through_all(pilot: Pilot[None]) -> dict[str, list[str]]:
    """What cannot be read on each page, in its help and in the palette."""
    found: dict[str, list[str]] = {}
    for step in STEPS:
        await take(pilot, step)
        for segment in segments(pilot):
            style = segment.style or Style.null()
            assert style.bgcolor is not None, (step, segment.text)
            assert not style.bgcolor.is_default, (step, segment.text)
            if not segment.text.isspace():
                assert style.color is not None, (step, segment.text)
                assert not style.color.is_default, (step, segment.text)
        found[step] = unreadable(pilot)
    return {step: texts for step, texts in found.items() if texts}


@pytest.mark.parametrize("theme", OWN_COLOURS)
def test_every_text_of_every_page_can_be_read_in_every_theme(theme: str, trainers: Trainers, make_run: MakeRun):
    make_run("xor-1")

    async def script(pilot: Pilot[None]) -> None:
        assert await through_all(pilot) == {}

    play(trainers, script, theme=theme)


def test_a_theme_chosen_on_the_way_is_that_of_what_is_drawn(trainers: Trainers, make_run: MakeRun):
    make_run("xor-1")

    async def script(pilot: Pilot[None]) -> None:
        for _ in THEMES:
            await pilot.press("T")
            if pilot.app.theme in OWN_COLOURS:
                assert await through_all(pilot) == {}

    play(trainers, script)


@pytest.mark.parametrize("options", [RenderOptions(colour=False), RenderOptions(colour=False, ascii=True)])
def test_without_colours_no_cell_has_one(
    options: RenderOptions, trainers: Trainers, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NO_COLOR", "1")
    make_run("xor-1")

    async def script(pilot: Pilot[None]) -> None:
        for step in STEPS:
            await take(pilot, step)
            for segment in segments(pilot):
                style = segment.style or Style.null()
                assert style.color is None or style.color.is_default, (step, segment)
                assert style.bgcolor is None or style.bgcolor.is_default, (step, segment)

    play(trainers, script, options=options)


@pytest.mark.parametrize("keys", [("colon",), ("4",)])
@pytest.mark.parametrize("ascii", [False, True])
def test_without_colours_the_line_under_the_cursor_is_seen(
    keys: tuple[str, ...], ascii: bool, trainers: Trainers, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NO_COLOR", "1")
    make_run("a-run")

    async def script(pilot: Pilot[None]) -> None:
        await pilot.press(*keys)
        await settle(pilot)
        await pilot.pause(0.3)
        found = "".join(one.text for one in segments(pilot) if one.style and one.style.underline and one.style.bold)
        assert "a-run" in found or "Play or pause" in found

    play(trainers, script, options=RenderOptions(colour=False, ascii=ascii))


@pytest.mark.parametrize("theme", [name for name in THEMES if name.startswith("ansi")])
def test_in_a_terminals_own_colours_grounds_and_plain_texts_are_left_to_it(
    theme: str, trainers: Trainers, make_run: MakeRun
):
    make_run("xor-1")

    async def script(pilot: Pilot[None]) -> None:
        for step in ("2", "3"):
            await pilot.press(step)
            await settle(pilot)
            styles = [segment.style or Style.null() for segment in segments(pilot) if is_text(segment)]
            assert any(style.color is None or style.color.is_default for style in styles)
            assert {style.bgcolor.triplet for style in styles if style.bgcolor is not None} == {None}, step
            inks = {style.color.triplet.hex for style in styles if style.color is not None and style.color.triplet}
            assert all(contrast(ink, "#000000" if theme == "ansi-dark" else "#ffffff") >= DIMMED for ink in inks)

    play(trainers, script, theme=theme)
