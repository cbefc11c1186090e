"""What a network reaches with growing parts of its train rows, as a curve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .axes import Axis, bounds, cell_of, frame, gutter, linear_axis
from .blocks import Lines, fit, paint, words
from .canvas import Stroke, draw
from .palette import BLUE, GREY, NOTE, RenderOptions
from .tables import wrapped
from .text import count, metric_name

_ROWS = 10
_MOST_COLUMNS = 60


def learning_curve_lines(told: Mapping[str, Any], width: int, options: RenderOptions) -> Lines:
    """The learning curve as its JSON tells it: a dot for each number of train rows, each twice the last, in the band
    that holds its mean, where there is one; below it what that says."""
    measure = metric_name(told["measure"])
    title = words(
        ("more rows", options.bold),
        (f"   {measure} on {count(told['valid_rows'])} validation rows, by train rows", options.grey),
    )
    said = [words(line) for line in wrapped(told["sentence"], width)]
    return [fit(title, width), *_curve(told, width, options), *said]


def _curve(told: Mapping[str, Any], width: int, options: RenderOptions) -> Lines:
    parts = told["parts"]
    ends = [value for one in parts for value in (*one["each"], one["low"], one["high"]) if _known(value)]
    if not ends:
        return [words(("every training diverged", options.grey))]
    low, high = bounds(min(ends), max(ends), pad=0.05)
    up = linear_axis(low, high, 3)
    columns = min(max(width - gutter(up), 10), _MOST_COLUMNS)
    xs = (np.arange(len(parts)) + 0.5) / len(parts)

    def line(key: str) -> np.ndarray[Any, Any]:
        return np.array([(one[key] - low) / (high - low) if _known(one[key]) else np.nan for one in parts])

    strokes = [Stroke(xs, line(key), 2, spacing=2, mark=".") for key in ("low", "high")]
    strokes.append(Stroke(xs, line("mean"), 1))
    chars, keys = draw(strokes, columns, _ROWS, ascii=options.ascii)
    for x, y in zip(xs, line("mean"), strict=True):
        if np.isfinite(y):
            at = _ROWS - 1 - cell_of(float(y), _ROWS), cell_of(float(x), columns)
            chars[at], keys[at] = options.pick("●", "O"), 3
    picture = paint(chars, keys, lambda key: options.ink({1: BLUE, 2: GREY, 3: NOTE}.get(key)))
    across = Axis(tuple((float(x), count(one["rows"])) for x, one in zip(xs, parts, strict=True)), "")
    return frame(picture, across, up, options)


def _known(value: float | None) -> bool:
    return value is not None and bool(np.isfinite(value))
