"""The reliability of probabilities as a curve: what a network says it is sure of, and how often it is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .axes import cell_of, frame, gutter, linear_axis
from .blocks import Lines, fit, flow, paint, words
from .canvas import Stroke, draw
from .palette import BLUE, GREY, RenderOptions
from .text import number

_ROWS = 10
FEWEST = 10  # rows of a bin that is drawn
_MOST_COLUMNS = 40


def reliability_lines(told: Mapping[str, Any], width: int, options: RenderOptions) -> Lines:
    """The reliability of an evaluation as its JSON tells it: ECE and Brier score, and each bin of ten rows or more as a
    dot; honest ones are on the dotted diagonal, those of a network too sure of itself below it. The curve is left out
    where rows are too few for it."""
    numbers = words(f"ECE {number(told['ece'])}"), words(f"Brier score {number(told['brier'])}")
    lines = flow([words(("probabilities", options.bold)), *numbers], width)
    if told["few"]:
        return [*lines, fit(words(("too few rows for a curve", options.grey)), width)]
    across, up = linear_axis(0, 1, 4, "said"), linear_axis(0, 1, 2, "right")
    columns = min(max(width - gutter(up), 10), _MOST_COLUMNS)
    shown = [one for one in told["bins"] if one["rows"] >= FEWEST]
    said, right = (np.array([one[key] for one in shown]) for key in ("said", "right"))
    ends = np.array([0.0, 1.0])
    strokes = [Stroke(ends, ends, 2, spacing=3, mark="."), Stroke(said, right, 1)]
    chars, keys = draw(strokes, columns, _ROWS, ascii=options.ascii)
    for x, y in zip(said, right, strict=True):
        at = _ROWS - 1 - cell_of(y, _ROWS), cell_of(x, columns)
        chars[at], keys[at] = options.pick("●", "O"), 1
    picture = paint(chars, keys, lambda one: options.ink({1: BLUE, 2: GREY}.get(one)))
    return [*lines, *frame(picture, across, up, options)]
