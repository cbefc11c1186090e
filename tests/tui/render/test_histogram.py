"""Histograms and bars: every value counted, what is missing said."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from nnlab.tui.render.blocks import plain
from nnlab.tui.render.histogram import bar_of, bars, histogram, histograms
from nnlab.tui.render.palette import RenderOptions

ASCII = RenderOptions(colour=False, ascii=True)
VALUES = np.random.default_rng(0).normal(size=300)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_histograms_fit(width: int, options: RenderOptions, holds: Callable[..., None]) -> None:
    holds(histogram(VALUES, "weight", width, 10, options), width, options, exact=True)
    holds(histograms({f"column {i}": VALUES for i in range(7)}, width, options), width, options)


def test_two_values_make_two_bars() -> None:
    lines = plain(histogram([0, 0, 1, 1], "coin", 21, 6, ASCII)).split("\n")
    assert lines[0] == "coin"
    assert lines[1].split("|")[-1].split("+")[-1] == "#" * 19
    lone = plain(histogram([0, 0, 0, 1], "coin", 21, 6, ASCII)).split("\n")
    assert set(lone[1][-9:]) <= {" ", "#"}
    assert lone[1].count("#") == 10


def test_missing_values_are_counted() -> None:
    assert "2 missing" in plain(histogram([1.0, math.nan, math.inf], "x", 60, 8, ASCII))


@pytest.mark.parametrize("values", [[], [3.0], [3.0] * 5, [1e300, -1e300], [math.nan]])
def test_odd_columns_are_drawn(values: list[float], options: RenderOptions) -> None:
    assert len(histogram(values, "odd", 60, 8, options)) == 8


def test_bars_are_as_long_as_their_share(options: RenderOptions, holds: Callable[..., None]) -> None:
    lines = bars({"7": 0.75, "4": 0.25}, 60, options, shares=True)
    holds(lines, 60, options)
    seven, four = plain(lines).split("\n")
    assert seven.endswith("75.0 %")
    assert four.startswith("4 ")
    assert bar_of(0.5, 10, ASCII) == "#####     "
    assert bar_of(0.55, 10, RenderOptions()) == "█████▌    "


def test_many_names_end_in_a_sum() -> None:
    text = plain(bars({f"class {i}": 2.0 for i in range(30)}, 60, ASCII, most=5))
    assert text.split("\n")[-1] == "and 25 more with 50"
