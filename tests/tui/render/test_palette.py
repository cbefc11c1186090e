"""Colours stay apart where there are few of them."""

from rich.color import Color, ColorSystem

from nnlab.tui.render.palette import BLUE, CLASSES, GREY, NOTE, ORANGE, RenderOptions

FEW = RenderOptions(sixteen=True)


def shown(red: int, green: int, blue: int) -> int | None:
    """Which of sixteen colours a terminal shows."""
    return Color.from_rgb(red, green, blue).downgrade(ColorSystem.STANDARD).number


def test_ten_classes_are_ten_grounds_in_sixteen_colours():
    assert len({shown(*FEW.ground(colour)) for colour in CLASSES}) == len(CLASSES)


def test_ten_classes_axes_and_marks_are_twelve_letters_in_sixteen_colours():
    colours = [FEW.ink(colour).color for colour in (*CLASSES, GREY, NOTE)]
    found = [colour.downgrade(ColorSystem.STANDARD).number for colour in colours if colour is not None]
    assert len(set(found)) == len(CLASSES) + 2


def test_other_colours_and_other_terminals_are_left_alone():
    assert FEW.ink("#808080") == RenderOptions().ink("#808080")
    assert [RenderOptions().ground(colour) for colour in (BLUE, ORANGE)] == [(0, 135, 255), (255, 135, 0)]
    assert not RenderOptions(colour=False, sixteen=True).ink(BLUE)
