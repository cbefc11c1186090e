"""Ticks stand at round numbers and labels tell them apart."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlab.tui.render.axes import Axis, bounds, ends_axis, epoch_axis, even_axis, frame, linear_axis, log_axis
from nnlab.tui.render.blocks import plain, words
from nnlab.tui.render.palette import RenderOptions

NUMBERS = st.floats(allow_nan=True, allow_infinity=True)


@pytest.mark.parametrize(
    ("low", "high", "most", "labels"),
    [
        (0.03, 0.71, 4, ["0.2", "0.4", "0.6"]),
        (0, 1, 4, ["0.00", "0.25", "0.50", "0.75", "1.00"]),
        (-2, 2, 4, ["-2", "-1", "0", "1", "2"]),
        (0, 60000, 3, ["0", "20000", "40000", "60000"]),
        (0.0, 3e-6, 3, ["0", "1e-06", "2e-06", "3e-06"]),
    ],
)
def test_ticks_are_round_numbers(low: float, high: float, most: int, labels: list[str]) -> None:
    assert [label for _, label in linear_axis(low, high, most).ticks] == labels


def test_epochs_have_no_fractions() -> None:
    assert [label for _, label in linear_axis(1, 3, 10, whole=True).ticks] == ["1", "2", "3"]


def test_log_ticks_are_decades_or_round_parts_of_them() -> None:
    assert [label for _, label in log_axis(-4, 1, 12)[0].ticks] == ["0.0001", "0.001", "0.01", "0.1", "1", "10"]
    assert [label for _, label in log_axis(-1.3, 0, 10)[0].ticks] == ["0.1", "0.2", "0.5", "1"]
    assert [label for _, label in log_axis(-0.3, 0, 10)[0].ticks] == ["0.501", "0.631", "0.794", "1"]


@given(NUMBERS, NUMBERS, st.integers(2, 60))
def test_ticks_of_an_even_axis_stand_equally_many_rows_apart_and_all_values_are_in_sight(
    one: float, other: float, rows: int
) -> None:
    low, high = bounds(one, other)
    axis, (bottom, top) = even_axis(low, high, rows)
    assert bottom <= low < high <= top
    at = [share * rows for share, _ in axis.ticks]
    assert len(at) >= min(rows, 3)
    gaps = {round(after - before, 6) for before, after in pairwise(at)}
    assert len(gaps) == 1
    assert all(abs(place % 1 - 0.5) < 1e-6 for place in at)


@given(st.integers(1, 10**7), st.integers(0, 10**7), st.integers(8, 250))
def test_labels_of_epochs_leave_room_for_each_other(first: int, more: int, columns: int) -> None:
    low, high = (first, first + more) if more else (first - 0.5, first + 0.5)
    ticks = epoch_axis(low, high, columns).ticks
    assert ticks[0][1] == f"{first:,}"
    assert ticks[-1][1] == f"{first + more:,}"
    places = [share * columns for share, _ in ticks]
    inner = zip(pairwise(places), pairwise(label for _, label in ticks), strict=True)
    if len(ticks) > 2:
        assert all(right - left >= (len(a) + len(b)) / 2 + 1 for (left, right), (a, b) in inner)


@given(NUMBERS, NUMBERS, st.integers(1, 20))
def test_any_limits_give_an_axis_within_its_length(one: float, other: float, most: int) -> None:
    low, high = bounds(one, other, pad=0.04)
    assert low < high
    for axis in (linear_axis(low, high, most), ends_axis(low, high)):
        assert all(-1e-6 <= share <= 1 + 1e-6 for share, _ in axis.ticks)
        assert len(axis.ticks) <= 2 * most + 3


def test_limits_are_widened_when_equal_and_never_fall_below_zero_by_padding() -> None:
    assert bounds(3, 3) == (2.7, 3.3)
    assert bounds(0, 0) == (-0.5, 0.5)
    assert bounds(0.01, 1, pad=0.1)[0] == 0


def test_a_frame_has_labels_at_their_ticks_and_names() -> None:
    picture = [words("########") for _ in range(3)]
    x = Axis(((0.0, "0"), (0.99, "8")), "x1")
    y = Axis(((0.0, "low"), (0.99, "high")), "x2")
    assert plain(frame(picture, x, y, RenderOptions(False, True))).split("\n") == [
        "x2",
        "high+########",
        "    |########",
        " low+########",
        "    ++------+",
        "     0  x1  8",
    ]
