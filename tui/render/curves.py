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
from .charts import ChartView, Series, chart
from .palette import TRAIN, VALID, RenderOptions
from .text import metric_name

Epochs = Sequence[Mapping[str, Any]]


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
    """The train and valid curves of a metric, those without any value left out."""
    epochs = column(history, "epoch")
    curves = [
        Series("train", epochs, column(history, f"{metric}_train"), TRAIN, dotted=True),
        Series("valid", epochs, column(history, f"{metric}_valid"), VALID),
    ]
    return [one for one in curves if not np.isnan(one.values).all()]


def curve(
    history: Epochs,
    metric: str,
    width: int,
    height: int,
    options: RenderOptions,
    *,
    view: ChartView | None = None,
    best: int | None = None,
) -> Lines:
    """Train and valid of one metric (`loss`, `accuracy`, `mae`) over the epochs of a history: `height` lines.

    `best` is the epoch to mark; changes of the learning rate are marked on their own.
    """
    rates = column(history, "epoch"), column(history, "lr")
    return chart(
        series_of(history, metric), metric_name(metric), width, height, options, view=view, best=best, rates=rates
    )
