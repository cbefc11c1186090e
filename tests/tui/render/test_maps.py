"""Maps: classes by colour or by letter, points by shape, the boundary visible, axes named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nnlab.tui.render.blocks import plain
from nnlab.tui.render.maps import decision_map, draw_map, plane_in, read_map
from nnlab.tui.render.palette import RenderOptions, contrast

ASCII, PLAIN = RenderOptions(colour=False, ascii=True), RenderOptions(colour=False)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_maps_fill_exactly_their_place(
    class_map: dict[str, Any], value_map: dict[str, Any], width: int, options: RenderOptions, holds: Callable[..., None]
) -> None:
    for data in (class_map, value_map):
        lines = decision_map(data, width, 20, options)
        assert len(lines) == 20
        holds(lines, width, options, exact=True)


def test_without_colour_letters_tell_class_and_certainty_and_dots_the_boundary(class_map: dict[str, Any]) -> None:
    class_map["points"] = []
    row = plain(draw_map(read_map(class_map), 40, 5, ASCII)).split("\n")[2]
    left, right = row.split(".")
    assert set(left) <= {"X", "x", " "}
    assert set(right) <= {"H", "h", " "}
    assert left.startswith("X")
    assert left.rstrip()[-1] == "x"


def test_points_show_their_class_and_whether_the_answer_is_right(class_map: dict[str, Any]) -> None:
    drawn = plain(draw_map(read_map(class_map), 40, 20, PLAIN))
    assert [drawn.count(mark) for mark in "●▲○△"] == [1, 1, 1, 0]
    simple = plain(draw_map(read_map(class_map), 40, 20, ASCII))
    assert simple.count("0!") == 1
    assert simple.count("0") == 2
    assert simple.count("1") == 1


def test_row_zero_is_the_top(class_map: dict[str, Any]) -> None:
    class_map["points"] = [[-0.9, 1.9, 0, 1]]
    drawn = plain(draw_map(read_map(class_map), 40, 20, PLAIN)).split("\n")
    assert "●" in drawn[0]
    assert drawn[0].index("●") == 1


def test_axes_name_the_features_and_their_ranges(class_map: dict[str, Any]) -> None:
    lines = plain(decision_map(class_map, 60, 20, ASCII)).split("\n")
    assert lines[0] == "height"
    assert lines[1].startswith(" 2.0+")
    assert lines[-2].split() == ["-1.0", "width", "1.0"]
    assert lines[-1] == "Xx 0 no   Hh 1 yes   1! misclassified"


def test_with_colour_the_boundary_is_a_dark_seam(class_map: dict[str, Any]) -> None:
    class_map["points"] = []
    row = draw_map(read_map(class_map), 40, 10, RenderOptions())[5]
    lightness = [
        sum(segment.style.bgcolor.triplet)
        for segment in row
        for _ in segment.text
        if segment.style and segment.style.bgcolor and segment.style.bgcolor.triplet
    ]
    assert len(lightness) == 40
    assert min(lightness[18:22]) < lightness[0] / 3


def test_on_a_light_ground_the_boundary_is_a_light_seam_and_points_are_seen(class_map: dict[str, Any]) -> None:
    light = RenderOptions(grounds=("#ffffff",))
    rows = draw_map(read_map(class_map), 40, 10, light)
    tones = [segment.style for row in rows for segment in row if segment.style and segment.style.bgcolor]
    grounds = [sum(style.bgcolor.triplet) for style in tones if style.bgcolor and style.bgcolor.triplet]
    assert min(grounds) > 250
    assert max(grounds) > 650
    marks = [segment.style for row in rows for segment in row if segment.text.strip(" ▀") and segment.style]
    assert marks
    for style in marks:
        assert style.color
        assert style.bgcolor
        pair = [f"#{part.triplet.hex[1:]}" for part in (style.color, style.bgcolor) if part.triplet]
        assert contrast(pair[0], pair[1]) >= 3


def test_neighbours_of_equal_colour_share_a_segment(class_map: dict[str, Any]) -> None:
    class_map["points"] = []
    assert all(len(row) <= 24 for row in draw_map(read_map(class_map), 200, 30, RenderOptions()))


def test_values_have_a_ramp_with_its_ends(value_map: dict[str, Any]) -> None:
    legend = plain(decision_map(value_map, 60, 12, ASCII)).split("\n")[-1]
    assert legend.startswith("10.00 ")
    assert legend.endswith("20.00  o true value")


def test_class_names_cannot_steer_the_terminal(class_map: dict[str, Any], options: RenderOptions) -> None:
    class_map["classes"] = ["\x1b[2J\x1b]0;gone\x07", "a\nb"]
    class_map["x"] = "\x1b[1;1H"
    drawn = plain(decision_map(class_map, 60, 20, options))
    assert "\x1b" not in drawn
    assert "\x07" not in drawn
    assert len(drawn.split("\n")) == 20


def test_a_grid_of_another_size_than_it_says_is_refused(class_map: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        read_map({**class_map, "width": 41})


@pytest.mark.parametrize("width", [60, 120])
def test_where_the_plane_lies_is_told(class_map: dict[str, Any], width: int, options: RenderOptions) -> None:
    class_map["points"] = []
    lines = decision_map(class_map, width, 20, options)
    left, top, columns, rows = plane_in(read_map(class_map), width, 20, options)
    alone = draw_map(read_map(class_map), columns, rows, options)
    cells = [line[left : left + columns] for line in plain(lines).split("\n")[top : top + rows]]
    assert [line.rstrip() for line in cells] == plain(alone).split("\n")
