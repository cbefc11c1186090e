"""The state of the data page: what is listed, what is looked at, and which columns a picture shows."""

from pathlib import Path

import pytest

from nnlab.engine.data.overview.view import read_view
from nnlab.tui.data.state import DataState


@pytest.fixture
def state() -> DataState:
    state = DataState()
    state.begin("xor")
    state.take(read_view("xor"))
    return state


def test_before_anything_is_read_there_is_nothing_to_see():
    state = DataState()
    state.move(1, 1)
    state.next_second_axis()
    assert (state.chosen, state.axes, state.group, state.dataset_name) == ("", None, "", "")


def test_the_cursor_stays_within_the_table(state: DataState):
    state.move(-1, -1)
    assert (state.row, state.chosen) == (0, "x1")
    state.move(10**12, 99)
    assert (state.row, state.chosen) == (999, "label")
    state.list_move(99)
    assert state.name == state.names[-1]


def test_axes_follow_the_chosen_column(state: DataState):
    assert state.axes == ("x1", "x2")
    state.move(across=1)
    assert state.axes == ("x2", "x1")
    state.move(across=1)
    assert state.axes == ("x1", "x2")
    state.take(read_view("iris"))
    state.next_second_axis()
    assert state.axes == ("sepal length (cm)", "petal length (cm)")


def test_points_are_told_apart_by_the_target_or_the_chosen_column(state: DataState):
    assert state.group == "label"
    state.tell_by()
    assert state.group == "x1"
    state.tell_by()
    assert state.group == "label"


def test_a_target_is_no_axis_unless_it_must_be():
    state = DataState()
    state.take(read_view("plane"))
    assert state.axes == ("x1", "x2")
    state.move(across=2)
    assert state.axes == ("y", "x1")


def test_a_failure_leaves_what_was_in_view(state: DataState, tmp_path: Path):
    name = str(tmp_path / "no.csv")
    state.begin(name)
    assert state.name == name
    state.fail("There is no such file.")
    assert name not in state.names
    assert (state.name, state.dataset_name, state.loading) == ("xor", "xor", "")
    assert state.error
    state.move(1)
    assert state.error == ""
