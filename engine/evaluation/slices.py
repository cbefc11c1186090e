"""Kinds of rows, by one column or two, on which errors are surely worse than on the others: many are tried, and what
is told stays sure all the same."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from ..data.columns import arrow
from ..data.columns.encoders import Hashed
from ..data.columns.values import category_codes, frequent
from ..data.drift import numbers_of
from .raw_rows import RawRows

MOST_ROWS = 100_000  # of more, as many stand for all
MOST_COLUMNS = 60  # so that all pairs of them take seconds
MOST_CATEGORIES = 50  # of a column, the most frequent ones
FEW_VALUES = 8  # up to which each number is a slice by itself
FEWEST = 20  # rows of a slice that is tried
MOST_TOLD = 20
MOST_LOOKED = 500  # of each kind, the surest ones
SURELY = 0.05  # share of evaluations without any such slice in which one is told all the same, at most
QUARTERS = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class Slice:
    """Rows that are `said` to be so, such as `city = Bern and size > 3.2`, by these columns: how many, their error (the
    share of wrong answers, or the mean absolute error) with the interval that holds it with 95 %, and the error of all
    the `others`."""

    said: str
    columns: list[str]
    rows: int
    error: float
    low: float
    high: float
    others: float


@dataclass(frozen=True)
class _Parts:
    """A column's rows in parts: `codes` (rows,) are indices into `said`, -1 for rows in none."""

    column: str
    said: list[str]
    codes: np.ndarray


@dataclass(frozen=True)
class _Tried:
    """Slices of one column, or of two: their codes (slices, columns) in the parts of each, and how probable it is that
    chance alone makes each as bad."""

    parts: tuple[_Parts, ...]
    codes: np.ndarray
    chances: np.ndarray


def slices(rows: RawRows, error: np.ndarray, *, shares: bool) -> tuple[list[Slice], int]:
    """The slices on which `error` (rows,) is surely worse, the worst first, and how many were tried. Errors that are
    `shares` are 0 or 1. Nothing is found where an error is no number.

    Slices are each category, each quartile of numbers and dates, what is missing, and pairs of these of two columns.
    A slice of one column is compared with all other rows, by the exact hypergeometric test of shares, or by ranks. A
    pair has to be worse than the rest of both its slices, else the one of them tells enough. Holm's correction within
    each of the two kinds keeps the probability of telling any wrongly below `SURELY`.
    """
    if not np.isfinite(error).all():
        return [], 0
    parts = [part for part in _all_parts(rows) if part.said]
    scores = error if shares else import_module("scipy.stats").rankdata(error)
    singles = [_single(part, scores, shares=shares) for part in parts]
    pairs = [_pair(one, other, scores, shares=shares) for one, other in combinations(parts, 2)]
    found = [_told(*one, error, shares=shares) for one in (*_sure(singles), *_sure(pairs))]
    found = sorted((one for one in found if one.error > one.others), key=lambda one: one.others - one.error)
    return found[:MOST_TOLD], sum(len(one.chances) for one in (*singles, *pairs))


def _all_parts(rows: RawRows) -> Iterator[_Parts]:
    hashed = {column.name for column in rows.schema.columns if isinstance(column, Hashed)}
    names = [name for name in rows.schema.inputs if name not in hashed]
    return (_parts(name, rows.read(name)) for name in names[:MOST_COLUMNS])


def _parts(name: str, column: pa.ChunkedArray) -> _Parts:
    """A column's slices; none that are too small."""
    lacking = arrow.missing(column)
    values = numbers_of(column)
    if values is None:
        said, codes = _categories(name, column)
    else:
        lacking = lacking | ~np.isfinite(values)
        said, codes = _quarters(name, values, ~lacking, date=pa.types.is_timestamp(column.type))
    codes = np.where(lacking, len(said), codes)
    said = [*said, f"{name} is missing"]
    counts = np.bincount(codes[codes >= 0], minlength=len(said))
    kept = np.flatnonzero((counts >= FEWEST) & (len(codes) - counts >= FEWEST))
    places = np.full(len(said) + 1, -1)  # the last is of rows in no slice
    places[kept] = np.arange(len(kept))
    return _Parts(name, [said[place] for place in kept], places[codes])


def _categories(name: str, column: pa.ChunkedArray) -> tuple[list[str], np.ndarray]:
    """The most frequent values, and of each row the place of its own among them, -1 for others."""
    values = frequent(column, MOST_CATEGORIES)
    return [f"{name} = {value[:40]}" for value in values], category_codes(column, values)


