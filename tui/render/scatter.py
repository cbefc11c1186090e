"""Scatter plots: two features by class, and predicted against true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .axes import Axis, bounds, frame, gutter, linear_axis
from .blocks import Lines, fit, flow, paint, words
from .canvas import Array
from .palette import GREY, VALID, RenderOptions, class_colour, class_shape
from .text import inert, number

_BITS = np.array([[0x40, 0x04, 0x02, 0x01], [0x80, 0x20, 0x10, 0x08]])
_DENSITY = ".:+*#@"
_DIAGONAL = 999
_TENDENCY = 0.05
_ROOMY = 6
_HUGE = 1e150  # whose square is a number still


def scatter(
    xs: Sequence[float] | Array,
    ys: Sequence[float] | Array,
    kinds: Sequence[int] | Array,
    classes: Sequence[str],
    names: tuple[str, str],
    width: int,
    height: int,
    options: RenderOptions,
) -> Lines:
    """Points of two features, each class with a colour and a shape of its own, `height` lines of `width` cells.

    `kinds`: each point's index into `classes`, all 0 where there are none; `names`: of the x and the y axis. Points
    that are not finite are left out. Where several share a cell, the class with most of them shows.
    """
    points = np.column_stack((np.asarray(xs, float), np.asarray(ys, float), np.asarray(kinds, float)))
    points = points[np.isfinite(points).all(axis=1)]
    items: Lines = [
        words(
            (class_shape(index, options) + " ", options.ink(class_colour(index))), inert(name, 20, ascii=options.ascii)
        )
        for index, name in enumerate(classes)
    ]
    legend = flow(items, width)[:4]
    rows = max(height - len(legend) - 3, 2)
    x, y, columns, limits = _axes(points, names, width, rows)
    column, row = _cells(points, limits, columns, rows)
    votes = np.zeros((max(len(classes), 1), rows, columns), dtype=np.int64)
    np.add.at(votes, (points[:, 2].astype(int), row, column), 1)
    keys = np.where(votes.sum(axis=0) > 0, votes.argmax(axis=0), -1)
    shapes = np.array([*(class_shape(index, options) for index in range(len(votes))), " "])
    picture = paint(shapes[keys], keys, lambda key: options.ink(class_colour(key)) if key >= 0 else options.ink())
    return [fit(line, width) for line in (frame(picture, x, y, options) + legend)[:height]]


def predicted_against_true(data: Mapping[str, Any], width: int, height: int, options: RenderOptions) -> Lines:
    """Draw a `scatter` picture (`target`, `points` as [true, predicted] pairs): what a regression answers.

    The diagonal is where every point would lie; both axes have the same limits. Points are braille dots (or
    characters that say how many share a cell).
    """
    pairs = np.array(data.get("points") or [], dtype=float).reshape(-1, 2)
    pairs = np.clip(pairs[np.isfinite(pairs).all(axis=1)], -_HUGE, _HUGE)
    target = str(data.get("target", ""))
    low, high = bounds(float(pairs.min()), float(pairs.max()), pad=0.04) if len(pairs) else (0.0, 1.0)
    notes = flow(_fit_notes(pairs, options), width)
    rows = max(height - len(notes) - 3, 2)
    y = linear_axis(low, high, min(max(rows // 2, 2), 6), f"predicted {target}")
    columns = max(width - gutter(y), 4)
    x = linear_axis(low, high, max(columns // 12, 2), f"true {target}")
    limits = (low, high, low, high)
    chars, keys = _dots(pairs, limits, columns, rows, options)
    ideal = np.repeat(np.linspace(low, high, 4 * columns)[:, None], 2, axis=1)
    line, on_line = _dots(ideal, limits, columns, rows, options)
    behind = (keys == 0) & (on_line > 0)
    chars, keys = np.where(behind, "/" if options.ascii else line, chars), np.where(behind, _DIAGONAL, keys)
    colours = {0: None, 1: VALID, _DIAGONAL: GREY}
    picture = paint(chars, keys, lambda key: options.ink(colours[key]))
    return [fit(line, width) for line in (frame(picture, x, y, options) + notes)[:height]]


def _fit_notes(pairs: Array, options: RenderOptions) -> Lines:
    """How far the points lie from the diagonal, in the target's units."""
    if not len(pairs):
        return [words(("nothing to draw yet", options.grey))]
    errors = pairs[:, 1] - pairs[:, 0]
    miss, lean = float(np.abs(errors).mean()), float(errors.mean())
    spread = float(pairs[:, 0].std()) or 1.0
    bias = "no bias" if abs(lean) < _TENDENCY * spread else f"bias {number(lean)}, too {'high' if lean > 0 else 'low'}"
    off = words("mean absolute error ", (number(miss), options.bold), f", {bias}")
    return [off, words(("on the diagonal: predicted exactly", options.grey))]


def _axes(points: Array, names: tuple[str, str], width: int, rows: int) -> tuple[Axis, Axis, int, tuple[float, ...]]:
    """Axes for points, the columns that are left for the picture, and (x low, x high, y low, y high)."""
    spans = [(0.0, 1.0), (0.0, 1.0)]
    if len(points):
        spans = [bounds(float(points[:, i].min()), float(points[:, i].max()), pad=0.03) for i in (0, 1)]
    y = linear_axis(*spans[1], min(max(rows // 2, 2), 6), names[1])
    columns = max(width - gutter(y), 4)
    x = linear_axis(*spans[0], max(columns // 12, 2), names[0])
    return x, y, columns, (*spans[0], *spans[1])


def _cells(points: Array, limits: tuple[float, ...], columns: int, rows: int) -> tuple[Array, Array]:
    """Column and row of each point on a grid of that size, row 0 at the top."""
    x_low, x_high, y_low, y_high = limits
    across = np.clip((points[:, 0] - x_low) / (x_high - x_low), 0, 1)
    up = np.clip((points[:, 1] - y_low) / (y_high - y_low), 0, 1)
    return np.minimum((across * columns).astype(int), columns - 1), np.minimum(((1 - up) * rows).astype(int), rows - 1)


def _dots(
    points: Array, limits: tuple[float, ...], columns: int, rows: int, options: RenderOptions
) -> tuple[Array, Array]:
    """Points as bullets where they are few, else as braille dots; in ASCII as characters that grow with how many
    share a cell. Keys are 1 where there is any."""
    if options.ascii or len(points) * _ROOMY < rows * columns:
        column, row = _cells(points, limits, columns, rows)
        tally = np.zeros((rows, columns), dtype=np.int64)
        np.add.at(tally, (row, column), 1)
        marks = np.array([" ", *(_DENSITY if options.ascii else "•")])
        return marks[np.minimum(tally, len(marks) - 1)], (tally > 0).astype(np.int64)
    column, row = _cells(points, limits, columns * 2, rows * 4)
    masks = np.zeros((rows, columns), dtype=np.int64)
    np.bitwise_or.at(masks, (row // 4, column // 2), _BITS[column % 2, 3 - row % 4])
    chars = np.where(masks > 0, (0x2800 + masks).astype(np.uint32).view("<U1"), " ")
    return chars, (masks > 0).astype(np.int64)
