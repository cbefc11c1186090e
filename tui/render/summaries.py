"""The tables of a training: epochs, metrics beside baselines, classes, columns of the data, layers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Protocol

from .blocks import Lines, words
from .curves import Epochs
from .palette import NOTE, RenderOptions
from .tables import TableColumn, table, thinned
from .text import count, duration, metric_name, number, percent, short

EPOCH_COLUMNS: tuple[tuple[str, str, int], ...] = (
    ("epoch", "epoch", 0),
    ("loss_train", "train loss", 2),
    ("loss_valid", "valid loss", 0),
    ("accuracy_train", "train acc.", 3),
    ("accuracy_valid", "valid acc.", 1),
    ("mae_valid", "valid MAE", 1),
    ("lr", "lr", 4),
    ("seconds", "time", 5),
)


def epoch_table(
    history: Epochs, width: int, options: RenderOptions, *, best: int | None = None, most: int = 12
) -> Lines:
    """The epochs as a table, thinned to `most` rows: first, last, best and evenly between; the best is marked."""
    if not history:
        return [words(("no epoch is over yet", options.grey))]
    present = [item for item in EPOCH_COLUMNS if any(_is_told(item[0], record.get(item[0])) for record in history)]
    bests = [index for index, record in enumerate(history) if best is not None and record["epoch"] == best]
    rows = thinned(len(history), max(most, 2), bests)
    columns = [TableColumn(title, numeric=True, spare=spare) for _, title, spare in present]
    texts = [
        ["★" if row in bests else "", *(epoch_cell(key, history[row].get(key)) for key, _, _ in present)]
        for row in rows
    ]
    styles = {at: options.ink(NOTE, bold=True) for at, row in enumerate(rows) if row in bests}
    lines = table([TableColumn(""), *columns], texts, width, options, styles=styles)
    if any(after - before > 1 for before, after in pairwise(rows)):
        star = f"; {options.pick('★', '*')} is the best by its loss" if bests else ""
        lines.append(words((f"{len(rows)} of {count(len(history))} epochs{star}", options.grey)))
    return lines


def epoch_cell(key: str, value: float | None) -> str:
    """One value of a history record as text."""
    if value is None or not _is_told(key, value):
        return "–"
    if key == "epoch":
        return str(int(value))
    if key == "lr":
        return short(value)
    return duration(value) if key == "seconds" else number(value)


def _is_told(key: str, value: float | None) -> bool:
    """Whether a record has this: a history has NaN for what it lacks, and a loss can be NaN indeed."""
    return value is not None and (key.startswith("loss") or not math.isnan(value))


_LOWER_IS_BETTER = ("loss", "mse", "rmse", "mae", "ECE", "Brier score")


def metrics_table(
    metrics: Mapping[str, float | None],
    width: int,
    options: RenderOptions,
    *,
    baselines: Mapping[str, Mapping[str, float | None]] | None = None,
) -> Lines:
    """The network's metrics beside those of simple models: who is better is marked, not left to be worked out.

    `baselines`: name of a model to its metrics; a metric that one lacks shows as a dash.
    """
    others = baselines or {}
    columns = [TableColumn(""), TableColumn("network", True), *(TableColumn(name, True, spare=1) for name in others)]
    rows: list[list[str]] = []
    for key, value in metrics.items():
        values = [value, *(other.get(key) for other in others.values())]
        best = best_of(key, values)
        texts = [number(one) + (" ★" if one is not None and one == best else "  ") for one in values]
        rows.append([metric_name(key), *(texts if others else [number(value)])])
    lines = table(columns, rows, width, options)
    return lines if others else lines[2:]


def best_of(key: str, values: Sequence[float | None]) -> float | None:
    """The best of some values of a metric; None where none is a number."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    if not known:
        return None
    return min(known) if key.startswith(_LOWER_IS_BETTER) else max(known)


def class_table(classes: Mapping[str, Mapping[str, float | None]], width: int, options: RenderOptions) -> Lines:
    """Precision, recall, F1 and rows of each class: `classes` maps a name to `precision`, `recall`, `f1`, `rows`; a
    dash for what is not defined, as JSON tells it."""
    columns = [TableColumn("class"), *(TableColumn(name, True) for name in ("precision", "recall", "F1", "rows"))]
    rows = [
        [name, *(_share(found[key]) for key in ("precision", "recall", "f1")), count(found["rows"] or 0)]
        for name, found in classes.items()
    ]
    return table(columns, rows, width, options)


def _share(value: float | None) -> str:
    return percent(math.nan if value is None else value)


def interval_table(intervals: Sequence[Mapping[str, float | None]], width: int, options: RenderOptions) -> Lines:
    """How often intervals held, as an evaluation's JSON tells it: `level` in percent, `held` as a share, and the
    `margin` of a number or the `size` of a set of classes, whichever is there."""
    sets = any(one["size"] is not None for one in intervals)
    columns = [TableColumn("interval", True), TableColumn("held", True)]
    columns.append(TableColumn("classes in it" if sets else "a number ±", True))
    rows = [
        [f"{one['level']:.0f} %", percent(one["held"] or 0.0), number(one["size" if sets else "margin"])]
        for one in intervals
    ]
    return table(columns, rows, width, options)


def describe_table(describe: Mapping[str, Mapping[str, float | None]], width: int, options: RenderOptions) -> Lines:
    """`DataFrame.describe()` transposed: a line for each column of the data, its statistics across."""
    statistics = ("count", "mean", "std", "min", "25%", "50%", "75%", "max")
    spare = {"count": 2, "25%": 1, "75%": 1}
    columns = [TableColumn(""), *(TableColumn(name, True, spare.get(name, 0)) for name in statistics)]
    rows = [[name, *(_statistic(key, row.get(key)) for key in statistics)] for name, row in describe.items()]
    return table(columns, rows, width, options)


def _statistic(key: str, value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return "–"
    return count(value) if key == "count" else f"{value:.7g}"


class LayerInfo(Protocol):
    """What a row of a network's summary says; `engine.models.summary.LayerRow` does."""

    @property
    def name(self) -> str:
        """Its name in the module."""
        ...

    @property
    def kind(self) -> str:
        """Its class."""
        ...

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Of its output for one row; empty when it is not called."""
        ...

    @property
    def parameters(self) -> int:
        """How many it brings."""
        ...


def layer_table(layers: Iterable[LayerInfo], width: int, options: RenderOptions) -> Lines:
    """A network's layers with their output shapes and parameters, and the sum of these in a last line."""
    rows = list(layers)
    columns = [TableColumn("layer"), TableColumn("kind"), TableColumn("output"), TableColumn("parameters", True)]
    texts = [[row.name, row.kind, " × ".join(map(str, row.output_shape)), count(row.parameters)] for row in rows]
    total = sum(row.parameters for row in rows)
    return table(columns, [*texts, ["", "", "in all", count(total)]], width, options, styles={len(rows): options.bold})
