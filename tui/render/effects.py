"""What the answers become along a column: curves of numbers, bars of categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rich.cells import cell_len

from .axes import Axis, bounds, ends_axis, frame, gutter, linear_axis
from .blocks import Lines, beside, fit, flow, paint, stack, words
from .canvas import Stroke, draw
from .histogram import bar_of
from .palette import BLUE, GREY, RenderOptions
from .text import inert, number

_ROWS = 8
_WIDEST, _LEAST = 36, 20
_GAP = 3


def effect_lines(told: Sequence[Mapping[str, Any]], target: str, width: int, options: RenderOptions) -> Lines:
    """The effects of an evaluation as its JSON tells them: the mean answer where all rows have the same value, and
    dotted some single rows. Two stand side by side where there is room."""
    answer = told[0]["answer"]
    what = target if answer is None else f"the probability of {answer}"
    if any(one["answer"] != answer for one in told):
        what = "the probability of the class that changes most"
    said = f"{inert(what, max(width - 30, 8), ascii=options.ascii)} where all rows have one value"
    head = flow([words(("what columns do", options.bold)), words((said, options.grey))], width)
    several = any(one["answer"] != answer for one in told)
    room = (width - _GAP) // 2 if width >= 2 * _LEAST + _GAP else width
    drawn = [_effect(one, min(room, _WIDEST + 8), options, named=several) for one in told]
    pairs = (
        [drawn[first : first + 2] for first in range(0, len(drawn), 2)] if room < width else [[one] for one in drawn]
    )
    return [*head, *stack([beside(pair, _GAP) for pair in pairs])]


def _effect(one: Mapping[str, Any], width: int, options: RenderOptions, *, named: bool) -> Lines:
    title = inert(one["column"] + (f": {one['answer']}" if named else ""), width, ascii=options.ascii)
    lines = [fit(words((title, options.bold)), width)]
    return lines + (_bars(one, width, options) if one["kind"] == "category" else _curve(one, width, options))


def _curve(one: Mapping[str, Any], width: int, options: RenderOptions) -> Lines:
    """The mean over single rows."""
    date = one["kind"] == "date"
    at = np.array(one["at"], dtype="datetime64[D]").astype(np.float64) if date else np.array(one["at"])
    mean, rows = np.array(one["mean"], dtype=np.float64), np.array(one["rows"], dtype=np.float64)
    both = np.concatenate([mean[None], rows])
    known = both[np.isfinite(both)]
    if not len(known):
        return [words(("no numbers", options.grey))]
    low, high = bounds(float(known.min()), float(known.max()))
    up = linear_axis(low, high, 3)
    columns = max(width - gutter(up), 8)
    span = at[-1] - at[0]
    xs = (at - at[0]) / span
    strokes = [Stroke(xs, (row - low) / (high - low), 2, spacing=3, mark=".") for row in rows]
    strokes.append(Stroke(xs, (mean - low) / (high - low), 1))
    chars, keys = draw(strokes, columns, _ROWS, ascii=options.ascii)
    picture = paint(chars, keys, lambda key: options.ink({1: BLUE, 2: GREY}.get(key)))
    across = ends_axis(float(at[0]), float(at[-1]))
    if date:
        across = Axis(((0.0, str(one["at"][0])), (1.0, str(one["at"][-1]))))
    return frame(picture, across, up, options)


def _bars(one: Mapping[str, Any], width: int, options: RenderOptions) -> Lines:
    """A bar from the least mean on for each category."""
    names = [inert(str(name), max(width // 3, 6), ascii=options.ascii) for name in one["at"]]
    texts = [number(value) for value in one["mean"]]
    left, right = max(map(cell_len, names)), max(map(len, texts))
    known = [value for value in one["mean"] if np.isfinite(value)]
    least, most = min(0.0, *known, 0.0), max(0.0, *known, 0.0)
    room = max(width - left - right - 2, 1)
    lines: Lines = []
    for name, text, value in zip(names, texts, one["mean"], strict=True):
        share = (value - least) / (most - least) if most > least else 0.0
        bar = bar_of(share, room, options)
        lines.append(fit([*fit(words(name), left + 1), *words((bar, options.ink(BLUE)), f" {text:>{right}}")], width))
    return lines
