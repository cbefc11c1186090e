"""The curves of one run: train and valid of a metric in one picture.

Train is dotted and blue, valid solid and orange, so the two are told apart without colour as well.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...engine.history import History
from .blocks import Lines
from .charts import ChartView, Series, chart, epoch_at
from .palette import TRAIN, VALID, RenderOptions
from .series import Rates
from .text import metric_name

HIGHER_IS_BETTER = ("accuracy",)
MOST = {"accuracy": 1.0}  # the greatest value that there can be
_SPLITS = {"train": TRAIN, "valid": VALID}
Epochs = Sequence[Mapping[str, Any]]
ByHand = Sequence[tuple[int, float]]


def metrics_of(history: Epochs) -> list[str]:
    """Which curves a history holds, in the order to show them: of `loss`, `accuracy`, `mae`."""
    keys = {key for record in (*history[:1], *history[-1:]) for key in record}
    return [name for name in ("loss", "accuracy", "mae") if {f"{name}_train", f"{name}_valid"} & keys]


def column(history: Epochs, key: str) -> np.ndarray[Any, Any]:
    """One key of every record as floats, of the history's own precision; NaN where a record lacks it or holds None."""
    if isinstance(history, History):
        found = history.columns.get(key)
        return np.full(len(history), math.nan) if found is None else np.array(found)
    values = (record.get(key) for record in history)
    return np.array([math.nan if value is None else value for value in values], dtype=float)


def series_of(history: Epochs, metric: str) -> list[Series]:
    """The train and valid curves of a metric, those without any value left out; where several members answer together,
    with a band from the best of them alone to the worst."""
    epochs = column(history, "epoch")
    least, most = (column(history, f"{metric}_valid_{end}") for end in ("least", "most"))
    band = None if np.isnan(least).all() else (least, most)
    curves = [
        Series("train", epochs, column(history, f"{metric}_train"), TRAIN, dotted=True, most=most_of(metric)),
        Series("valid", epochs, column(history, f"{metric}_valid"), VALID, band=band, most=most_of(metric)),
    ]
    return [one for one in curves if not np.isnan(one.values).all()]


def most_of(metric: str) -> float:
    """The greatest value that a metric can have."""
    return MOST.get(metric, math.inf)


def curve(
    history: Epochs,
    metric: str,
    width: int,
    height: int,
    options: RenderOptions,
    *,
    view: ChartView | None = None,
    best: int | None = None,
    by_hand: ByHand = (),
) -> Lines:
    """Train and valid of one metric (`loss`, `accuracy`, `mae`) over the epochs of a history: `height` lines.

    `best` is the best epoch by the loss, which is marked on it; on another metric the best epoch by that one is.
    Changes of the learning rate are marked on their own, and those that were made `by_hand`: (epoch, rate).
    """
    series, rates, best = _charted(history, metric, best, by_hand)
    return chart(series, metric_name(metric), width, height, options, view=view, best=best, rates=rates)


def epoch_under(
    at: int,
    history: Epochs,
    metric: str,
    width: int,
    height: int,
    options: RenderOptions,
    *,
    view: ChartView,
    best: int | None = None,
    by_hand: ByHand = (),
) -> int | None:
    """The epoch that column `at` of `curve` with the same arguments shows; None left or right of the picture."""
    series, rates, best = _charted(history, metric, best, by_hand)
    return epoch_at(at, series, metric_name(metric), width, height, options, view=view, best=best, rates=rates)


def _charted(history: Epochs, metric: str, best: int | None, by_hand: ByHand) -> tuple[list[Series], Rates, int | None]:
    """The curves, the learning rates, and the epoch to mark."""
    series = series_of(history, metric)
    if metric != "loss" and series:
        best = best_of(series[-1], highest=metric in HIGHER_IS_BETTER)
    return series, Rates(column(history, "epoch"), column(history, "lr"), by_hand), best


def running_loss(told: Sequence[tuple[int, float]], width: int, height: int, options: RenderOptions) -> Lines:
    """The mean loss so far within the first epoch over its batches, (batch, loss): `height` lines."""
    batches, losses = (np.array(column, dtype=float) for column in zip(*told, strict=True))
    series = [Series("train", batches, losses, TRAIN)]
    return chart(series, "loss so far in epoch 1", width, height, options, view=ChartView(over="batch"))


def best_of(series: Series, *, highest: bool) -> int | None:
    """The first epoch of the best value; None where there is none."""
    worth = np.where(np.isfinite(series.values), series.values if highest else -series.values, -math.inf)
    return int(series.epochs[worth.argmax()]) if np.isfinite(worth).any() else None


def fold_curves(histories: Sequence[Epochs], metric: str, width: int, height: int, options: RenderOptions) -> Lines:
    """The mean of several runs' curves of a metric, as those of the folds of a cross-validation, and behind it a band
    from the least to the greatest validation value at each epoch: `height` lines."""
    series = [one for one in (_mean(histories, metric, split) for split in _SPLITS) if one is not None]
    return chart(series, metric_name(metric), width, height, options)


def _mean(histories: Sequence[Epochs], metric: str, split: str) -> Series | None:
    """The mean at each epoch over the runs that had it; None where none has a value."""
    curves = [(column(history, "epoch"), column(history, f"{metric}_{split}")) for history in histories]
    epochs = np.unique(np.concatenate([at for at, _ in curves]))
    values = np.full((len(curves), len(epochs)), math.nan)
    for row, (at, found) in zip(values, curves, strict=True):
        row[np.searchsorted(epochs, at)] = found
    seen = np.isfinite(values).any(axis=0)
    if not seen.any():
        return None
    epochs, values = epochs[seen], np.where(np.isfinite(values), values, math.nan)[:, seen]
    band = (np.nanmin(values, axis=0), np.nanmax(values, axis=0)) if split == "valid" else None
    label = f"{split}, mean of {len(histories)}"
    return Series(
        label,
        epochs,
        np.nanmean(values, axis=0),
        _SPLITS[split],
        dotted=split == "train",
        band=band,
        most=most_of(metric),
    )
