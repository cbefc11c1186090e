"""The line of keys and the help are made from the table of actions."""

import pytest

from nnlab.tui.actions import EVERYWHERE, LIVE, SESSION
from nnlab.tui.lab.actions import LAB
from nnlab.tui.render.blocks import plain, width_of
from nnlab.tui.render.keys import key_columns, key_line
from nnlab.tui.render.palette import RenderOptions

COLOUR, ASCII = RenderOptions(), RenderOptions(colour=False, ascii=True)
ALL = (*LAB, *EVERYWHERE, *SESSION)


def test_keys_with_one_label_share_it():
    assert "↑↓ choose  ←→ change" in plain(key_line(LAB, 200, COLOUR))
    assert "up/down choose  left/right change" in plain(key_line(LAB, 200, ASCII))


@pytest.mark.parametrize("width", range(12, 130))
def test_a_line_of_keys_tells_whole_ones_and_always_how_to_leave_and_find_the_others(width: int):
    line = plain(key_line(ALL, width, COLOUR))
    assert len(line) <= width
    items = [item.strip() for item in line.split("  ") if item.strip()]
    labels = {action.label for action in ALL if action.label}
    assert {item.rpartition(" ")[2] for item in items} <= labels
    assert ("? help" in line and "q quit" in line) or width < len("q quit  ? help")


@pytest.mark.parametrize("width", [40, 56, 76, 116, 146])
@pytest.mark.parametrize("options", [COLOUR, ASCII])
def test_the_help_tells_all_of_every_action_in_its_group(width: int, options: RenderOptions):
    lines = key_columns(ALL, width, options)
    assert max(map(width_of, lines)) <= width
    text = plain(lines)
    words = text.split()
    for action in ALL:
        assert action.group in text
        assert set(action.help.split()) <= set(words), action
    assert text.isascii() or not options.ascii


def test_keys_stand_in_another_style_than_what_they_do():
    for options in (COLOUR, RenderOptions(colour=False)):
        (line,) = key_line(LAB, 80, options)
        key, word = line[0], line[1]
        assert key.style != word.style
        assert word.text.startswith(" ")


def test_what_is_sought_leaves_only_those_that_have_it():
    found = plain(key_columns((*LIVE, *EVERYWHERE), 116, COLOUR, "learning rate"))
    assert "Double the learning rate." in found
    assert "Type a learning rate." in found
    assert "checkpoint" not in found
    assert key_columns(LIVE, 116, COLOUR, "nothing like it") == []


def test_there_are_as_many_columns_as_there_is_room_for():
    assert len(key_columns(ALL, 116, COLOUR)) < len(key_columns(ALL, 76, COLOUR)) < len(key_columns(ALL, 40, COLOUR))
