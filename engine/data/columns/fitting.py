"""What is learnt of one column of the train rows: how it is scaled, filled, one-hot or embedded."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from ...config import PrepareConfig, Scale
from ...errors import UsageError, nearest
from ..reading.readings import CategoryReading, NumberReading, Reading, plain_reading
from . import arrow
from .encoders import Bucket, Column, Curve, Date, Embedding, Flag, Hashed, Missing, Number, OneHot, Smooth
from .values import categories_of, category_codes, is_number

if TYPE_CHECKING:
    from ..dataset import Dataset
    from .column_kind import ColumnKind

BINS = 48  # of a piecewise-linear embedding, for each number
NARROWEST = 1e-4  # width of one, as a share of all
KNOTS = 1000  # quantiles that a curve remembers
USUAL = (0.02, 0.98)  # quantiles between which a column's usual values lie
SMALLEST = 1e-150  # deviation whose square is a number in full precision
IQR = 1.349  # interquartile range of a normal distribution of deviation 1


def check_columns(features: list[str], config: PrepareConfig) -> None:
    """Raise UsageError for preparations of columns that are no features, or two of one column."""
    asked = {"standardize": config.standardize or [], "bucketize": config.bucketize, "one_hot": config.one_hot}
    first: dict[str, str] = {}
    for option, names in {**asked, "embed": config.embed, "scale": config.scales}.items():
        for name in names:
            if name not in features:
                meant = nearest(name, features)
                hint = f"did you mean {meant!r}?" if meant else "the features are " + ", ".join(features) + "."
                raise UsageError(f"{option} names the column {name!r}, which is not a feature: {hint}")
            if first.setdefault(name, option) != option:
                raise UsageError(f"The column {name!r} is named by {first[name]} and {option}: choose one of them.")


def reading_for(dataset: Dataset, name: str, config: PrepareConfig) -> Reading:
    """How a column of the data set is read: as was found for a user's table, else by its type and its use."""
    if name in dataset.kinds:
        return dataset.kinds[name].reading
    column = dataset.table.column(name)
    if name in config.one_hot or name in config.embed or (name == dataset.target and dataset.classes):
        return CategoryReading(name=name, whole=is_number(column.type), truths=pa.types.is_boolean(column.type))
    asked = name in config.bucketize or name in (config.standardize or []) or name in config.scales
    return NumberReading(name=name) if asked else plain_reading(column, name)


def fit_column(column: pa.ChunkedArray, name: str, kind: ColumnKind | None, config: PrepareConfig) -> list[Column]:
    """How the column, as its reading gives it, becomes numbers: in one way, in two for a number that is sometimes
    missing; of a user's table in none where every value is the same, since its weights would stay as they were drawn.

    `kind` is what the column was taken for; without it the type decides between numbers and categories. Raises
    UsageError for a column that cannot be prepared as asked.
    """
    different = len(column.unique().drop_null()) if kind is not None else 2
    if different < 2 and (not different or not column.null_count):
        return []
    if name in config.embed:
        return [Embedding(name=name, categories=categories_of(column), width=config.embed[name])]
    if name in config.one_hot:
        return [OneHot(name=name, categories=config.one_hot[name] or categories_of(column))]
    if kind is None:
        return [_number(column, name, config)] if is_number(column.type) else [_one_hot(column, name)]
    if pa.types.is_floating(column.type):
        return _flagged(_number(column, name, config), column, different)
    if pa.types.is_boolean(column.type):
        return [Flag(name=name)]
    if pa.types.is_timestamp(column.type):
        return [_date(column, name)]
    if kind.kind == "text":
        return [_text(name, kind, config)]
    return [_category(column, name, config)]


def moments(values: np.ndarray, name: str) -> tuple[float, float]:
    """Mean and the population's deviation, 1 where values do not differ. UsageError where these are not finite, or the
    values differ by so little that the deviation's squares cannot be told from zero."""
    with np.errstate(over="ignore", invalid="ignore"):
        mean, std = float(values.mean()), float(values.std())
    if not (math.isfinite(mean) and math.isfinite(std)):
        raise UsageError(f"The column {name!r} has infinite or too large values: leave it out, or fix its rows.")
    if values.min() == values.max():
        return mean, 1.0
    if std < SMALLEST:
        raise UsageError(
            f"The column {name!r} has values as small as {values.max():g}, which cannot be told apart: "
            "leave it out, or write it in a smaller unit."
        )
    return mean, std


