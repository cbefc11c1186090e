"""Which rows train, which validate, which test: slices of named splits, and cuts where the data brings none.

Slices follow the `datasets` library: `train`, `train[:1000]`, `train[10%:20%]`, `train[-500:]`, joined by `+`.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

import numpy as np

from ..config import DataConfig
from ..errors import UsageError, nearest, number_of, shown

NONE = "none"
ANOTHER = "name another --group"
LONGEST = 1_000  # characters; each few of them may name all rows once more
_SLICE = re.compile(r"\s*([\w.-]+)\s*(?:\[\s*(-?[0-9]{1,18}%?)?\s*:\s*(-?[0-9]{1,18}%?)?\s*\])?\s*")
VALID_NAMES = ("valid", "validation", "val", "dev")


@dataclass(frozen=True)
class Keys:
    """What rows are divided by, one value a row each; what is None does not matter.

    `labels` keep their shares, rows of one of the `groups` stay together, and in `times` the latest rows are cut off.
    `grouped_by` is what sentences call the groups' column.
    """

    labels: np.ndarray | None = None
    groups: np.ndarray | None = None
    times: np.ndarray | None = None
    grouped_by: str = ""


@dataclass(frozen=True)
class Split:
    """Row numbers of each split, in the order in which they are used."""

    train: np.ndarray
    valid: np.ndarray | None
    test: np.ndarray | None
    validates_on_test: bool = False
    notes: tuple[str, ...] = ()


def divide(native: Mapping[str, np.ndarray], config: DataConfig, keys: Keys | None = None) -> Split:
    """Divide rows as the config says, every cut by the `keys`. `native` are the splits the data brings; a test split
    that is asked for and not among them is cut from train. Of a fold, the rows held out are the test split.

    Raises UsageError for a split that does not exist, a slice that cannot be read, or one that holds no rows.
    """
    keys = keys or Keys()
    named = dict(native)
    if config.folds is not None and config.fold is not None:
        rows = take(named, config.train_split)
        named["train"], named["test"] = hold_out(rows, config.folds, config.fold, config.split_seed, keys)
        train, test = named["train"], named["test"]
    else:
        asked = (config.train_split, config.valid_split or "", config.test_split)
        if "test" not in named and any("test" in _names(text) for text in asked):
            named["train"], named["test"] = cut_off(named["train"], config.test_size, config.split_seed, keys)
        train = take(named, config.train_split)
        test = None if config.test_split == NONE else take(named, config.test_split)
    own = next((name for name in VALID_NAMES if name in named), None)
    wanted = config.valid_split or own
    if wanted == NONE:
        return Split(train, None, test)
    if wanted is None:
        train, valid = cut_off(train, config.valid_size, config.split_seed, keys)
        return Split(train, valid, test)
    valid = test if wanted == "test" and test is not None else take(named, wanted)
    tested = named.get("test", valid[:0]) if test is None else test
    on_test = bool(np.isin(valid, tested).any())
    notes = [
        f"{number_of(shared, 'row')} of {name} {'is' if shared == 1 else 'are'} also trained on"
        for name, rows in (("validation", valid), ("test", test))
        if rows is not None and (shared := int(np.isin(rows, train).sum()))
    ]
    return Split(train, valid, test, on_test, tuple(notes))


def take(named: Mapping[str, np.ndarray], text: str) -> np.ndarray:
    """The rows of a slice such as `train[:80%]+test[:10]`. Raises UsageError saying what is wrong with it."""
    if len(text) > LONGEST:
        raise UsageError(f"The split {shown(text)} cannot be read: it has more than {LONGEST:,} characters.")
    parts: list[np.ndarray] = []
    for part in text.split("+"):
        match = _SLICE.fullmatch(part)
        if match is None:
            raise UsageError(
                f"The split {shown(text)} cannot be read: write it as train, train[:1000] or train[10%:20%]."
            )
        name, start, stop = match.groups()
        if name not in named:
            meant = nearest(name, named)
            hint = f"did you mean {meant!r}?" if meant else "there are " + ", ".join(named) + "."
            inside = "" if text.strip() == name else f" in {text!r}"
            raise UsageError(f"There is no split {name!r}{inside}: {hint}")
        rows = named[name]
        parts.append(rows[_bound(start, len(rows)) : _bound(stop, len(rows))])
    rows = np.concatenate(parts)
    if not len(rows):
        raise UsageError(f"The split {text!r} holds no rows: " + _sizes(named) + ".")
    return rows


def hold_out(rows: np.ndarray, folds: int, fold: int, seed: int, keys: Keys) -> tuple[np.ndarray, np.ndarray]:
    """One fold of a cross-validation: the rows to train on, and those held out. Every row is held out in one of the
    folds, in time but the first part, since only earlier rows are trained on.

    scikit-learn's splitters divide. UsageError where there are too few rows, groups or rows of every class.
    """
    from sklearn import model_selection as ways

    labels, groups = (None if key is None else key[rows] for key in (keys.labels, keys.groups))
    many = len(rows) if groups is None else len(np.unique(groups))
    if labels is not None and groups is None and keys.times is None:
        many = int(np.unique(labels, return_counts=True)[1].max())
    if many < folds + (keys.times is not None):
        there = f"there {'is' if many == 1 else 'are'} {number_of(many, 'row' if groups is None else 'group')}"
        of = " of a class" if groups is None and labels is not None else ""
        raise UsageError(f"--folds {folds} is too many: {there}{of}.")
    if keys.times is not None:
        rows, way = rows[np.argsort(keys.times[rows], kind="stable")], ways.TimeSeriesSplit(folds)
    elif groups is not None:
        splitter = ways.GroupKFold if labels is None else ways.StratifiedGroupKFold
        way = splitter(folds, shuffle=True, random_state=seed)
    else:
        way = (ways.KFold if labels is None else ways.StratifiedKFold)(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class with fewer rows than folds is in some of them only
        train, held = next(islice(way.split(rows, labels, groups), fold - 1, None))
    return rows[train], rows[held]


def cut_off(rows: np.ndarray, share: float, seed: int, keys: Keys) -> tuple[np.ndarray, np.ndarray]:
    """Cut a share of the rows off by the keys, which are indexed by row number: the rest and the cut.

    In time it is the latest rows; of groups, whole ones at random until the share is reached; else as `cut` does.
    Raises UsageError if one side would be empty.
    """
    if keys.times is not None:
        order = rows[np.argsort(keys.times[rows], kind="stable")]
        count = max(1, round(share * len(order)))
        if count >= len(order):
            raise _too_few(len(rows), share)
        return order[:-count], order[-count:]
    if keys.groups is not None:
        return _by_group(rows, keys.groups, share, seed, keys.grouped_by)
    return cut(rows, share, seed, keys.labels)


def cut(rows: np.ndarray, share: float, seed: int, labels: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Cut a share of the rows off, at random: the rest and the cut, each in random order.

    Without labels this gives the rows of scikit-learn's `train_test_split(test_size=share, random_state=seed)`, in
    its order; written out, since scikit-learn takes as long to import as torch. With labels (indexed by row number)
    every label keeps its share to within a row. Raises UsageError if one side would be empty.
    """
    count = math.ceil(share * len(rows))
    if not 0 < count < len(rows):
        raise _too_few(len(rows), share)
    generator = np.random.RandomState(seed)
    order = generator.permutation(len(rows))
    chosen = np.arange(len(rows)) < count if labels is None else _by_label(labels[rows[order]], count)
    return rows[order[~chosen]], rows[order[chosen]]


