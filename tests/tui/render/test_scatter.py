"""Scatter plots tell classes by shape, and how far answers lie from the truth."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from nnlab.tui.render.blocks import plain
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.render.scatter import predicted_against_true, scatter

PLAIN = RenderOptions(colour=False)


@pytest.mark.parametrize("width", [60, 80, 200])
def test_scatters_fill_exactly_their_place(
    pairs: dict[str, Any], width: int, options: RenderOptions, holds: Callable[..., None]
) -> None:
    classes = ["setosa", "versicolor"]
    for lines in (
        predicted_against_true(pairs, width, 16, options),
        scatter([1, 2, 3], [3, 1, 2], [0, 1, 1], classes, ("x", "y"), width, 16, options),
    ):
        assert len(lines) == 16
        holds(lines, width, options, exact=True)


def test_each_class_has_a_shape_and_odd_points_are_left_out() -> None:
    xs, ys = [0.0, 1.0, math.nan, 2.0], [0.0, 1.0, 1.0, math.inf]
    drawn = plain(scatter(xs, ys, [0, 1, 0, 1], ["no", "yes"], ("x1", "x2"), 60, 12, PLAIN))
    body, legend = drawn.rsplit("\n", 1)
    assert (body.count("●"), body.count("▲")) == (1, 1)
    assert legend == "● no   ▲ yes"


def test_predictions_are_summed_up_in_words(pairs: dict[str, Any]) -> None:
    drawn = plain(predicted_against_true(pairs, 80, 16, PLAIN))
    assert "mean absolute error 0.6667, no bias" in drawn
    assert "true MPG" in drawn
    high = {"target": "y", "points": [[value, value + 5] for value in range(10)]}
    assert "mean absolute error 5.0000, bias 5.0000, too high" in plain(predicted_against_true(high, 80, 16, PLAIN))


def test_perfect_answers_lie_on_the_diagonal() -> None:
    data = {"target": "y", "points": [[value / 100, value / 100] for value in range(101)]}
    lines = plain(predicted_against_true(data, 60, 16, RenderOptions(colour=False, ascii=True))).split("\n")
    drawn = [line[4:].rstrip() for line in lines[1:-4]]
    starts = [len(line) - len(line.lstrip()) for line in drawn]
    assert starts == sorted(starts, reverse=True)


@pytest.mark.parametrize("points", [[], [[1.0, 1.0]], [[1.0, math.nan]], [[0.0, 1e300], [1.0, -1e300]]])
def test_odd_predictions_are_drawn_or_passed_over(points: list[list[float]], options: RenderOptions) -> None:
    assert len(predicted_against_true({"target": "y", "points": points}, 60, 12, options)) <= 12


@pytest.mark.parametrize("width", [40, 56, 76])
def test_a_long_target_is_read_whole_above_and_cut_below_where_there_is_no_room(width: int) -> None:
    target = "median house value"
    rows = plain(predicted_against_true({"target": target, "points": [[1, 2], [2, 4]]}, width, 14, PLAIN)).split("\n")
    assert rows[0].strip() == f"predicted {target}"
    assert any("true med" in row for row in rows[1:])