def _quarters(name: str, values: np.ndarray, known: np.ndarray, *, date: bool) -> tuple[list[str], np.ndarray]:
    """Four parts of as many rows each, or one for each of few values; codes of unknown values mean nothing."""

    def written(value: float) -> str:
        return str(np.datetime64(round(value), "D")) if date else f"{value:.6g}"

    different = np.unique(values[known])
    if len(different) <= FEW_VALUES:
        return [f"{name} = {written(one)}" for one in different], np.searchsorted(different, values)
    ends = np.unique(np.quantile(values[known], QUARTERS))
    texts = [written(one) for one in ends]
    middle = [f"{low} < {name} <= {high}" for low, high in pairwise(texts)]
    return [f"{name} <= {texts[0]}", *middle, f"{name} > {texts[-1]}"], np.searchsorted(ends, values)


def _single(part: _Parts, scores: np.ndarray, *, shares: bool) -> _Tried:
    """A column's slices beside all other rows."""
    whole = _Sums(np.array([len(scores)]), np.array([scores.sum()]), np.array([np.square(scores).sum()]))
    sums = _Sums.of(part.codes, len(part.said), scores)
    return _Tried((part,), np.arange(len(part.said))[:, None], _chances(sums, whole, shares=shares))


def _pair(one: _Parts, other: _Parts, scores: np.ndarray, *, shares: bool) -> _Tried:
    """What slices of both columns have in common, beside the rest of each."""
    width = len(other.said)
    codes = np.where((one.codes < 0) | (other.codes < 0), -1, one.codes * width + other.codes)
    sums = _Sums.of(codes, len(one.said) * width, scores)
    first, second = (_Sums.of(part.codes, len(part.said), scores) for part in (one, other))
    places = np.arange(len(sums.rows))
    around = (first.at(places // width), second.at(places % width))
    rest = np.minimum(around[0].rows, around[1].rows) - sums.rows
    tried = np.flatnonzero((sums.rows >= FEWEST) & (rest >= FEWEST))
    chances = np.maximum(*(_chances(sums.at(tried), each.at(tried), shares=shares) for each in around))
    return _Tried((one, other), np.stack([tried // width, tried % width], axis=1), chances)


@dataclass(frozen=True)
class _Sums:
    """Of each slice its rows, and the sums of scores and of their squares."""

    rows: np.ndarray
    scores: np.ndarray
    squares: np.ndarray

    @classmethod
    def of(cls, codes: np.ndarray, count: int, scores: np.ndarray) -> _Sums:
        """Of the slices 0 to `count` - 1 that rows are in."""
        counted = (np.bincount(codes + 1, each, count + 1)[1:] for each in (None, scores, scores * scores))
        return cls(*counted)

    def at(self, places: np.ndarray) -> _Sums:
        """Of these slices."""
        return _Sums(self.rows[places], self.scores[places], self.squares[places])


def _chances(inside: _Sums, around: _Sums, *, shares: bool) -> np.ndarray:
    """How probable it is that as many rows drawn from those around have scores of as large a sum."""
    stats: Any = import_module("scipy.stats")
    if shares:
        right = inside.rows - inside.scores
        return stats.hypergeom.cdf(right, around.rows, around.rows - around.scores, inside.rows)
    mean, count = around.scores / around.rows, around.rows
    spread = around.squares / count - mean**2
    deviation = np.sqrt(inside.rows * spread * (count - inside.rows) / np.maximum(count - 1, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        far = (inside.scores - inside.rows * mean) / deviation
    return np.where(deviation > 0, stats.norm.sf(far), 1.0)


def _sure(kind: list[_Tried]) -> Iterator[tuple[tuple[_Parts, ...], list[int]]]:
    """Those that Holm's correction leaves, at half of the probability: there are two kinds."""
    chances = np.concatenate([one.chances for one in kind]) if kind else np.empty(0)
    order = np.argsort(chances)
    beyond = np.flatnonzero(chances[order] > SURELY / 2 / np.arange(len(order), 0, -1))
    ends = np.cumsum([len(one.chances) for one in kind])
    for place in order[: beyond[0] if len(beyond) else len(order)][:MOST_LOOKED].tolist():
        at = int(np.searchsorted(ends, place, side="right"))
        yield kind[at].parts, kind[at].codes[place - int(ends[at])].tolist()


def _told(parts: tuple[_Parts, ...], codes: list[int], error: np.ndarray, *, shares: bool) -> Slice:
    """A slice in figures."""
    stats: Any = import_module("scipy.stats")
    inside = np.ones(len(error), dtype=bool)
    for part, code in zip(parts, codes, strict=True):
        inside &= part.codes == code
    own = error[inside]
    mean = float(own.mean())
    if shares:
        interval = stats.binomtest(int(own.sum()), len(own)).proportion_ci(method="wilson")
        low, high = float(interval.low), float(interval.high)
    else:
        reach = float(stats.t.ppf(0.975, len(own) - 1) * own.std(ddof=1)) / math.sqrt(len(own))
        low, high = max(0.0, mean - reach), mean + reach
    said = " and ".join(part.said[code] for part, code in zip(parts, codes, strict=True))
    columns = [part.column for part in parts]
    return Slice(said, columns, len(own), mean, low, high, float(error[~inside].mean()))
