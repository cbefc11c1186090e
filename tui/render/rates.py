"""The loss over a learning rate that rises, and the band of rates with which it fell quickly."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .axes import cell_of, even_axis, frame, gutter, log_axis
from .blocks import Lines, fit, paint, words
from .canvas import Stroke, draw
from .palette import BLUE, GOOD, RenderOptions
from .text import number, short

_BAND = 200  # the key of what lies in it
TALLEST = 1.15  # times the first loss, above which nothing is drawn


def rates(data: Mapping[str, Any], width: int, height: int, options: RenderOptions) -> Lines:
    """The data of `Rates`, `height` lines: the loss over the logarithm of the rate; the band is dotted."""
    tried: Sequence[Mapping[str, float]] = data["tried"]
    at = np.log10([one["rate"] for one in tried])
    losses = np.array([one["loss"] for one in tried], dtype=float)
    first = float(losses[0]) if math.isfinite(losses[0]) else 1.0
    losses = np.where(np.isfinite(losses), np.minimum(losses, first * TALLEST), first * TALLEST)
    rows = max(height - 3, 2)
    y, (low, high) = even_axis(float(losses.min()), float(losses.max()), rows)
    columns = max(width - gutter(y), 4)
    x, (left, right) = log_axis(float(at[0]), float(at[-1]), columns // 6)
    stroke = Stroke((at - left) / (right - left), (losses - low) / (high - low), 1)
    chars, keys = draw([stroke], columns, rows, ascii=options.ascii)
    if data["band"] is not None:
        ends = [cell_of((math.log10(end) - left) / (right - left), columns) for end in data["band"]]
        inside = np.zeros_like(keys, dtype=bool)
        inside[:, ends[0] : ends[1] + 1] = True
        free = inside & (keys == 0)
        chars[free], keys[free] = options.pick("░", ":"), _BAND
    picture = paint(chars, keys, lambda key: options.ink({1: BLUE, _BAND: GOOD}.get(key)))
    lines = [words(("loss", options.bold), f"  {number(first)} at first, the least {number(float(losses.min()))}")]
    lines += frame(picture, replace(x, name="learning rate"), y, options)
    return [fit(line, width) for line in lines[:height]]


def said(data: Mapping[str, Any]) -> str:
    """The band in a sentence, or that there is none."""
    band = data["band"]
    if band is None:
        return (
            f"With no rate did the loss fall clearly within {len(data['tried'])} steps, and it {data['ended']}: "
            "a network may need epochs before anything is seen."
        )
    return (
        f"The loss fell quickly between {short(band[0])} and {short(band[1])}, and {data['ended']}. "
        "Any rate in this band is worth a try; another seed moves its ends."
    )
