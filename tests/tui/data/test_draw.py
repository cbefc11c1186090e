"""The drawing of the data page: which panes and columns there is room for, and what is said where there is nothing."""

import pytest

from nnlab.engine.data.overview.view import read_view
from nnlab.tui.data.cells import measured
from nnlab.tui.data.draw import DRAW, in_view, title, too_small
from nnlab.tui.data.state import DataState
from nnlab.tui.render.blocks import plain
from nnlab.tui.render.palette import RenderOptions


def test_the_chosen_column_is_in_view_however_many_there_are():
    widths = [10] * 30
    for chosen in range(30):
        assert chosen in in_view(widths, chosen, 50)
    assert list(in_view(widths, 0, 50)) == [0, 1, 2, 3]
    assert list(in_view([99], 0, 50)) == [0]


@pytest.mark.parametrize("options", [RenderOptions(), RenderOptions(colour=False, ascii=True)])
@pytest.mark.parametrize("name", DRAW)
def test_every_pane_is_drawn_at_any_size(name: str, options: RenderOptions):
    state = DataState()
    assert DRAW[name](state, 40, 10, options) != []
    state.begin("auto-mpg")
    state.take(measured(read_view("auto-mpg")))
    for column in range(9):
        state.column = column
        for width, height in ((20, 3), (56, 10), (78, 20), (196, 50)):
            lines = plain(DRAW[name](state, width, height, options)).split("\n")
            assert len(lines) <= height
            assert all(len(line) <= width for line in lines)


def test_what_is_being_read_or_cannot_be_is_said():
    state, options = DataState(), RenderOptions(colour=False)
    state.begin("mnist")
    assert plain(title(state, 60, 1, options)) == "loading mnist …"
    assert "mnist" in plain(too_small(state, 60, 1, options))
    state.fail("It cannot be read.")
    assert plain(title(state, 60, 1, options)) == "It cannot be read."
    assert plain(DRAW["rows"](state, 10, 5, options)).split("\n") == ["It cannot", "be read."]
