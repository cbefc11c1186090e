"""Logs of other programs as runs, so that their curves stand beside nnlab's own: event files of TensorBoard, and tables
with a row an epoch or a step, as Lightning, Keras and many a loop of one's own write them."""

from __future__ import annotations

import math
import os
import re
import warnings
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ..errors import NnlabError, UsageError
from ..events import IMPORTED, EpochEnded, Event, Record, RunFinished, RunStarted, to_line
from ..trackers.event_files import is_event_file, scalars_in
from .claim import claim
from .folder import RunFolder
from .progress import progress_of

MOST_VALUES, MOST_BYTES = 5_000_000, 1 << 28  # of a log
LARGEST = 2.0**53
TABLE = "metrics.csv"  # as Lightning calls it
SPLITS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "eval", "evaluation", "dev"), "valid"),
}
METRICS = {
    "loss": "loss",
    **dict.fromkeys(("acc", "accuracy", "categorical_accuracy"), "accuracy"),
    **dict.fromkeys(("sparse_categorical_accuracy", "binary_accuracy"), "accuracy"),
    **dict.fromkeys(("mae", "mean_absolute_error"), "mae"),
}
RATE = re.compile(r"(lr|learning_rate)(_|$)")
COUNTED = ("epoch", "step", "global_step", "iteration", "iter")
WORD, BORDER = re.compile(r"[a-z0-9]+"), re.compile(r"(?<=[a-z])(?=[A-Z])")

Counted = Literal["epoch", "step", "row"]
Points = list[tuple[int, float]]


@dataclass(frozen=True)
class Log:
    """A log of another program: what to call it, and its files, each with the split that its folder names ("" for
    none)."""

    name: str
    files: Sequence[tuple[Path, str]]


@dataclass(frozen=True)
class Imported:
    """What a log tells: `records` as those of nnlab's epochs, which are what it `counted`, the names of columns that
    were `left_out`, and when it was written last, in seconds since 1970."""

    name: str
    records: list[Record] = field(default_factory=list[Record])
    counted: Counted = "epoch"
    left_out: tuple[str, ...] = ()
    written: float = 0.0


def logs_in(path: Path) -> list[Log]:
    """The logs that a file or folder holds: each folder of event files is one, those of train and validation beside
    each other are one together, and each `metrics.csv` is one. UsageError where there is none, NnlabError where a
    folder cannot be read."""
    if not path.exists():
        raise UsageError(f"There is no file or folder {path}.")
    if not path.is_dir():
        return [Log(path.resolve().parent.name if is_event_file(path) else path.stem, [(path, "")])]
    found: dict[Path, list[tuple[Path, str]]] = {}
    for folder, folders, names in os.walk(path, onerror=_refused):
        folders.sort()
        place = Path(folder)
        split = "" if place == path else SPLITS.get(place.name.lower(), "")
        files = [place / each for each in sorted(names) if is_event_file(place / each)]
        files = files or [place / each for each in names if each == TABLE]
        if files:
            found.setdefault(place.parent if split else place, []).extend((file, split) for file in files)
    if not found:
        raise UsageError(f"{path} holds no log: name a CSV file, or a folder with event files or a {TABLE}.")
    return [Log(place.resolve().name, files) for place, files in found.items()]


def _refused(error: OSError) -> None:
    raise NnlabError(f"{error.filename} cannot be read: {error.strerror}.")


def read_log(log: Log) -> Imported:
    """What a log tells. UsageError where it is none, or has nothing that is measured by epoch or step; NnlabError where
    a file cannot be read."""
    path = log.files[0][0]
    try:
        series, counted = _of_events(log.files) if is_event_file(path) else _of_table(path)
        written = max(file.stat().st_mtime for file, _ in log.files)
    except OSError as error:
        raise NnlabError(f"{path} cannot be read: {error.strerror}.") from None
    columns = _columns(series)
    if not columns:
        told = f" It has {', '.join(sorted(series)[:10])}." if series else ""
        raise UsageError(f"{path} tells of no loss, accuracy or MAE by a name that is known.{told}")
    records: dict[int, Record] = {}
    first = min(at for name in columns.values() for at, _ in series[name])
    for column, name in columns.items():
        values: dict[int, list[float]] = {}
        for at, value in series[name]:
            values.setdefault(at + (first == 0), []).append(value)  # nnlab counts from 1
        for at, each in values.items():  # of a loss of every step in an epoch the mean, as nnlab's own is
            value = math.fsum(each) / len(each) if column.endswith("_train") else each[-1]
            records.setdefault(at, {"epoch": at})[column] = value
    left = tuple(sorted(series.keys() - {*columns.values()}))
    return Imported(log.name, [records[at] for at in sorted(records)], counted, left, written)