def _by_group(
    rows: np.ndarray, groups: np.ndarray, share: float, seed: int, name: str
) -> tuple[np.ndarray, np.ndarray]:
    found, counts = np.unique(groups[rows], return_counts=True)
    if len(found) < 2:
        raise too_few_groups(name, len(np.unique(groups)), "use --valid-split none or --test-split none, or ")
    order = np.random.RandomState(seed).permutation(len(found))
    reached = np.cumsum(counts[order])
    taken = min(int(np.searchsorted(reached, share * len(rows))) + 1, len(found) - 1)
    chosen = np.isin(groups[rows], found[order[:taken]])
    return rows[~chosen], rows[chosen]


def _by_label(labels: np.ndarray, count: int) -> np.ndarray:
    """A mask of `count` places in which each label has its share, the largest remainders rounded up."""
    codes = labels - labels.min()
    sizes = np.bincount(codes)
    codes = codes.astype(np.min_scalar_type(len(sizes)))  # the shorter, the faster they are sorted
    exact = sizes * (count / len(labels))
    quota = np.floor(exact).astype(int)
    quota[np.argsort(quota - exact, kind="stable")[: count - quota.sum()]] += 1
    by_label = np.argsort(codes, kind="stable")
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    rank = np.empty(len(labels), dtype=int)
    rank[by_label] = np.arange(len(labels)) - np.repeat(starts, sizes)
    return rank < quota[codes]


def too_few_groups(name: str, groups: int, instead: str = "") -> UsageError:
    """What to say where a column has fewer groups than there are to be splits; `instead` is what helps besides."""
    if groups < 2:
        return UsageError(f"The column {name!r} has one value in every row, so nothing is divided by it: {ANOTHER}.")
    needs = "and train, validation and test rows need one each"
    return UsageError(f"The column {name!r} has {number_of(groups, 'group')}, {needs}: {instead}{ANOTHER}.")


def _too_few(rows: int, share: float) -> UsageError:
    few = "is too few" if rows == 1 else "are too few"
    return UsageError(
        f"{number_of(rows, 'row')} {few} to cut {share:.0%} off for validation or test: bring more rows, or train with "
        "--valid-split none --test-split none."
    )


def _names(text: str) -> list[str]:
    """The splits that a slice takes rows of."""
    return [match[1] for part in text.split("+") if (match := _SLICE.fullmatch(part))]


def _bound(text: str | None, rows: int) -> int | None:
    """A slice's bound as a row; percents round to the closest row."""
    if text is None:
        return None
    return round(rows * int(text[:-1]) / 100) if text.endswith("%") else int(text)


def _sizes(named: Mapping[str, np.ndarray]) -> str:
    return ", ".join(f"{name} has {len(rows):,}" for name, rows in named.items())
