"""The drawing of the data page: which panes and columns there is room for, and what is said where there is nothing."""

import pytest

from nnlab.engine.data.overview.view import read_view
from nnlab.tui.data.browse import Browse
from nnlab.tui.data.cells import measured
from nnlab.tui.data.draw import DRAW, PANES, in_view, panes, title, too_small
from nnlab.tui.render.blocks import plain
from nnlab.tui.render.palette import RenderOptions


def test_the_chosen_column_is_in_view_however_many_there_are():
    widths = [10] * 30
    for chosen in range(30):
        assert chosen in in_view(widths, chosen, 50)
    assert list(in_view(widths, 0, 50)) == [0, 1, 2, 3]
    assert list(in_view([99], 0, 50)) == [0]


@pytest.mark.parametrize(
    ("size", "shown"),
    [((59, 40), ()), ((80, 24), ("rows",)), ((120, 40), ("data", "rows")), ((200, 60), PANES), ((200, 16), ("rows",))],
)
def test_panes_are_shown_as_there_is_room(size: tuple[int, int], shown: tuple[str, ...]):
    assert panes(size, PANES, "rows", "rows") == shown


@pytest.mark.parametrize("options", [RenderOptions(), RenderOptions(colour=False, ascii=True)])
@pytest.mark.parametrize("name", PANES)
def test_every_pane_is_drawn_at_any_size(name: str, options: RenderOptions):
    browse = Browse()
    assert (DRAW[name](browse, 40, 10, options) == []) == (name != "data")
    browse.begin("auto-mpg")
    browse.take(measured(read_view("auto-mpg")))
    for column in range(9):
        browse.column = column
        for width, height in ((20, 3), (56, 10), (78, 20), (196, 50)):
            lines = plain(DRAW[name](browse, width, height, options)).split("\n")
            assert len(lines) <= height
            assert all(len(line) <= width for line in lines)


def test_what_is_being_read_or_cannot_be_is_said():
    browse, options = Browse(), RenderOptions(colour=False)
    browse.begin("mnist")
    assert plain(title(browse, 60, 1, options)) == "loading mnist …"
    assert "mnist" in plain(too_small(browse, 60, 1, options))
    browse.fail("It cannot be read.")
    assert plain(title(browse, 60, 1, options)) == "It cannot be read."
    assert plain(DRAW["rows"](browse, 10, 5, options)).split("\n") == ["It cannot", "be read."]
