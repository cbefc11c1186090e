"""A threshold for the second of two classes: what it is worth beside a half, and the curves of all others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .axes import cell_of, frame, gutter, linear_axis
from .blocks import Lines, beside, fit, flow, paint, stack, words
from .canvas import Stroke, draw
from .palette import BLUE, GREY, NOTE, RenderOptions
from .tables import TableColumn, table
from .text import count, inert, number, percent

_COUNTS = {
    "true_positives": "found",
    "false_positives": "false alarms",
    "false_negatives": "missed",
    "true_negatives": "rightly not",
}
_SPARE = {"rightly not": 3, "accuracy": 2, "F1": 1}  # columns that are left out first where there is no room
_CURVES = (("roc", "ROC", "false alarms", "recall"), ("precision_recall", "precision-recall", "recall", "precision"))
_ROWS = 10
_MOST_COLUMNS, _LEAST_COLUMNS, _ROOMY = 36, 10, 26
_GAP = 3


def threshold_lines(told: Mapping[str, Any], width: int, options: RenderOptions) -> Lines:
    """The threshold of an evaluation as its JSON tells it: a table of the chosen one beside a half, and both curves,
    the chosen one marked on each, where they are defined."""
    positive = inert(told["positive"], max(width // 2, 8), ascii=options.ascii)
    title = [words((f"threshold for {positive}", options.bold)), words((inert(told["said"]), options.grey))]
    parts = [[*flow(title, width), *_table(told, width, options)]]
    drawn = [curve for curve in _CURVES if told[curve[0]] is not None]
    if drawn:
        room = (width - _GAP * (len(drawn) - 1)) // len(drawn) - gutter(linear_axis(0, 1, 2))
        columns = min(max(room, _LEAST_COLUMNS), _MOST_COLUMNS)
        parts.append(beside([_curve(told, *curve, columns, options) for curve in drawn], gap=_GAP))
    return stack(parts)


def _table(told: Mapping[str, Any], width: int, options: RenderOptions) -> Lines:
    """A line each for the chosen threshold and the half."""
    heads = ["precision", "recall", "F1", "accuracy"]
    named = ["from", *heads, *_COUNTS.values()]
    columns = [TableColumn(name, True, spare=_SPARE.get(name, 0)) for name in named]
    rows = [
        [
            f"{judged['threshold']:.3g}",
            *(percent(judged[name.lower()]) for name in heads),
            *(count(judged[name]) for name in _COUNTS),
        ]
        for judged in (told["chosen"], told["half"])
    ]
    return table(columns, rows, width, options, styles={0: options.bold})


def _curve(
    told: Mapping[str, Any], key: str, title: str, x: str, y: str, columns: int, options: RenderOptions
) -> Lines:
    """One curve with its area and the place of the chosen threshold."""
    curve, judged = told[key], told["chosen"]
    strokes = [Stroke(np.array(curve["x"]), np.array(curve["y"]), 1)]
    if key == "roc":
        strokes.insert(0, Stroke(np.array([0.0, 1.0]), np.array([0.0, 1.0]), 2, spacing=3, mark="."))
    chars, keys = draw(strokes, columns, _ROWS, ascii=options.ascii)
    others = judged["false_positives"] + judged["true_negatives"]
    alarms = judged["false_positives"] / others
    place = (alarms, judged["recall"]) if key == "roc" else (judged["recall"], judged["precision"])
    if all(np.isfinite(place)):
        at = _ROWS - 1 - cell_of(place[1], _ROWS), cell_of(place[0], columns)
        chars[at], keys[at] = options.pick("●", "O"), 3
    colours = {1: BLUE, 2: GREY, 3: NOTE}
    picture = paint(chars, keys, lambda one: options.ink(colours.get(one)))
    roomy = columns >= _ROOMY
    across, up = linear_axis(0, 1, 2, x if roomy else x.removeprefix("false ")), linear_axis(0, 1, 2, y)
    area = number(curve["area"], 4 if roomy else 2)
    head = [*words((title, options.bold)), *words((f" area {area}", options.grey))]
    return [fit(head, columns + gutter(up)), *frame(picture, across, up, options)]
