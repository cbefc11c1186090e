"""The state of the data page: what is listed, what is looked at, and which columns a picture shows."""

from pathlib import Path

import pytest

from nnlab.engine.data.overview.view import read_view
from nnlab.tui.data.browse import Browse


@pytest.fixture
def browse() -> Browse:
    browse = Browse()
    browse.begin("xor")
    browse.take(read_view("xor"))
    return browse


def test_before_anything_is_read_there_is_nothing_to_see():
    browse = Browse()
    browse.move(1, 1)
    browse.next_across()
    assert (browse.chosen, browse.axes, browse.group, browse.dataset_name) == ("", None, "", "")


def test_the_cursor_stays_within_the_table(browse: Browse):
    browse.move(-1, -1)
    assert (browse.row, browse.chosen) == (0, "x1")
    browse.move(10**12, 99)
    assert (browse.row, browse.chosen) == (999, "label")
    browse.list_move(99)
    assert browse.name == browse.names[-1]


def test_axes_follow_the_chosen_column(browse: Browse):
    assert browse.axes == ("x1", "x2")
    browse.move(across=1)
    assert browse.axes == ("x2", "x1")
    browse.move(across=1)
    assert browse.axes == ("x1", "x2")
    browse.take(read_view("iris"))
    browse.next_across()
    assert browse.axes == ("sepal length (cm)", "petal length (cm)")


def test_points_are_told_apart_by_the_target_or_the_chosen_column(browse: Browse):
    assert browse.group == "label"
    browse.tell_by()
    assert browse.group == "x1"
    browse.tell_by()
    assert browse.group == "label"


def test_a_target_is_no_axis_unless_it_must_be():
    browse = Browse()
    browse.take(read_view("plane"))
    assert browse.axes == ("x1", "x2")
    browse.move(across=2)
    assert browse.axes == ("y", "x1")


def test_a_failure_leaves_what_was_in_view(browse: Browse, tmp_path: Path):
    name = str(tmp_path / "no.csv")
    browse.begin(name)
    assert browse.name == name
    browse.fail("There is no such file.")
    assert name not in browse.names
    assert (browse.name, browse.dataset_name, browse.loading) == ("xor", "xor", "")
    assert browse.trouble
    browse.move(1)
    assert browse.trouble == ""
