"""plotext survives whatever a training produces, and draws where it is told to."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from nnlab.tui.render.canvas import Stroke, draw

HOSTILE = """
import itertools, math
import numpy as np
from nnlab.tui.render.charts import Series, ChartView, chart
from nnlab.tui.render.palette import RenderOptions

odd = [math.nan, math.inf, -math.inf, 0.0, -1.0, 1e300, -1e300, 1.7e308, 5e-324, 1e7, 0.5]
series = [[], [math.nan] * 9, [3.0] * 9, [0.0] * 9, [1e308, -1e308], *([value] for value in odd)]
series += [list(pair) for pair in itertools.permutations(odd, 2)]
series += [[1.0, value, 2.0, 3.0, value] for value in odd]
series += [np.random.default_rng(seed).choice(odd, 300).tolist() for seed in range(10)]
for values in series:
    for log, smoothing, options in ((False, 0, RenderOptions()), (True, 0.9, RenderOptions(False, True))):
        curve = Series("valid", np.arange(1.0, len(values) + 1), np.array(values, dtype=float), "#ff8700")
        lines = chart([curve], "loss", 60, 10, options, view=ChartView(log=log, smoothing=smoothing, cursor=2), best=1)
        assert len(lines) == 10, values
for width, height in ((1, 1), (2, 2), (5, 3), (300, 80)):
    chart([Series("a", np.arange(5.0), np.arange(5.0), "#ff8700")], "loss", width, height, RenderOptions())
print("alive")
"""


def test_no_value_kills_or_hangs_the_process() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", HOSTILE], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "alive"), done.stderr


@pytest.mark.parametrize("ascii", [False, True])
def test_a_line_runs_from_corner_to_corner(ascii: bool) -> None:
    chars, keys = draw([Stroke(np.array([0.0, 1.0]), np.array([0.0, 1.0]), key=7)], 10, 5, ascii=ascii)
    assert chars.shape == keys.shape == (5, 10)
    assert keys[4, 0] == keys[0, 9] == 7
    assert keys[0, 0] == keys[4, 9] == 0
    assert set(np.unique(keys)) == {0, 7}


def test_what_is_not_finite_is_a_gap() -> None:
    xs = np.linspace(0, 1, 9)
    ys = np.array([0.5, 0.5, 0.5, np.nan, np.inf, np.nan, 0.5, 0.5, 0.5])
    row = "".join(draw([Stroke(xs, ys, key=1)], 18, 3, ascii=True)[0][1])
    assert row.strip("*") != ""
    assert row.strip("*").strip() == ""
    assert row.startswith("*")
    assert row.endswith("*")


def test_a_single_spike_among_thousands_is_drawn() -> None:
    ys = np.full(50_000, 0.1)
    ys[31_234] = 1.0
    _, keys = draw([Stroke(np.linspace(0, 1, 50_000), ys, key=1)], 40, 10, ascii=False)
    assert keys[0].sum() == 1


def test_dotted_lines_are_lighter_than_solid_ones() -> None:
    xs = np.linspace(0, 1, 50)
    solid, dotted = (
        draw([Stroke(xs, xs * 0 + 0.5, key=1, spacing=spacing)], 20, 3, ascii=False)[0] for spacing in (0, 2)
    )
    assert [_dots_in(chars[1]) for chars in (solid, dotted)] == [40, 20]


def test_points_outside_are_held_at_the_edge() -> None:
    _, keys = draw([Stroke(np.array([0.0, 1.0]), np.array([-1e300, 1e300]), key=1)], 10, 4, ascii=False)
    assert keys[3, 0] == keys[0, 9] == 1


def _dots_in(row: Any) -> int:
    return sum((ord(char) - 0x2800).bit_count() for char in "".join(row).replace(" ", ""))
