"""The network view fits at every size, tells of what it leaves out, and reads without colour."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks_drawn import filters, layer, maps, packed, unit
from rich.cells import cell_len

from nnlab.tui.render.blocks import Lines, in_ascii, plain
from nnlab.tui.render.network import last_first, network
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.render.units import draw_unit, read_unit
from nnlab.tui.render.wires import Wire, draw_wires, wires

PLAIN, ASCII = RenderOptions(colour=False), RenderOptions(colour=False, ascii=True)
LOOKS = [RenderOptions(), PLAIN, ASCII, RenderOptions(ascii=True)]


def rows(data: dict[str, Any], width: int, height: int, options: RenderOptions = ASCII, first: int = 0) -> list[str]:
    return plain(network(data, width, height, options, first=first)).split("\n")


@settings(max_examples=150, deadline=None)
@given(
    width=st.integers(1, 220),
    height=st.integers(1, 70),
    widths=st.lists(st.integers(1, 16), max_size=6),
    more=st.sampled_from([0, 24]),
    first=st.integers(0, 20),
    options=st.sampled_from(LOOKS),
    name=st.text(max_size=30),
)
def test_networks_fill_exactly_their_place_at_any_size(
    width: int, height: int, widths: list[int], more: int, first: int, options: RenderOptions, name: str
):
    check(network(maps(widths, more, 2, (name, "x2")), width, height, options, first=first), width, height, options)


@settings(max_examples=100, deadline=None)
@given(
    width=st.integers(1, 220),
    height=st.integers(1, 70),
    count=st.integers(1, 24),
    size=st.tuples(st.integers(1, 32), st.integers(1, 32)),
    first=st.integers(0, 30),
    options=st.sampled_from(LOOKS),
)
def test_weight_pictures_fill_exactly_their_place_at_any_size(
    width: int, height: int, count: int, size: tuple[int, int], first: int, options: RenderOptions
):
    check(network(filters(count, *size, more=8), width, height, options, first=first), width, height, options)


def check(lines: Lines, width: int, height: int, options: RenderOptions) -> None:
    assert len(lines) == (height if width >= 20 and height >= 6 else 1)
    assert {sum(cell_len(part.text) for part in line) for line in lines} == {width}
    assert not options.ascii or plain(in_ascii(lines)).isascii()
    assert options.colour or not any(part.style for line in lines for part in line)


def test_a_small_network_looks_as_drawn_by_hand():
    one = maps([1])
    one["layers"][0]["units"].pop()
    one["weights"][0]["cells"] = packed([254])
    one["weights"][1]["cells"] = packed([254, 0])
    assert rows(one, 48, 9) == [
        "inputs               layer 1              output",
        "x1                   1.1                  no",
        " .::-==**#%@          .::-==**#%@          :-*#%",
        " .::-==**#%@          .::-==**#%@      +++ :-*#%",
        " .::-==**#%@          .::-==**#%@++++++    :-*#%",
        " .::-==**#%@+++++++++ .::-==**#%@---      yes",
        " .::-==**#%@          .::-==**#%@   ----   :-*#%",
        " .::-==**#%@          .::-==**#%@       -- :-*#%",
        "                                           :-*#%",
    ]


def test_units_stand_in_as_many_columns_as_lets_all_be_seen():
    drawn = "\n".join(rows(maps([32, 32]), 118, 40))
    names = [f"{layer}.{number}" for layer in (1, 2) for number in range(1, 33)]
    assert [name for name in names if name not in drawn] == []
    assert "more" not in drawn
    assert "+++" in drawn


def test_units_that_have_no_room_are_counted_and_can_be_scrolled_to():
    drawn = "\n".join(rows(maps([120], more=4), 60, 14))
    shown = len(set(re.findall(r"1\.\d+", drawn)))
    assert 12 <= shown < 120
    assert f"+{124 - shown} more" in drawn
    later = "\n".join(rows(maps([120], more=4), 60, 14, first=119))
    assert "1.120" in later
    assert f"+{124 - shown} more" in later


@pytest.mark.parametrize(
    ("data", "width", "height", "scrolls"),
    [
        *((maps([150]), 60, 14, True), (maps([3, 150], more=4), 60, 14, True)),
        *((maps([2]), 80, 20, False), (maps([12]), 80, 20, False), (maps([12]), 10, 20, False)),
    ],
)
def test_it_is_known_how_far_units_can_be_scrolled(data: dict[str, Any], width: int, height: int, scrolls: bool):
    last = last_first(data, width, height)
    assert bool(last) == scrolls
    assert rows(data, width, height, first=last) == rows(data, width, height, first=last + 1)
    assert not last or rows(data, width, height, first=last) != rows(data, width, height, first=last - 1)


def test_weight_pictures_can_be_scrolled_to_the_last():
    data = filters(24, 28, 28, more=8)
    last = last_first(data, 40, 24)
    assert 0 < last < 24
    assert any("1.24" in row for row in rows(data, 40, 24, first=last))
    assert not any("1.24" in row for row in rows(data, 40, 24, first=last - 1))
    assert last_first(filters(6, 8, 8), 60, 24) == 0


def test_layers_that_have_no_room_or_were_left_out_are_counted():
    assert "+2" in rows(maps([4, 4], skipped=2), 80, 20)[0]
    assert rows(maps([2] * 6), 24, 10)[0].split() == ["in", "1", "2", "+4", "out"]


def test_connections_are_drawn_where_there_is_room_and_tell_their_sign():
    wide = maps([2])
    assert any("+++" in row for row in rows(wide, 80, 20))
    for weights in wide["weights"]:
        weights["cells"] = packed(np.zeros(4))
    negative = rows(wide, 80, 20)
    assert any("---" in row for row in negative[:-1])
    assert not any("++" in row for row in negative[:-1])
    wide["weights"] = [None, None]
    assert not any("---" in row or "+++" in row for row in rows(wide, 80, 20)[:-1])
    assert not any("+++" in row for row in rows(maps([2] * 6), 50, 20)[:-1])


def test_a_stronger_wire_lies_over_a_weaker_one_and_the_weakest_are_left_out():
    lines = wires([1.0, 5.0], [1.0], np.array([[127, -20]]), most=9)
    assert [round(line.strength, 2) for line in lines] == [-0.16, 1.0]
    chars, strengths = draw_wires(lines, 6, 8, RenderOptions())
    assert (strengths[1] == 1).all()
    assert not strengths[2:].any()
    assert (chars[1] != " ").all()
    dotted = draw_wires([Wire(1, 1, -1.0)], 20, 3, PLAIN)[0]
    assert (draw_wires([Wire(1, 1, 1.0)], 20, 3, PLAIN)[0][1] != dotted[1]).any()


def test_a_unit_of_one_sign_is_dark_where_it_is_nearest_to_neutral():
    above = read_unit(unit("1.1", 0.4, 0.6), 0, layer("layer 1", []), (20, 20)).shares
    below = read_unit(unit("1.1", -0.6, -0.4), 0, layer("layer 1", []), (20, 20)).shares
    assert (above[0, 0], above[0, -1]) == (0, 1)
    assert (below[0, 0], below[0, -1]) == (-1, 0)
    both = read_unit(unit("1.1", -0.5, 1), 0, layer("layer 1", []), (20, 20)).shares
    assert (both[0, 0], both[0, -1]) == (-0.5, 1)
    flat = read_unit(unit("1.1", 0, 0), 0, layer("layer 1", []), (20, 20)).shares
    assert not flat.any()


def test_blue_is_negative_orange_positive_and_a_class_has_its_own_colour():
    def ends(shown: Any) -> list[Any]:
        chars, numbers, styles = draw_unit(shown, 20, 2, RenderOptions())
        assert chars.shape == (2, 20)
        return [styles[number].bgcolor.triplet for number in (numbers[0, 0], numbers[0, -1])]

    low, high = ends(read_unit(unit("1.1"), 0, layer("layer 1", []), (20, 20)))
    assert (tuple(low), tuple(high)) == ((0, 135, 255), (255, 135, 0))
    none, full = ends(read_unit(unit("c", 0, 1), 2, layer("output", [], classes=True), (20, 20)))
    assert sum(none) < 100
    assert tuple(full) == (0, 175, 135)


def test_weight_pictures_are_as_large_as_lets_all_be_seen():
    drawn = rows(filters(6, 8, 8), 60, 24)
    assert drawn[0] == "layer 1 weights"
    assert [name for row in drawn for name in row.split() if name.startswith("1.")] == [f"1.{n}" for n in range(1, 7)]
    assert "more" not in "".join(drawn)
    assert "+16 more" in "".join(rows(filters(24, 28, 28, more=8), 40, 24))


def test_names_cannot_steer_the_terminal(options: RenderOptions, holds: Callable[..., None]):
    data = maps([2], names=("\x1b[2J\x1b]0;gone\x07", "日本\n"))
    lines = network(data, 60, 20, options)
    holds(lines, 60, options, exact=True)
    assert "\x1b" not in plain(lines)


def test_cells_of_another_size_than_it_says_are_refused():
    with pytest.raises(ValueError):
        network({**maps([2]), "width": 21}, 60, 20, PLAIN)