def _number(column: pa.ChunkedArray, name: str, config: PrepareConfig) -> Number | Curve | Smooth | Bucket:
    values = arrow.to_numpy(column)
    known = values[~np.isnan(values)]
    if not len(known):
        raise UsageError(f"The column {name!r} has no value in the train rows: leave it out of --features.")
    fill = float(np.median(known))
    filled = np.where(np.isnan(values), fill, values)
    mean, std = moments(filled, name)
    usual = tuple(np.quantile(known, USUAL, method="nearest").tolist())
    common: dict[str, Any] = {"name": name, "fill": fill, "usual": usual}
    if name in config.bucketize:
        boundaries = config.bucketize[name]
        if not boundaries or boundaries != sorted(set(boundaries)):
            raise UsageError(f"The boundaries of {name!r} must rise, as in --bucketize '{name}=10,20,30'.")
        return Bucket(**common, boundaries=boundaries)
    if config.standardize is not None and name not in config.standardize:
        return Number(**common)
    scale: Scale = config.scales.get(name, config.scale)
    if scale in ("log", "quantile"):
        knots = np.unique(np.quantile(known, np.linspace(0, 1, KNOTS))).tolist() if scale == "quantile" else []
        curve = Curve(**common, knots=knots)
        mean, std = moments(curve.bend(filled), name)
        return curve.model_copy(update={"mean": mean, "std": std})
    if scale == "smooth":
        return Smooth(**common, median=fill, width=_spread(known, std))
    if scale == "robust":
        low, high = np.quantile(known, [0.25, 0.75])
        mean, std = fill, float(high - low) / IQR or std
    return Number(**common, mean=mean, std=std)


def _spread(known: np.ndarray, std: float) -> float:
    """The distance of the quartiles; where they are one value that of the others' quartiles, or half of how far these
    are from it: a few that lie far out change neither."""
    lower, upper = np.quantile(known, [0.25, 0.75])
    others = known[known != lower]
    if upper > lower or not len(others):
        return float(upper - lower) or std
    first, last = np.quantile(others, [0.25, 0.75])
    return float(last - first) or float(np.median(np.abs(others - lower))) / 2 or std


def bin_edges(values: np.ndarray) -> list[float]:
    """The edges of a piecewise-linear embedding of these encoded numbers (rows,): their quantiles, each apart from the
    one before it by more than rounding; at least two."""
    quantiles = np.unique(np.quantile(values.astype(np.float64), np.linspace(0, 1, BINS + 1)))
    least = (quantiles[-1] - quantiles[0]) * NARROWEST
    edges = [float(quantiles[0])]
    for quantile in quantiles[1:]:
        if quantile - edges[-1] > least:
            edges.append(float(quantile))
    return edges if len(edges) > 1 else [edges[0], edges[0] + 1]


def _flagged(number: Number | Curve | Smooth | Bucket, column: pa.ChunkedArray, different: int) -> list[Column]:
    """The column of numbers, if they differ, and another that says where they are missing if they ever are."""
    return [*([number] if different > 1 else []), *([Missing(name=number.name)] if column.null_count else [])]


def _one_hot(column: pa.ChunkedArray, name: str) -> OneHot:
    return OneHot(name=name, categories=categories_of(column))


def _category(column: pa.ChunkedArray, name: str, config: PrepareConfig) -> OneHot | Embedding:
    """One column each for few categories, an embedding for many; rare ones share a place with missing and unseen."""
    categories = categories_of(column)
    codes = category_codes(column, categories)
    counts = np.bincount(codes[codes >= 0], minlength=len(categories))
    frequent = [category for category, count in zip(categories, counts, strict=True) if count >= config.rare]
    kept = frequent if len(frequent) > 1 else categories
    other = len(kept) < len(categories) or bool((codes < 0).any())
    if len(kept) <= config.widest_one_hot:
        return OneHot(name=name, categories=kept, other=other)
    return Embedding(name=name, categories=kept, width=embedding_width(len(kept)))


def embedding_width(categories: int) -> int:
    """The width of an embedding by fastai's rule of thumb (Howard and Gugger 2020)."""
    return min(50, round(1.6 * categories**0.56))


def _date(column: pa.ChunkedArray, name: str) -> Date:
    raw = Date(name=name)
    days = raw.days(column)
    known = days[~np.isnan(days)]
    if not len(known):
        raise UsageError(f"The column {name!r} has no date in the train rows: leave it out with --drop {name!r}.")
    mean, std = moments(known, name)
    return raw.model_copy(update={"mean": mean, "std": std, "timed": bool((known % 1).any())})


def _text(name: str, kind: ColumnKind, config: PrepareConfig) -> Hashed:
    if config.text == "hash":
        return Hashed(name=name, width=config.hash_width)
    raise UsageError(
        f"The column {name!r} is text ({kind.why}): leave it out, hash its words with --text hash, or say "
        f"--kind {name!r}=category."
    )