def import_log(imported: Imported, name: str | None = None) -> RunFolder:
    """A run of what a log tells, which is over and has no network. Raises UsageError for a name that is taken,
    NnlabError where it cannot be written."""
    folder = claim(name, stem=imported.name)
    started = RunStarted(folder.name, str(folder.path), imported.name, IMPORTED, 0, "", {})
    events: list[Event] = [started, *map(EpochEnded, imported.records)]
    reached, last = progress_of(events), int(imported.records[-1]["epoch"])
    events.append(
        RunFinished(folder.name, str(folder.path), last, "epochs", reached.best_epoch, "", "", reached.metrics, 0.0)
    )
    try:
        folder.events.write_text("".join(to_line(event) + "\n" for event in events), encoding="utf-8")
        os.utime(folder.events, (imported.written, imported.written))
    except OSError as error:
        raise NnlabError(f"The run cannot be written to {folder.path}: {error.strerror}.") from None
    return folder


def _of_table(path: Path) -> tuple[dict[str, Points], Counted]:
    """The columns of numbers of a CSV file by epoch; by step, or by row, where it has none. Empty cells are passed
    over. UsageError where it is no such file, OSError where it cannot be read."""
    import numpy as np
    import pandas as pd

    if path.stat().st_size > MOST_BYTES:
        raise UsageError(f"{path} has more than {MOST_BYTES >> 20} MB, too much for a run's curves.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            table = pd.read_csv(path, skipinitialspace=True, index_col=False)
    except UnicodeDecodeError:
        raise UsageError(f"{path} is no CSV file: it is no text in UTF-8.") from None
    except pd.errors.EmptyDataError:
        raise UsageError(f"{path} is no CSV file: it is empty.") from None
    except (ValueError, pd.errors.ParserWarning):
        said = "some of its rows have more values than its first line has names"
        raise UsageError(f"{path} is no CSV file: {said}.") from None
    texts = [str(name) for name in table.select_dtypes(exclude="number").columns]
    table = table.select_dtypes("number")
    named = {str(name).strip().lower(): str(name) for name in table.columns}
    by = next((named[word] for word in COUNTED if word in named), None)
    counted: Counted = "row" if by is None else "epoch" if by.strip().lower() == "epoch" else "step"
    places = pd.Series(range(1, len(table) + 1)) if by is None else table[by].bfill()  # what precedes an epoch is its
    table = table.drop(columns=[named[word] for word in COUNTED if word in named])
    known = places.dropna()
    if not bool(np.all((known % 1 == 0) & (known >= 0) & (known < LARGEST))):
        raise UsageError(f"{path}: the column {by!r} has numbers that are no {counted}s.")
    told = table.loc[known.index].set_axis(known.astype("int64"))
    series: dict[str, Points] = {name: [] for name in texts}  # which are told to be left out
    for name in told.columns:
        column: Any = told[name].dropna()  # pyright: ignore[reportAttributeAccessIssue]
        series[str(name)] = [*zip(column.index.tolist(), column.tolist(), strict=True)]
    return series, counted


def _of_events(files: Sequence[tuple[Path, str]]) -> tuple[dict[str, Points], Counted]:
    """The scalars of event files by step, or, where they tell which epoch a step was of, by epoch. A tag is named after
    the split of its folder too. Raises as `scalars_in` does, and UsageError for too many."""
    series: dict[str, dict[int, float]] = {}
    count = 0
    for path, split in files:
        for tag, step, value in scalars_in(path):
            series.setdefault(f"{split}/{tag}" if split else tag, {})[step] = value  # what was told anew holds
            count += 1
            if count > MOST_VALUES:
                raise UsageError(f"{path} has more than {MOST_VALUES:,} values, too many for a run's curves.")
    epochs = {step: int(epoch) for step, epoch in series.pop("epoch", {}).items() if 0 <= epoch < LARGEST}
    if not epochs:
        return {tag: sorted(points.items()) for tag, points in series.items()}, "step"
    steps = sorted(epochs)

    def epoch_of(step: int) -> int:
        return epochs[steps[min(len(steps) - 1, bisect_left(steps, step))]]

    return {
        tag: [(epoch_of(step), value) for step, value in sorted(points.items())] for tag, points in series.items()
    }, "epoch"


def _columns(series: Mapping[str, Points]) -> dict[str, str]:
    """Which of these names are columns that nnlab knows, by these; of several the one that says it is of an epoch."""
    found: dict[str, str] = {}
    for name in sorted(series, key=_of_steps):
        column = _column(name)
        if column and series[name]:
            found.setdefault(column, name)
    return found


def _of_steps(name: str) -> tuple[int, str]:
    """The order in which names are asked: those of epochs before others, those of steps last."""
    words = _words(name)
    return ("step" in words) - ("epoch" in words), name


def _column(name: str) -> str:
    """What nnlab calls a column of this name; empty where it does not know it. What names no split is of training."""
    words = [word for word in _words(name) if word not in ("epoch", "step")]
    splits = dict.fromkeys(SPLITS[word] for word in words if word in SPLITS)
    metric = "_".join(word for word in words if word not in SPLITS)
    if metric in METRICS and len(splits) < 2:
        return f"{METRICS[metric]}_{next(iter(splits), 'train')}"
    return "lr" if not splits and RATE.match("_".join(words)) else ""


def _words(name: str) -> list[str]:
    """The words of a name: `valLoss`, `val_loss` and `loss/val` have the same ones."""
    return WORD.findall(BORDER.sub(" ", name).lower())
