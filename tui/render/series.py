"""Curves before they are drawn: their values, what of them is in sight, and the scale that shows it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from .axes import bounds
from .canvas import Array
from .palette import RenderOptions
from .text import number

_STRETCHES = 4  # of a column that are told apart; braille has two dots side by side
_BLOCK = 128
_FIRST, _ENOUGH = 5, 12  # epochs that may lie out of sight, and values from which on some may
_USUAL = (2, 98)  # percentiles between which values are not rare
_ROOM, _SQUEEZED = 0.3, 2.5  # room above them as a share, and how much larger a scale would have to be without this
_LEAST = 0.01  # room above and below them as a share of what they are
_FAR_APART = 30.0


@dataclass(frozen=True)
class Series:
    """One curve: values over epochs, NaN where there is none. `dotted` draws it lighter than the solid ones; `mark` is
    a sign of one cell at its end and in the legend, to tell many curves apart. `band` is the least and the greatest
    value at each epoch, where the curve is the mean of several; `most` the greatest value that there can be. One
    without a `label` stands in no legend, and the scale is that of the others."""

    label: str
    epochs: Array
    values: Array
    colour: str
    dotted: bool = False
    mark: str = ""
    band: tuple[Array, Array] | None = None
    most: float = math.inf


class Rates(NamedTuple):
    """The learning rate at each epoch, and (epoch, rate) where somebody has set it: the base of any schedule."""

    epochs: Array
    values: Array
    by_hand: Sequence[tuple[int, float]] = ()


class RateChange(NamedTuple):
    """The epoch from which on there is another learning rate, and whether somebody has set it."""

    epoch: int
    rate: float
    by_hand: bool


@dataclass(frozen=True)
class ChartView:
    """How the user looks at the curves. `smoothing`: weight of the past, 0 (none) to below 1; `first`, `last`: epochs
    in sight, None to see all; `cursor`: the epoch whose values are read; `log_key`: the key of the log scale, which is
    told where one would help; `over` is what the curves go over."""

    smoothing: float = 0.0
    log: bool = False
    first: int | None = None
    last: int | None = None
    cursor: int | None = None
    log_key: str = ""
    over: str = "epoch"

    def inside(self, epochs: Array) -> Array:
        """Which epochs are in sight."""
        low = -math.inf if self.first is None else self.first
        high = math.inf if self.last is None else self.last
        return np.isfinite(epochs) & (epochs >= low) & (epochs <= high)


def smoothed(values: Array, weight: float) -> Array:
    """Exponential moving average over all points, corrected for its start, so that a constant stays constant.

    s_t = weight * s_(t-1) + (1 - weight) * v_t, divided by 1 - weight^n after n values; NaN is passed over.
    """
    known = np.isfinite(values)
    count = int(known.sum())
    blocks = np.zeros((count // _BLOCK + 1, _BLOCK))
    blocks.flat[:count] = values[known]
    ages = np.subtract.outer(np.arange(_BLOCK), np.arange(_BLOCK))
    blocks = blocks @ np.tril((1 - weight) * weight ** np.maximum(ages, 0)).T  # each block as if it were the first
    before = weight ** np.arange(1, _BLOCK + 1)
    for block, next_block in pairwise(blocks):
        next_block += before * block[-1]
    averages = np.full(len(values), math.nan)
    averages[known] = blocks.flat[:count] / (1 - np.cumprod(np.full(count, weight)))
    return averages


def thinned(one: Series, columns: int) -> Series:
    """The lowest and the highest point of each of a few stretches a column, float64: the same picture from fewer
    points, so that a long training takes no more memory to draw than a short one."""
    size = len(one.values) // (_STRETCHES * columns)
    if size < 4:
        return replace(one, epochs=one.epochs.astype(float), values=one.values.astype(float))
    whole = len(one.values) // size * size
    stretches = one.values[:whole].reshape(-1, size)
    finite = np.isfinite(stretches)
    starts = np.arange(0, whole, size)
    lowest = starts + np.where(finite, stretches, math.inf).argmin(axis=1)
    highest = starts + np.where(finite, stretches, -math.inf).argmax(axis=1)
    kept = np.unique(np.concatenate([lowest, highest, np.arange(whole, len(one.values)), [0, len(one.values) - 1]]))
    band = None if one.band is None else (one.band[0][kept], one.band[1][kept])
    return replace(one, epochs=one.epochs[kept].astype(float), values=one.values[kept].astype(float), band=band)


def log_refusal(series: Sequence[Series]) -> str:
    """Why these curves cannot have a log scale; empty when they can."""
    impossible = any((one.values[np.isfinite(one.values)] <= 0).any() for one in series)
    return "no log scale: it needs values above 0" if impossible else ""


def log10(values: Array) -> Array:
    """Base-10 logarithms; NaN where there is none."""
    return np.log10(np.where(values > 0, values, math.nan))


def in_sight(one: Series, view: ChartView) -> Series:
    """The part of a curve at the epochs in sight."""
    if view.first is None and view.last is None:
        return one
    inside = view.inside(one.epochs)
    band = None if one.band is None else (one.band[0][inside], one.band[1][inside])
    return replace(one, epochs=one.epochs[inside], values=one.values[inside], band=band)


def limits(arrays: Iterable[Array]) -> tuple[float, float]:
    """The least and the greatest finite value; there is one."""
    finite = [part for array in arrays if len(part := array[np.isfinite(array)])]
    return min(float(part.min()) for part in finite), max(float(part.max()) for part in finite)


def value_limits(shown: Sequence[Series], best: int | None, *, log: bool) -> tuple[float, float]:
    """The values in sight, base-10 logarithms where `log`: all of them, unless those of the first epochs or rare peaks
    would leave little room for the others. The newest values and the best one are in sight whatever they are."""
    arrays = [array for one in shown for array in (one.values, *(one.band or ()))]
    if log:
        low, high = limits(map(log10, arrays))
        return low - 0.05, high + 0.05
    low, high = limits(arrays)
    finite = [one.values[np.isfinite(one.values)] for one in shown]
    later = [values[min(_FIRST, len(values) // 10) :] for values in finite if len(values)]
    count = sum(map(len, later))
    if count >= _ENOUGH:
        inner = [np.percentile(values, _USUAL) for values in later]
        bottom, top = min(float(pair[0]) for pair in inner), max(float(pair[1]) for pair in inner)
        must = [float(values[-1]) for values in later]
        must += [float(value) for one in shown[-1:] for value in one.values[one.epochs == best] if math.isfinite(value)]
        room = max((top - bottom) * _ROOM, _LEAST * max(abs(bottom), abs(top)))
        bottom, top = min([bottom - room, *must]), max([top + room, *must])
        if high - low > _SQUEEZED * (min(high, top) - max(low, bottom)):
            low, high = max(low, bottom), min(high, top)
    return bounds(low, high)


def beyond(shown: Sequence[Series], values: tuple[float, float], options: RenderOptions, *, log: bool) -> list[str]:
    """What is to be told of values out of sight."""
    if log:
        return []
    low, high = limits(array for one in shown for array in (one.values, *(one.band or ())))
    above = [f"{options.pick('↑', '^')} to {number(high)}"] if high > values[1] else []
    return above + ([f"{options.pick('↓', 'v')} to {number(low)}"] if low < values[0] else [])


def log_helps(shown: Sequence[Series]) -> bool:
    """Whether the values lie so far apart that a log scale tells more."""
    low, high = limits(one.values for one in shown)
    return low > 0 and high / low > _FAR_APART


def epoch_limits(shown: Sequence[Series]) -> tuple[float, float]:
    """The first and the last epoch; of one epoch half of one on either side."""
    low, high = limits(one.epochs for one in shown)
    return (low, high) if high > low else (low - 0.5, high + 0.5)
